import Cyclograd

/// The library's sentences with the command's options by their names in this interface: what is `--sign-column` there is
/// `sign_column` here.
enum Wording {
  /// Options of the command that have a counterpart here. Those whose names are words of everyday English are called options.
  private static let names: [String: String] = {
    var result = [
      "input-neurons": "inputs", "output-neurons": "outputs", "from": "option 'from'",
      "to": "option 'to'", "parameters": "option 'parameters'", "restart-best": "restart_best",
    ]
    for name in [
      "activation", "activation-3", "array", "bias", "draw-weights", "duplicates", "fixwb",
      "header", "ids", "index-base", "logic", "query", "scale", "seed", "shared-biases",
      "shared-weights", "sign", "sign-column", "table", "weight-attribute", "weights",
    ] {
      result[name] = String(name.map { $0 == "-" ? "_" : $0 })
    }
    return result
  }()

  /// A sentence as it is said here; options that are the command's alone stay as they are.
  static func spoken(_ text: String) -> String {
    let letters = Array(text)
    var result = ""
    var place = 0
    while place < letters.count {
      let begins = place == 0 || !isPartOfName(letters[place - 1])
      guard begins, letters[place...].starts(with: "--") else {
        result.append(letters[place])
        place += 1
        continue
      }
      let name = String(letters[(place + 2)...].prefix { isPartOfName($0) })
      result += names[name] ?? "--" + name
      place += 2 + name.count
    }
    return result
  }

  /// The same of all that an error says.
  static func spoken(_ error: CyclogradError) -> CyclogradError {
    var result = error
    result.message = spoken(error.message)
    result.advice = error.advice.map { spoken($0) }
    result.location.subject = error.location.subject.map { spoken($0) }
    return result
  }

  private static func isPartOfName(_ letter: Character) -> Bool {
    letter == "-" || letter == "_" || letter.isLetter || letter.isNumber
  }
}
