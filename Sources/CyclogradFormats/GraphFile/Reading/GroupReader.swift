import Cyclograd

/// Reads the entries of `groups`.
enum GroupReader {
  private static let keys = [
    "name", "size", "shape", "role", "activation", "bias", "combine", "units", "names",
    "time-constant", "draws",
  ]

  static func group(_ element: Element, files: inout FilePlaces) throws -> Group {
    let fields = try element.fields("a group", keys: keys)
    var group = try group(fields, files: &files)
    group.draws = try fields["draws"].map(EdgeReader.draws)
    if let value = fields["time-constant"] {
      group.timeConstant = try value.number("the time constant of group '\(group.name)'")
      guard group.timeConstant > 0 else {
        throw value.failure(
          "the time constant of group '\(group.name)' is not positive", code: .invalidValue)
      }
    }
    return group
  }

  private static func group(_ fields: Fields, files: inout FilePlaces) throws -> Group {
    let name = try groupName(fields.required("name", of: "the group"))
    let what = "group '\(name)'"
    let shape = try shape(fields, of: what)
    let role = try fields["role"].map(role) ?? []
    let names = try fields["names"].map { try neuronNames($0, of: what, files: &files) }
    guard let list = fields["units"] else {
      if let combine = fields["combine"] {
        throw combine.failure("'combine' is for a group with 'units'")
      }
      let unit = try unit(fields, at: 0, files: &files)
      var group = Group(name, shape: shape, role: role, units: [unit])
      group.neuronNames = names
      return group
    }
    for key in ["activation", "bias"] {
      if let value = fields[key] {
        throw value.failure("\(what) has 'units'; '\(key)' belongs into them")
      }
    }
    var units: [Group.Unit] = []
    for (index, item) in try list.list("'units'").enumerated() {
      let unitFields = try item.fields("a unit", keys: ["activation", "bias"])
      units.append(try unit(unitFields, at: index, files: &files))
    }
    guard !units.isEmpty else { throw list.failure("\(what) has no units; it needs one at least") }
    let combine = try fields["combine"]?.word("combination", among: Keywords.combinations)
    var group = Group(
      name, shape: shape, role: role, combine: combine ?? .product, units: units)
    group.neuronNames = names
    return group
  }

  /// The name of a group, where it is defined or referred to.
  static func groupName(_ element: Element) throws -> String {
    let name = try element.text("a group's name")
    guard Keywords.isGroupName(name) else {
      throw element.failure(
        "'\(name.shortened)' cannot be the name of a group",
        advice: name.contains("{")
          ? "an index in braces has a meaning only within 'repeat'"
          : "a name begins with a letter or _ and has only letters, digits, _ and -")
    }
    return name
  }

  /// A list of names, or the file that has one in each line.
  private static func neuronNames(
    _ element: Element, of what: String, files: inout FilePlaces
  ) throws -> Group.NeuronNames {
    if let list = try element.listIfAny() {
      return .list(try list.map { try $0.text("a neuron's name") })
    }
    guard element.isMapping else {
      throw element.failure("the names of \(what) are a list, or {file: names.txt}")
    }
    let fields = try element.fields("the names of \(what)", keys: ["file"])
    let file = try fields.required("file", of: "the names of \(what)")
    files.names[files.groups.count] = file.location
    return .file(try PatternReader.fileName(file))
  }

  private static func shape(_ fields: Fields, of what: String) throws -> [Int] {
    let (key, value) = try fields.exactlyOne(of: ["size", "shape"], in: what)
    let range = 1...Keywords.largestSize
    if key == "size" { return [try value.integer("the size of \(what)", in: range)] }
    let extents = try value.list("the shape of \(what)")
    guard 1...3 ~= extents.count else {
      throw value.failure(
        "the shape of \(what) must be [rows, columns] or [channels, rows, columns]")
    }
    let shape = try extents.map { try $0.integer("a number of the shape of \(what)", in: range) }
    var size = 1
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Keywords.largestSize else {
        throw value.failure(
          "\(what) has more than \(Keywords.largestSize) neurons", code: .tooLarge)
      }
      size = product
    }
    return shape
  }

  static func role(_ element: Element) throws -> Group.Role {
    guard let words = try element.listIfAny() else {
      return try element.word("role", among: Keywords.roles)
    }
    return try words.reduce(into: []) { role, word in
      let next = try word.word("role", among: Keywords.roles)
      guard role.isDisjoint(with: next) else { throw word.failure("the same role twice") }
      role.formUnion(next)
    }
  }

  private static func unit(
    _ fields: Fields, at index: Int, files: inout FilePlaces
  ) throws -> Group.Unit {
    let activation = try fields["activation"].map(activation) ?? .identity
    guard let bias = fields["bias"] else { return Group.Unit(activation) }
    let rule = try ParameterReader.rule(bias, of: .bias)
    if case .file = rule.initial { files.biases[.init(files.groups.count, index)] = bias.location }
    return Group.Unit(activation, bias: rule)
  }

  static func activation(_ element: Element) throws -> Activation {
    guard element.isMapping else {
      return try element.word("activation", among: Keywords.activations)
    }
    let withConstants = ["leaky-relu", "elu", "clamp"]
    let names = Keywords.activations.map(\.key) + ["derivative"]
    let fields = try element.fields("an activation", keys: names)
    guard let (name, value) = fields.only else {
      throw element.failure("an activation with constants is a mapping with one entry")
    }
    switch name {
    case "leaky-relu": return .leakyReLU(slope: try value.number("the slope of leaky-relu"))
    case "elu": return .elu(alpha: try value.number("the constant of elu"))
    case "clamp":
      let bounds = try value.numbers("the bounds of clamp", count: 2)
      guard bounds[0] <= bounds[1] else {
        throw value.failure(
          "the lower bound of clamp exceeds the upper one", code: .invalidValue)
      }
      return .clamp(lower: bounds[0], upper: bounds[1])
    case "derivative": return try derivative(value)
    default:
      throw element.failure(
        "the activation '\(name)' has no constants; they belong to "
          + withConstants.joined(separator: ", "))
    }
  }

  /// `{derivative: tanh}`, `{derivative: {of: tanh, order: 2}}`
  private static func derivative(_ element: Element) throws -> Activation {
    var function = element
    var order = 1
    if element.has("of") {
      let fields = try element.fields("a derivative", keys: ["of", "order"])
      function = try fields.required("of", of: "the derivative")
      order =
        try fields["order"]?.integer("the order of a derivative", in: 1...2) ?? order
    }
    let result = Activation.derivative(of: try activation(function), order: order)
    switch result {
    case .derivative(of: .softmax, _), .derivative(of: .derivative, _):
      throw function.failure("there is no such derivative", advice: "name a function of one number")
    default: return result
    }
  }
}
