import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd compose`
struct ComposeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compose",
    abstract: "Join networks by their inputs and outputs.",
    discussion: """
      Kinds, A and B being the networks:
        cascade   B(A(u))
        sum       α A(u) + β B(u), with --coefficients α,β
        concat    (A(u), B(u)): the outputs of A, then those of B
        product   A(u) · B(u), output by output
        feedback  y = A(u + B(y)); with --negative A(u − B(y)), as in control
        affine    P A(F v + g) + r; --affine F.npz has any of F, g, P, r

      Groups become first.… and second.…; parameters, ties, what is trained and drawn numbers stay. A feedback \
      whose direct paths have no answer (I − D₁D₂ singular) is refused; whether others have exactly one \
      equilibrium says check.

      Examples:
        cyclograd compose cascade graphs/feedback.yaml graphs/readout.yaml \\
            --output both.yaml
        cyclograd compose feedback plant.npz controller.npz --activation relu \\
            --output loop.yaml --matrices loop.npz
      """)

  /// How networks are joined.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case cascade, sum, concat, affine, feedback, product
  }

  @Argument(help: "cascade, sum, concat, affine, feedback or product.") var kind: Kind
  @Argument(help: ArgumentHelp("The network A.", valueName: "A")) var first: String
  @Argument(help: ArgumentHelp("The network B; affine has none.", valueName: "B"))
  var second: String?
  @Option(
    help: ArgumentHelp("The file to write, in the format of its extension.", valueName: "file"))
  var output: String
  @Option(
    help: ArgumentHelp(
      "Write (A, B, C, D), biases and activations to this .npz as well.", valueName: "file"))
  var matrices: String?
  // Values may begin with a minus.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("α,β of a sum (default: 1,1).", valueName: "α,β"))
  var coefficients: String?
  @Flag(help: "Give A and B inputs of their own, A's first; for sum, concat and product.")
  var separateInputs = false
  @Flag(help: "Take the fed-back outputs from the inputs; for feedback.") var negative = false
  @Option(help: ArgumentHelp("An archive with F, g, P, r; for affine.", valueName: "file"))
  var affine: String?
  @Flag(help: "Print JSON and nothing else.") var json = false
  @OptionGroup var quiet: QuietArguments
  @OptionGroup(title: "Reading the networks") var reading: ImportArguments

  func validate() throws {
    func refuse(_ isGiven: Bool, _ option: String, unless kinds: Kind...) throws {
      guard isGiven, !kinds.contains(kind) else { return }
      throw ValidationError("\(option) does not apply to \(kind.rawValue)")
    }
    try refuse(coefficients != nil, "--coefficients", unless: .sum)
    try refuse(separateInputs, "--separate-inputs", unless: .sum, .concat, .product)
    try refuse(negative, "--negative", unless: .feedback)
    try refuse(affine != nil, "--affine", unless: .affine)
    try refuse(
      second != nil, "a second network", unless: .cascade, .sum, .concat, .feedback, .product)
    if second == nil, kind != .affine {
      throw ValidationError("\(kind.rawValue) needs two networks")
    }
    if kind == .affine, affine == nil { throw ValidationError("affine needs --affine") }
  }

  func run() throws {
    let read = [first] + (second.map { [$0] } ?? []) + (affine.map { [$0] } ?? [])
    try FileNames.checkDistinct(
      written: [("--output", output)] + (matrices.map { [("--matrices", $0)] } ?? []),
      read: read.map { ("a network", $0) })
    let parts = try ([first] + (second.map { [$0] } ?? [])).map(part)
    let composition: Composition
    do { composition = try Composition(composed(parts.map(\.graph)), file: first) } catch {
      // Where the fault is one of a part, it knows its place.
      for part in parts { _ = try part.graph.compile(locate: part.location(of:)) }
      throw error
    }
    let remarks = try composition.write(to: output)
    if let matrices { try composition.writeMatrices(to: matrices) }
    for remark in remarks { Console.note("\(output): \(remark)") }
    try report(composition.graph)
  }

  private func composed(_ parts: [Graph]) throws -> ComposedGraph {
    let a = parts[0]
    guard parts.count > 1 else { return try affineMap(a) }
    let b = parts[1]
    switch kind {
    case .cascade, .affine: return try GraphComposition.cascade(a, b)
    case .sum:
      return try GraphComposition.sum(
        a, b, coefficients: try factors(), sharesInputs: !separateInputs)
    case .concat: return try GraphComposition.concatenation(a, b, sharesInputs: !separateInputs)
    case .feedback: return try GraphComposition.feedback(a, b, isNegative: negative)
    case .product: return try GraphComposition.product(a, b, sharesInputs: !separateInputs)
    }
  }

  private func part(_ path: String) throws -> ImportedNetwork {
    let imported = try reading.read(path, reading.options())
    try imported.require([.activation, .inputs, .outputs], for: "composing")
    return imported
  }

  private func factors() throws -> (Double, Double) {
    guard let coefficients else { return (1, 1) }
    let numbers = coefficients.split(separator: ",", omittingEmptySubsequences: false)
      .map { Double($0) }
    guard numbers.count == 2, let alpha = numbers[0], let beta = numbers[1] else {
      throw CyclogradError(
        .invalidOption, "--coefficients \(coefficients)", advice: "give two numbers: 0.5,-1")
    }
    return (alpha, beta)
  }

  private func affineMap(_ graph: Graph) throws -> ComposedGraph {
    guard let affine else { throw ValidationError("affine needs --affine") }
    let archive = try NpzFile.read(affine)
    func array(_ name: String, dimensions: Int) throws -> NumpyArray? {
      guard archive.contains(name) else { return nil }
      let array = try archive.array(name)
      guard array.shape.count == dimensions else {
        throw CyclogradError(
          .shapeMismatch, "\(name) has \(array.shape.count) dimensions, not \(dimensions)",
          at: .init(file: affine))
      }
      guard array.elements.allSatisfy(\.isFinite) else {
        throw CyclogradError(
          .invalidValue, "\(name) has a number that is not finite", at: .init(file: affine))
      }
      return array
    }
    func matrix(_ name: String) throws -> Matrix? {
      try array(name, dimensions: 2).map {
        Matrix(rows: $0.shape[0], columns: $0.shape[1], elements: $0.elements)
      }
    }
    let names = ["F", "g", "P", "r"]
    if let other = archive.names.first(where: { !names.contains($0) }) {
      throw CyclogradError(
        .malformedFile, "an array named '\(other)'", at: .init(file: affine),
        advice: "the arrays are F, g, P and r")
    }
    return try GraphComposition.affine(
      graph, inputMatrix: matrix("F"), inputOffset: array("g", dimensions: 1)?.elements,
      outputMatrix: matrix("P"), outputOffset: array("r", dimensions: 1)?.elements)
  }

  private func report(_ graph: Graph) throws {
    let (network, _) = try graph.compile()
    guard json else {
      return try Console.answer(network.title + "\n")
    }
    try Console.answer(
      JSONValue.object([
        ("neurons", .integer(network.neuronCount)), ("edges", .integer(network.edgeCount)),
        ("inputs", .integer(network.inputCount)), ("outputs", .integer(network.outputCount)),
        ("components", .integer(network.cyclicComponentCount)),
      ]).text)
  }
}
