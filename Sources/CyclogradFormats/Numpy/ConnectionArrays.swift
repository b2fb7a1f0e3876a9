public import Cyclograd

/// Numbers that belong to weights and biases, such as derivatives, as arrays of an .npz archive.
///
/// The weights from a group to another are `from->to`, [targets, sources], if every pair of neurons has one. Otherwise
/// they are a sparse matrix in compressed rows: `from->to.data`, `.indices`, `.indptr` and `.shape`, as
/// `scipy.sparse.csr_array((data, indices, indptr), shape)` takes them. Biases are `to.bias`, [neurons]. Where neurons
/// have several units, the names of the later ones end in `/1` and so on: `from->to/1`.
public enum ConnectionArrays {
  /// Writes one number for each parameter, at all places where the parameter acts.
  ///
  /// - Parameters:
  ///   - rows: the numbers, ``Cyclograd/Network/parameterCount`` each.
  ///   - isStacked: whether arrays have a leading dimension for the rows; otherwise there is one row.
  /// - Throws: ``Cyclograd/CyclogradError`` if the file cannot be written.
  /// - Complexity: O(edges · rows)
  public static func write(
    _ rows: [[Double]], of network: Network, isStacked: Bool, to path: String
  ) throws {
    try network.checkEdgesFit()
    try write(
      rows, of: network.groups, network.parameterLayout, isStacked: isStacked, to: path)
  }

  /// The same for the groups of a network and the places where its parameters act.
  package static func write(
    _ rows: [[Double]], of groups: [Group], _ layout: ParameterLayout, isStacked: Bool = false,
    to path: String
  ) throws {
    let finder = GroupFinder(groups)
    var units: [Int] = []
    var unit = 0
    for group in groups {
      units.append(unit)
      unit += group.size * group.units.count
    }
    func values(_ parameters: [Int32]) -> NpzMember.Content {
      .doubles(rows.flatMap { row in parameters.map { row[Int($0)] } })
    }
    let lead = isStacked ? [rows.count] : []
    var members: [NpzMember] = []
    for (target, group) in groups.enumerated() {
      let width = group.units.count
      for offset in 0..<width {
        let suffix = offset == 0 ? "" : "/\(offset)"
        let lines = (0..<group.size).map { units[target] + $0 * width + offset }
        var blocks = groups.map { _ in Block(rowCount: group.size) }
        for (row, line) in lines.enumerated() {
          for edge in layout.rowStarts[line]..<layout.rowStarts[line + 1] {
            let column = Int(layout.columns[edge])
            let source = finder.group(of: column)
            blocks[source].add(row, column - finder.start(source), layout.weights[edge])
          }
        }
        for (source, block) in blocks.enumerated() where !block.parameters.isEmpty {
          let name = "\(groups[source].name)->\(group.name)\(suffix)"
          let shape = [group.size, groups[source].size]
          if block.parameters.count == shape[0] * shape[1] {
            members.append(
              NpzMember(
                name: name, type: "<f8", shape: lead + shape, content: values(block.parameters)))
            continue
          }
          members += [
            NpzMember(
              name: name + ".data", type: "<f8", shape: lead + [block.parameters.count],
              content: values(block.parameters)),
            NpzMember(
              name: name + ".indices", type: "<i4", shape: [block.columns.count],
              content: .indices(block.columns)),
            NpzMember(
              name: name + ".indptr", type: "<i8", shape: [group.size + 1],
              content: .integers(block.rowStarts)),
            NpzMember(name: name + ".shape", type: "<i8", shape: [2], content: .integers(shape)),
          ]
        }
        members.append(
          NpzMember(
            name: "\(group.name).bias\(suffix)", type: "<f8", shape: lead + [group.size],
            content: values(lines.map { layout.biases[$0] })))
      }
    }
    try NpzFile.write(members, to: path, isCompressed: false)
  }

  /// The weights between two groups, row by row.
  private struct Block {
    private let rowCount: Int
    private var rows: [Int32] = []
    private(set) var columns: [Int32] = []
    private(set) var parameters: [Int32] = []

    init(rowCount: Int) { self.rowCount = rowCount }

    /// Where each row begins, and the end of the last.
    var rowStarts: [Int] {
      var starts = [Int](repeating: 0, count: rowCount + 1)
      for row in rows { starts[Int(row) + 1] += 1 }
      for row in 0..<rowCount { starts[row + 1] += starts[row] }
      return starts
    }

    /// Rows come in ascending order.
    mutating func add(_ row: Int, _ column: Int, _ parameter: Int32) {
      columns.append(Int32(column))
      parameters.append(parameter)
      rows.append(Int32(row))
    }
  }
}
