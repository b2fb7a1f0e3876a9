import Cyclograd

/// What words such as names of transmitters say of the sign of a weight.
struct WeightSigns {
  private let given: [String: Double]

  init(_ options: ImportOptions) { given = options.signs ?? [:] }

  /// Words that mean the same wherever they stand, in small letters.
  private static let known: [String: Double] = [
    "+": 1, "1": 1, "+1": 1, "activates": 1, "activation": 1, "stimulates": 1, "stimulation": 1,
    "excitatory": 1, "excites": 1, "exc": 1, "positive": 1,
    "-": -1, "−": -1, "-1": -1, "−1": -1, "inhibits": -1, "inhibition": -1, "represses": -1,
    "repression": -1, "inhibitory": -1, "inh": -1, "negative": -1,
  ]

  /// What a word multiplies the weight by: as given, or as everybody understands it.
  func factor(_ word: String) -> Double? { given[word] ?? Self.known[word.lowercased()] }

  /// The weight with the sign that a word gives it.
  func weight(_ weight: Double, _ word: String, at place: CyclogradError.Location) throws -> Double
  {
    guard let factor = factor(word) else { throw Self.unknown([word], at: place) }
    // Two signs could be meant to agree or to be multiplied. What is drawn has its own.
    guard !(weight < 0) else {
      throw CyclogradError(
        .invalidValue,
        "the weight \(weight.plainText) has a sign, and \(Excerpt.quoted(word)) gives another",
        at: place, advice: "leave out --sign-column")
    }
    return weight * factor
  }

  /// That words say no sign.
  static func unknown(_ words: [String], at place: CyclogradError.Location) -> CyclogradError {
    let list = words.map { Excerpt.quoted($0) }.joined(separator: ", ")
    let pairs = words.map { "\($0.isEmpty ? "" : Excerpt.escaped($0))=1" }
    return CyclogradError(
      .malformedFile, "\(list) \(words.count == 1 ? "says" : "say") no sign", at: place,
      advice: words.count == 1
        ? "give --sign \(pairs[0]), -1 or 0, beside the others"
        : "give --sign \(pairs.joined(separator: ",")), with 1, -1 or 0 each, beside the others")
  }
}

extension ImportOptions {
  /// Signs in one text: `ACH=1,GABA=-1`.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for a word without a sign, or with two.
  public static func signs(_ text: String, option: String) throws -> [String: Double] {
    var signs: [String: Double] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let signsByWord = ["1": 1.0, "+1": 1, "+": 1, "-1": -1, "-": -1, "0": 0]
      guard let equals = part.lastIndex(of: "="),
        let sign = signsByWord[String(part[part.index(after: equals)...])]
      else {
        throw CyclogradError(
          .invalidOption, "\(option): \(Excerpt.quoted(String(part))) is not a word with its sign",
          advice: "write words with 1, -1 or 0: ACH=1,GABA=-1")
      }
      let word = String(part[..<equals])
      guard signs.updateValue(sign, forKey: word) == nil else {
        throw CyclogradError(.invalidOption, "\(option) gives \(Excerpt.quoted(word)) twice")
      }
    }
    return signs
  }
}
