import Cyclograd

/// Reads an entry of `groups` that is a layer; its sources are looked up when all groups are known.
struct LayerReader {
  static let keys = [
    "name", "layer", "of", "add", "role", "activation", "weight", "bias", "share",
  ]
  private static let kinds = [
    "dense", "convolution", "max-pooling", "average-pooling", "residual", "normalization", "lstm",
    "gru", "attention", "embedding",
  ]

  let name: String
  /// Where the layer stands.
  let element: Element
  /// The names of the groups or layers that it is made from.
  let sources: [String]
  /// The names of those that are added.
  let residuals: [String]
  private let kind: Layer.Kind
  private let options: LayerOptions

  /// - Parameter previous: the group or layer before it in the list.
  init(_ element: Element, previous: String?) throws {
    self.element = element
    let fields = try element.fields("a layer", keys: Self.keys)
    name = try GroupReader.groupName(fields.required("name", of: "the layer"))
    let what = "layer '\(name)'"
    func names(_ key: String) throws -> [String] {
      guard let value = fields[key] else { return [] }
      let items = try value.listIfAny() ?? [value]
      guard !items.isEmpty else { throw value.failure("'\(key)' of \(what) names nothing") }
      return try items.map { item in
        let name = try GroupReader.groupName(item)
        guard name == "previous" else { return name }
        guard let previous else {
          throw item.failure("there is no group before \(what) in its list")
        }
        return previous
      }
    }
    _ = try fields.required("of", of: what)
    sources = try names("of")
    residuals = try names("add")
    kind = try Self.kind(fields.required("layer", of: what))
    options = LayerOptions(
      activation: try fields["activation"].map(GroupReader.activation),
      role: try fields["role"].map(GroupReader.role) ?? [],
      weight: try fields["weight"].map { try ParameterReader.rule($0, of: .weight) },
      bias: try fields["bias"].map { try ParameterReader.rule($0, of: .bias) }, residuals: [],
      share: try fields["share"].map { element in
        let name = try element.text("the name after 'share'")
        guard !name.isEmpty else { throw element.failure("the name after 'share' is empty") }
        return name
      })
    if options.role.contains(.input) {
      throw fields["role"]?.failure("\(what) is made from others and is no input")
        ?? element.failure("\(what) is no input")
    }
  }

  /// The layer, its sources and what is added being known.
  func layer(_ group: (String) -> Group?) throws -> Layer {
    var options = options
    options.residuals = residuals.compactMap(group)
    do {
      return try Layer(name, kind, sources.compactMap(group), options)
    } catch {
      throw CyclogradError(
        error.code, "layer '\(name)': \(error.message)", at: element.location, advice: error.advice)
    }
  }

  private static func kind(_ element: Element) throws -> Layer.Kind {
    guard element.isMapping else {
      let word = try element.text("a layer's kind")
      guard word == "residual" else {
        throw element.failure(
          kinds.contains(word)
            ? "the layer '\(word)' needs something to go with it"
            : "unknown layer '\(word.shortened)'",
          advice: kinds.contains(word)
            ? "write {\(word): {…}}" : Suggestion.advice(word, among: kinds))
      }
      return .residual
    }
    guard let (key, value) = try element.fields("a layer's kind", keys: kinds).only else {
      throw element.failure("a layer's kind is a mapping with one entry")
    }
    switch key {
    case "dense":
      let fields = try value.fields(key, keys: ["size", "normalization"])
      return .dense(
        size: try size(fields, of: key),
        normalization: try fields["normalization"].map(normalization))
    case "convolution": return .convolution(try convolution(value))
    case "max-pooling":
      return .maxPooling(
        try window(value.fields(key, keys: ["kernel", "stride", "padding", "dilation"]), of: key))
    case "average-pooling":
      return .averagePooling(
        try window(value.fields(key, keys: ["kernel", "stride", "padding"]), of: key))
    case "residual": throw value.failure("'residual' stands alone", advice: "write layer: residual")
    case "normalization": return .normalization(try normalization(value))
    case "lstm": return .lstm(try recurrent(value, key))
    case "gru": return .gru(try recurrent(value, key))
    case "attention": return .attention(try attention(value))
    default: return .embedding(size: try size(value.fields(key, keys: ["size"]), of: key))
    }
  }

  private static func size(_ fields: Fields, of what: String, _ key: String = "size") throws -> Int
  {
    try fields.required(key, of: what).integer("'\(key)' of \(what)", in: 1...Keywords.largestSize)
  }

  /// One number, or a list of rows and columns.
  private static func extent(_ element: Element, _ what: String) throws -> Layer.Extent {
    let range = 0...Keywords.largestSize
    guard let items = try element.listIfAny() else {
      return Layer.Extent(try element.integer("'\(what)'", in: range))
    }
    guard 1...2 ~= items.count else {
      throw element.failure("'\(what)' must be a number or [rows, columns]")
    }
    return Layer.Extent(try items.map { try $0.integer("a number of '\(what)'", in: range) })
  }

  private static func window(_ fields: Fields, of what: String) throws -> Layer.Window {
    Layer.Window(
      kernel: try extent(fields.required("kernel", of: what), "kernel"),
      stride: try fields["stride"].map { try extent($0, "stride") },
      padding: try fields["padding"].map { try extent($0, "padding") } ?? 0,
      dilation: try fields["dilation"].map { try extent($0, "dilation") } ?? 1)
  }

  private static func convolution(_ element: Element) throws -> Layer.Convolution {
    let what = "convolution"
    let fields = try element.fields(
      what,
      keys: ["kernel", "channels", "stride", "padding", "dilation", "depthwise", "normalization"])
    let window = try window(fields, of: what)
    return Layer.Convolution(
      channels: try size(fields, of: what, "channels"), kernel: window.kernel,
      stride: window.stride ?? 1, padding: window.padding, dilation: window.dilation,
      depthwise: try fields["depthwise"]?.boolean("'depthwise'") ?? false,
      normalization: try fields["normalization"].map(normalization))
  }

  private static func normalization(_ element: Element) throws -> Layer.Normalization {
    let what = "normalization"
    let fields = try element.fields(what, keys: ["mean", "variance", "weight", "bias", "epsilon"])
    func numbers(_ element: Element, _ what: String) throws -> [Double] {
      guard try element.listIfAny() != nil else { return [try element.number(what)] }
      return try element.numbers(what)
    }
    return Layer.Normalization(
      mean: try numbers(fields.required("mean", of: what), "the mean"),
      variance: try numbers(fields.required("variance", of: what), "the variance"),
      scale: try fields["weight"].map { try numbers($0, "the weight") } ?? [1],
      shift: try fields["bias"].map { try numbers($0, "the bias") } ?? [0],
      epsilon: try fields["epsilon"]?.number("epsilon") ?? 1e-5)
  }

  private static func recurrent(_ element: Element, _ what: String) throws -> Layer.Recurrent {
    let fields = try element.fields(
      what, keys: ["size", "after", "recurrent-weight", "recurrent-bias"])
    return Layer.Recurrent(
      size: try size(fields, of: what), after: try fields["after"].map(GroupReader.groupName),
      recurrentWeight: try fields["recurrent-weight"].map {
        try ParameterReader.rule($0, of: .weight)
      } ?? .default,
      recurrentBias: try fields["recurrent-bias"].map { try ParameterReader.rule($0, of: .bias) })
  }

  private static func attention(_ element: Element) throws -> Layer.Attention {
    let what = "attention"
    let fields = try element.fields(
      what, keys: ["size", "value-size", "causal", "query", "key", "value"])
    func projection(_ key: String) throws -> Layer.Attention.Projection {
      guard let parts = try fields[key]?.fields("'\(key)'", keys: ["weight", "bias"]) else {
        return .init()
      }
      return .init(
        weight: try parts["weight"].map { try ParameterReader.rule($0, of: .weight) } ?? .default,
        bias: try parts["bias"].map { try ParameterReader.rule($0, of: .bias) } ?? .default)
    }
    return Layer.Attention(
      size: try size(fields, of: what),
      valueSize: try fields["value-size"].map { _ in try size(fields, of: what, "value-size") },
      causal: try fields["causal"]?.boolean("'causal'") ?? false, query: try projection("query"),
      key: try projection("key"), value: try projection("value"))
  }
}
