import Cyclograd

/// The simulator's graph file: for each neuron its outgoing edges and the activations of its units.
///
///     outDegree ### target unit; target unit; … ### unitCount ### code code …
struct SzekeresGraph {
  /// The edges of neuron k are `starts[k]..<starts[k + 1]`.
  var starts = [0]
  var targets: [Int32] = []
  var targetUnits: [Int32] = []
  /// The units of neuron k are `unitStarts[k]..<unitStarts[k + 1]`.
  var unitStarts = [0]
  var codes: [Int] = []

  var neuronCount: Int { starts.count - 1 }

  static func parse(_ bytes: [UInt8], file: String) throws -> SzekeresGraph {
    try SzekeresTokens.read(bytes, file: file) { tokens in
      var graph = SzekeresGraph()
      var lines: [Int] = []
      while !tokens.isAtEnd() {
        try graph.readNeuron(&tokens)
        lines.append(tokens.line)
      }
      guard graph.neuronCount > 0 else { throw tokens.malformed("the file has no neurons") }
      try graph.check(lines, file)
      return graph
    }
  }

  private mutating func readNeuron(_ tokens: inout SzekeresTokens) throws {
    let limit = Int(Int32.max) - 1
    let degree = try tokens.integer("a number of outgoing edges", in: 0...limit)
    try tokens.separator("after the number of edges")
    for _ in 0..<degree {
      targets.append(Int32(try tokens.integer("a target neuron", in: 1...limit) - 1))
      targetUnits.append(Int32(try tokens.integer("a unit of the target", in: 1...limit) - 1))
      try tokens.semicolon()
    }
    starts.append(targets.count)
    try tokens.separator("after the edges")
    let units = try tokens.integer("a number of units", in: 1...limit)
    try tokens.separator("after the number of units")
    for _ in 0..<units { codes.append(try tokens.integer("an activation code", in: 0...11)) }
    unitStarts.append(codes.count)
  }

  /// Targets may stand later in the file, so they are checked at its end.
  private func check(_ lines: [Int], _ path: String) throws {
    for neuron in 0..<neuronCount {
      for edge in starts[neuron]..<starts[neuron + 1] {
        let target = Int(targets[edge])
        func fail(_ message: String) -> CyclogradError {
          CyclogradError(
            .malformedFile, message,
            at: .init(file: path, line: lines[neuron], subject: "neuron \(neuron + 1)"))
        }
        guard target < neuronCount else {
          throw fail("an edge leads to neuron \(target + 1); there are \(neuronCount)")
        }
        let units = unitStarts[target + 1] - unitStarts[target]
        guard targetUnits[edge] < units else {
          throw fail(
            "an edge leads to unit \(targetUnits[edge] + 1) of neuron \(target + 1), which has "
              + "\(units)")
        }
      }
    }
  }
}

/// The numbers with which the simulator's files name activations.
enum ActivationCode {
  static let known: [Int: Activation] = [
    0: .identity, 1: .logistic, 2: .tanh, 4: .silu, 6: .complement, 7: .reciprocal, 8: .cos,
    9: .arctan, 10: .elu(alpha: 0.1), 11: .asinh,
  ]

  static let ambiguity =
    "code 3 is leaky ReLU with slope 0.1 in one of the simulator's versions and ReLU in the other, "
    + "and some published files say 3 where arctan was trained"

  static let advice =
    "say which with --activation-3 '{leaky-relu: 0.1}', --activation-3 relu or "
    + "--activation-3 arctan"

  static func activation(_ code: Int, meaningOf3: Activation?, file: String) throws -> Activation {
    if let activation = known[code] { return activation }
    guard code == 3 else {
      throw CyclogradError(
        .malformedFile, "activation code \(code) is unknown", at: .init(file: file),
        advice: "codes are 0 to 4 and 6 to 11")
    }
    guard let meaningOf3 else {
      throw CyclogradError(.invalidOption, ambiguity, at: .init(file: file), advice: advice)
    }
    return meaningOf3
  }

  static func code(
    for activation: Activation, meaningOf3: Activation?, file: String
  ) throws -> Int {
    if let meaningOf3, meaningOf3 == activation { return 3 }
    if let code = known.first(where: { $0.value == activation })?.key { return code }
    guard activation != .relu, activation != .leakyReLU(slope: 0.1) else {
      throw CyclogradError(
        .invalidOption, "\(activation.name) can only be code 3, and \(ambiguity)",
        at: .init(file: file), advice: advice)
    }
    throw CyclogradError(
      .invalidGraph, "the simulator has no activation \(try ActivationText.text(activation))",
      at: .init(file: file),
      advice: "it has identity, logistic, tanh, silu, complement, reciprocal, cos, arctan, "
        + "{elu: 0.1}, asinh and one meaning of code 3")
  }
}
