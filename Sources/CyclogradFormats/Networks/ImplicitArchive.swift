import Cyclograd

/// What an .npz archive says of an implicit model beside its four matrices: the biases b and c of states and outputs,
/// and the states' activations as a text, runs of `count activation` with `; ` between them.
struct ImplicitArchive {
  private let members: [NpzMember]

  private init(
    _ matrices: [(rows: Int, columns: Int, elements: [Double])], offsets: [[Double]],
    _ activations: StateActivations, file: String
  ) throws {
    var members = zip(ImplicitModel.names, matrices).map { name, matrix in
      NpzMember(
        name: name, type: "<f8", shape: [matrix.rows, matrix.columns],
        content: .doubles(matrix.elements))
    }
    for (name, offset) in zip(["b", "c"], offsets) {
      members.append(
        NpzMember(name: name, type: "<f8", shape: [offset.count], content: .doubles(offset)))
    }
    let text = try Self.text(activations)
    guard text.utf8.count <= 1 << 16 else {
      throw CyclogradError(
        .tooLarge, "the activations of the states change too often for an archive",
        at: .init(file: file), advice: "order the groups by their activations")
    }
    if !text.isEmpty {
      members.append(
        NpzMember(
          name: "activations", type: "|S\(text.utf8.count)", shape: [],
          content: .bytes(Array(text.utf8))))
    }
    self.members = members
  }

  init(_ model: ImplicitModelMatrices) throws {
    try self.init(
      [model.a, model.b, model.c, model.d].map { ($0.rows, $0.columns, $0.elements) },
      offsets: [model.stateOffset, model.outputOffset], model.activations, file: "")
  }

  init(_ model: ImplicitModel, file: String) throws {
    try self.init(
      model.matrices.map { matrix in
        let dense = try matrix.dense(for: file)
        return (dense.rows, dense.columns, dense.elements)
      }, offsets: model.offsets, model.activations, file: file)
  }

  func write(to path: String) throws {
    try NpzFile.write(members, to: path, isCompressed: false)
  }

  private static func text(_ activations: StateActivations) throws -> String {
    try activations.runs.map { "\($0.count) \(try ActivationText.text($0.activation))" }
      .joined(separator: "; ")
  }

  /// What an archive says beside the matrices.
  static func read(_ path: String, states: Int, outputs: Int) throws -> (
    offsets: [[Double]]?, activations: StateActivations?
  ) {
    let archive = try NpzFile.read(path)
    var offsets: [[Double]]?
    for (index, (name, count)) in [("b", states), ("c", outputs)].enumerated()
    where archive.contains(name) {
      let values = try archive.array(name).elements
      guard values.count == count else {
        throw CyclogradError(
          .shapeMismatch, "\(values.count) numbers where the model has \(count)",
          at: archive.location(name))
      }
      if offsets == nil {
        offsets = [
          [Double](repeating: 0, count: states), [Double](repeating: 0, count: outputs),
        ]
      }
      offsets?[index] = values
    }
    guard archive.contains("activations") else { return (offsets, nil) }
    let text = try archive.content("activations", allowsText: true).text()
    var activations = StateActivations()
    for run in text.split(separator: ";") {
      let parts = run.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard parts.count == 2, let count = Int(parts[0]), count > 0,
        count <= states - activations.count
      else {
        throw CyclogradError(
          .malformedFile,
          "\(Excerpt.quoted(String(run))) is not a number and an activation, or there are too many",
          at: archive.location("activations"))
      }
      activations.append(try ActivationText.activation(String(parts[1])), count)
    }
    guard activations.count == states else {
      throw CyclogradError(
        .shapeMismatch, "\(activations.count) activations for \(states) states",
        at: archive.location("activations"))
    }
    return (offsets, activations)
  }
}
