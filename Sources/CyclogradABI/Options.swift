import Cyclograd
import CyclogradFormats
import Foundation

/// Options that came as a JSON object. What is not taken is refused, so that nothing is silently ignored.
struct Options {
  private var values: [String: Any]
  private let what: String

  /// - Parameter what: whose options these are, for errors.
  init(_ json: UnsafePointer<CChar>?, _ what: String) throws {
    self.what = what
    guard let json else {
      values = [:]
      return
    }
    let data = Data(bytes: json, count: strlen(json))
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw CyclogradError(
        .invalidOption, "the options of \(what) are not a JSON object",
        advice: "give something like {\"name\": …}")
    }
    values = object.filter { !($0.value is NSNull) }
  }

  private func failure(_ key: String, _ expected: String) -> CyclogradError {
    CyclogradError(
      .invalidOption, "'\(key)' is not \(expected)", at: .init(subject: what),
      advice: "give \(expected)")
  }

  private mutating func take<Value>(_ key: String, _ expected: String) throws -> Value? {
    guard let value = values.removeValue(forKey: key) else { return nil }
    // JSON's true would pass as the number 1, and 1 as true.
    let isBoolean = (value as? NSNumber).map(JSONTree.isBoolean) ?? false
    guard isBoolean == (Value.self == Bool.self), let value = value as? Value else {
      throw failure(key, expected)
    }
    return value
  }

  mutating func string(_ key: String) throws -> String? { try take(key, "a text") }

  /// A text, or a number, which is made one.
  mutating func text(_ key: String) throws -> String? {
    if values[key] is String { return try string(key) }
    let number: NSNumber? = try take(key, "a number or a text")
    return number.map { "\(JSONTree.double($0))" }
  }

  mutating func number(_ key: String) throws -> Double? {
    let number: NSNumber? = try take(key, "a number")
    return number.map(JSONTree.double)
  }
  mutating func integer(_ key: String) throws -> Int? { try take(key, "a whole number") }
  mutating func unsigned(_ key: String) throws -> UInt64? {
    let expected = "a whole number of at least 0"
    let number: NSNumber? = try take(key, expected)
    return try number.map {
      guard let value = UInt64($0.stringValue) else { throw failure(key, expected) }
      return value
    }
  }
  mutating func boolean(_ key: String) throws -> Bool? { try take(key, "true or false") }
  mutating func strings(_ key: String) throws -> [String]? { try take(key, "a list of texts") }

  /// A list of numbers, or a single one.
  mutating func numbers(_ key: String) throws -> [Double]? {
    if values[key] is [Any] {
      let items: [Any]? = try take(key, "a list of numbers")
      return try items?.map { try double($0, key, "a list of numbers") }
    }
    return try number(key).map { [$0] }
  }

  /// A list of lists of numbers.
  mutating func rows(_ key: String) throws -> [[Double]]? {
    let items: [Any]? = try take(key, "a list of rows")
    return try items?.map {
      guard let row = $0 as? [Any] else { throw failure(key, "a list of rows") }
      return try row.map { try double($0, key, "a list of rows of numbers") }
    }
  }

  private func double(_ value: Any, _ key: String, _ expected: String) throws -> Double {
    guard let number = value as? NSNumber, !JSONTree.isBoolean(number) else {
      throw failure(key, expected)
    }
    return JSONTree.double(number)
  }

  /// A list of whole numbers.
  mutating func integers(_ key: String) throws -> [Int]? {
    try numbers(key)?.map {
      guard let number = Int(exactly: $0) else { throw failure(key, "a list of whole numbers") }
      return number
    }
  }

  /// The activation of all neurons of a matrix, or those of each.
  mutating func activations(of neurons: Int64) throws -> [String] {
    let key = "activation"
    guard let value = values[key] else { return ["tanh"] }
    if value is String { return try string(key).map { [$0] } ?? [] }
    let each: [String] = try take(key, "a text or a list of texts") ?? []
    guard each.count == neurons else {
      throw CyclogradError(
        .shapeMismatch, "there are \(each.count) activations for \(neurons) neurons",
        at: .init(subject: what), advice: "give a text for all, or a list with one for each")
    }
    return each
  }

  /// Refuses what is left.
  func end() throws(CyclogradError) {
    guard let key = values.keys.sorted().first else { return }
    throw CyclogradError(
      .invalidOption, "there is no option '\(key)'", at: .init(subject: what),
      advice: "leave it out")
  }
}

extension SolverOptions {
  /// Takes what is said of the solvers.
  init(taking options: inout Options) throws {
    self.init()
    if let value = try options.number("tolerance") { tolerance = value }
    maximumIterations = try options.integer("maximum_iterations")
    if let value = try options.integer("threads") { threads = value }
    if let value = try options.string("kinks") { kinks = try KinkPolicy.named(value) }
    try validate()
  }
}

extension ImportOptions {
  /// Takes what is said of a file, by the names of the command's options.
  init(taking options: inout Options) throws {
    self.init()
    activation = try options.string("activation").map {
      try Self.activation($0, option: "activation")
    }
    inputs = try options.string("inputs")
    outputs = try options.string("outputs")
    bias = try options.text("bias")
    neurons = try options.string("neurons")
    weightAttribute = try options.string("weight_attribute")
    indexBase = try options.integer("index_base")
    if let base = indexBase, !(0...1 ~= base) {
      throw CyclogradError(.invalidOption, "index_base is \(base)", advice: "give 0 or 1")
    }
    ids = try options.string("ids").map { word in
      guard let ids = EdgeListIds(rawValue: word) else {
        throw CyclogradError(
          .invalidOption, "ids is '\(word)'", advice: "give names or numbers")
      }
      return ids
    }
    hasHeader = try options.boolean("header")
    switch try options.string("duplicates") {
    case nil: break
    case "error": duplicates = .refuse
    case "sum": duplicates = .sum
    case let word?:
      throw CyclogradError(
        .invalidOption, "duplicates is '\(word)'", advice: "give error or sum")
    }
    drawWeights = try options.string("draw_weights").map {
      try Self.drawnWeights($0, option: "draw_weights")
    }
    seed = try options.unsigned("seed")
    scale = try options.string("scale").map { try WeightScale($0) }
    table = try options.string("table")
    query = try options.string("query")
    signColumn = try options.string("sign_column")
    signs = try options.string("sign").map { try Self.signs($0, option: "sign") }
    array = try options.string("array")
    parameters = try options.string("parameters")
    weights = try options.string("weights")
    logic = try options.string("logic")
    fixedValues = try options.string("fixwb")
    sharedWeights = try options.string("shared_weights")
    sharedBiases = try options.string("shared_biases")
    activation3 = try options.string("activation_3").map {
      try Self.activation($0, option: "activation_3")
    }
  }
}
