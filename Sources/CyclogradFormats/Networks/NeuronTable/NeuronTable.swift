import Cyclograd

/// A table that says what neurons are, beside a file that has nothing but their edges.
///
/// Its columns mean what the attributes of nodes mean in formats that have such.
struct NeuronTable {
  let file: String
  private let names: [String]
  /// Column by column; cells without a value are empty.
  private let columns: [[String]]

  /// What the column with the neurons' names may be called, in small letters.
  private static let ofNames = [
    "name", "neuron", "neurons", "node", "id", "label", "root_id", "pt_root_id", "bodyid",
    "body_id", "neuron_id", "node_id", "cell", "cell_id", "cell_name",
  ]
  /// What the column of groups may be called where none is called `group`: the first that is there counts.
  private static let ofTypes = ["type", "cell_type", "celltype", "cell type", "class"]

  init(_ path: String) throws {
    file = path
    guard let header = try DataFile.header(path), header.count > 1 else {
      throw CyclogradError(
        .malformedFile, "the table of neurons has no names of columns", at: .init(file: path),
        advice: "begin it with a line such as name,type,activation")
    }
    if let twice = Dictionary(grouping: header, by: { $0 }).first(where: { $1.count > 1 }) {
      throw CyclogradError(
        .malformedFile, "\(twice.value.count) columns are named \(Excerpt.quoted(twice.key))",
        at: .init(file: path), advice: "name every column differently")
    }
    columns = try DataFile.words(
      path, columns: ColumnSelection("0..\(header.count - 1)"), allowMissing: true)
    names = header
  }

  /// What the rows say of some neurons, in the order of these.
  ///
  /// - Parameter numbers: the neurons by what the table can call them.
  func attributes(
    of numbers: [String: Int], count: Int
  ) throws -> (attributes: [Attributes], remarks: [String]) {
    let key = try keyColumn(numbers)
    let roles = roles(besides: key)
    var result = [Attributes](repeating: [:], count: count)
    var rowOfNeuron = [Int?](repeating: nil, count: count)
    var strangers = 0
    for (row, name) in columns[key].enumerated() {
      guard let neuron = numbers[name] else {
        strangers += 1
        continue
      }
      if let other = rowOfNeuron[neuron] {
        throw failure(
          "the neuron \(Excerpt.quoted(name)) has two rows, \(other) and \(row)",
          "leave one of them out")
      }
      rowOfNeuron[neuron] = row
      for role in roles where !columns[role.column][row].isEmpty {
        result[neuron][role.name] = try role.value(columns[role.column][row], at: place(row, role))
      }
    }
    var remarks: [String] = []
    if strangers > 0 {
      remarks.append("\(file): \(strangers) rows left out, whose neurons have no edge")
    }
    let missing = rowOfNeuron.count { $0 == nil }
    if missing > 0 { remarks.append("\(file): \(missing) neurons have no row") }
    if let remark = Self.gatherRest(&result) { remarks.append("\(file): \(remark)") }
    return (result, remarks)
  }

  /// Neurons without a group are one by themselves, where others have groups.
  private static func gatherRest(_ attributes: inout [Attributes]) -> String? {
    let labels = Set(attributes.compactMap { $0[AttributeName.group] })
    let others = attributes.indices.filter { attributes[$0][AttributeName.group] == nil }
    guard !labels.isEmpty, !others.isEmpty else { return nil }
    var name = "rest"
    while labels.contains(.text(name)) { name += "_" }
    for neuron in others { attributes[neuron][AttributeName.group] = .text(name) }
    return "\(others.count) neurons without a type are the group '\(name)'"
  }

  // MARK: Columns

  /// What a column says of neurons.
  private struct Role {
    let column: Int
    /// The attribute.
    let name: String
    /// Whether 0 and 1 are no positions.
    let areFlags: Bool

    func value(
      _ text: String, at place: @autoclosure () -> CyclogradError.Location
    ) throws -> AttributeValue {
      guard name == AttributeName.input || name == AttributeName.output else {
        return AttributeValue(untyped: text, named: name)
      }
      switch text.lowercased() {
      case "true", "yes": return .boolean(true)
      case "false", "no": return .boolean(false)
      case "1" where areFlags: return .boolean(true)
      case "0" where areFlags: return .boolean(false)
      default:
        guard let position = Int(text), position >= 0 else {
          throw CyclogradError(
            .malformedFile, "\(Excerpt.quoted(text)) does not say whether a neuron is an \(name)",
            at: place(), advice: "give true or false, or the position among the \(name)s from 0")
        }
        return .number(Double(position))
      }
    }
  }

  /// The column whose cells are names of neurons: of those that may be called so the one with most of them.
  private func keyColumn(_ numbers: [String: Int]) throws -> Int {
    let lower = names.map { $0.lowercased() }
    let called = lower.indices.filter { Self.ofNames.contains(lower[$0]) }
    let candidates = called.isEmpty ? [0] : called
    let counts = candidates.map { column in columns[column].count { numbers[$0] != nil } }
    guard let most = counts.max(), most > 0, let place = counts.firstIndex(of: most) else {
      let column = candidates[0]
      throw failure(
        "no row is of a neuron that has an edge"
          + (columns[column].first.map { ", as \(Excerpt.quoted($0)) is not" } ?? ""),
        "name the neurons in a column 'name' as the edges do")
    }
    return candidates[place]
  }

  private func roles(besides key: Int) -> [Role] {
    let lower = names.map { $0.lowercased() }
    let types =
      lower.contains(AttributeName.group)
      ? nil : Self.ofTypes.compactMap { lower.firstIndex(of: $0) }.first { $0 != key }
    return names.indices.filter { $0 != key }.map { column in
      let name =
        if column == types { AttributeName.group } else {
          Self.isAttribute(lower[column]) ? lower[column] : names[column]
        }
      return Role(column: column, name: name, areFlags: Self.areFlags(columns[column]))
    }
  }

  private static func isAttribute(_ name: String) -> Bool {
    let known = [
      AttributeName.group, AttributeName.combine, AttributeName.timeConstant, AttributeName.input,
      AttributeName.output,
    ]
    let ofUnits = [AttributeName.activation, AttributeName.bias, AttributeName.biasTrainable]
    return known.contains(name)
      || ofUnits.contains { name == $0 || name.hasPrefix($0 + "_") }
  }

  /// Whether cells are 0 and 1 that say no or yes: as positions they would be there once each.
  private static func areFlags(_ cells: [String]) -> Bool {
    let given = cells.filter { !$0.isEmpty }
    guard given.allSatisfy({ $0 == "0" || $0 == "1" }) else { return false }
    let ones = given.count { $0 == "1" }
    return ones > 1 || given.count - ones != 1
  }

  private func place(_ row: Int, _ role: Role) -> CyclogradError.Location {
    .init(file: file, subject: "row \(row), column \(Excerpt.quoted(names[role.column]))")
  }

  private func failure(_ message: String, _ advice: String) -> CyclogradError {
    CyclogradError(.malformedFile, message, at: .init(file: file), advice: advice)
  }
}
