import Cyclograd
import CyclogradFormats
import TestSupport
import Testing

@Suite("--scale gives W a wanted radius")
struct WeightScaleTests {
  private func read(
    _ text: String, _ scale: String, name: String = "g.yaml"
  ) throws -> (ImportedNetwork, Network, Parameters) {
    let folder = try TemporaryFolder()
    var options = ImportOptions()
    options.scale = try WeightScale(scale)
    let imported = try NetworkFormat.read(folder.write(text, name), options: options)
    let (network, parameters) = try imported.graph.compile()
    return (imported, network, parameters)
  }

  /// W = [[1, -2], [2, 1]] has 1 ± 2i, |W| has 3.
  private let list = "source,target,weight\n0,0,1\n1,0,-2\n0,1,2\n1,1,1\n"

  @Test(
    "An edge list, by either measure",
    arguments: [("spectral-radius=0.9", 0.9 / 5.0.squareRoot()), ("lambda-pf=0.9", 0.3)])
  func edgeList(_ scale: String, _ factor: Double) throws {
    let (imported, network, parameters) = try read(list, scale, name: "w.csv")
    guard case .radius(let measure, _) = try WeightScale(scale) else {
      Issue.record("\(scale) is no radius")
      return
    }
    #expect(abs(try network.weightRadius(measure, of: parameters).value - 0.9) < 1e-12)
    #expect(
      zip(parameters.values.prefix(4).map(abs).sorted(), [1, 1, 2, 2]).allSatisfy {
        abs($0 - factor * $1) < 1e-12
      })
    #expect(imported.remarks.last?.contains("all weights multiplied by 0.") == true)
  }

  /// What W = [[1, -3], [2, 1]], with the rows of the targets, becomes.
  private static let sides: [(String, [Double])] = [
    ("in-strength=12", [-9, 3, 4, 8]), ("out-strength=24", [-18, 6, 8, 16]),
  ]

  @Test("Rows or columns of W, each by a factor of its own", arguments: sides)
  func strengths(_ scale: String, _ expected: [Double]) throws {
    let (imported, _, parameters) = try read(
      "source,target,weight\n0,0,1\n1,0,-3\n0,1,2\n1,1,1\n", scale, name: "w.csv")
    for (found, expected) in zip(parameters.values.prefix(4).sorted(), expected) {
      #expect(abs(found - expected) < 1e-14)
    }
    #expect(imported.remarks.last?.contains("each of 2 neurons") == true)
  }

  @Test("Neurons without weights are left, and shared weights that would differ are refused")
  func strengthsThatAreNot() throws {
    let (_, _, parameters) = try read(
      "source,target,weight\na,b,4\nb,c,0.5\n", "in-strength=1", name: "w.csv")
    #expect(Array(parameters.values.prefix(2)) == [1, 1])
    #expect(throws: CyclogradError.self) {
      try read(
        """
        format: cyclograd/1
        groups:
          - {name: h, size: 3}
        edges:
          - {from: h.0, to: h.1, weight: 1, share: s}
          - {from: h.1, to: h.2, share: s}
          - [h.0, h.2, 1]
        """, "in-strength=1")
    }
  }

  @Test("Every kind of initial value is scaled, drawn ones with the same draws, and biases are not")
  func kinds() throws {
    let text = """
      format: cyclograd/1
      groups:
        - {name: x, size: 3, role: input}
        - {name: h, size: 3, bias: 0.5, activation: tanh}
      connections:
        - {from: x, to: h, weight: 2}
        - {from: h, to: h, weight: {normal: 1, scaled: fan-in}, self: false}
        - {from: h, to: h, pattern: one-to-one, weight: [0.5, 1, 2], share: s}
        - {from: h, to: x, pattern: one-to-one, share: s}
        - {from: h, to: x, pattern: {entries: [[0, 1, 0.25]]}}
        - {from: h, to: x, pattern: {entries: [[0, 2]]}}
      edges:
        - [h.1, x.2, 3]
        - [h.0, x.2]
      """
    let (_, network, scaled) = try read(text, "spectral-radius=0.5")
    let (_, plain) = try GraphFile.parse(text).graph.compile()
    let factor = scaled.values[0] / plain.values[0]
    for (index, pair) in zip(scaled.values, plain.values).enumerated() {
      let expected = index < network.weightParameterCount ? factor * pair.1 : pair.1
      #expect(abs(pair.0 - expected) <= 1e-15 * abs(expected), "parameter \(index)")
    }
  }

  @Test("Beyond dense algebra Arnoldi's method finds it")
  func large() throws {
    var random = TestRandom(2)
    let n = SpectralRadius.largestDense + 50
    var rows = ["source,target,weight"]
    for i in 0..<n {
      rows.append("\(i),\((i + 1) % n),1")
      for _ in 0..<4 { rows.append("\(i),\(random.integer(0...n - 1)),\(random.number(0, 1))") }
    }
    let folder = try TemporaryFolder()
    var options = ImportOptions()
    options.duplicates = .sum
    options.scale = try WeightScale("lambda-pf=0.8")
    let imported = try NetworkFormat.read(
      folder.write(rows.joined(separator: "\n"), "w.csv"), options: options)
    let (network, parameters) = try imported.graph.compile()
    // Power iteration is the oracle: W is irreducible and has a loop.
    let layout = network.parameterLayout
    var v = [Double](repeating: 1, count: n)
    var growth = 0.0
    for _ in 0..<2000 {
      let image = (0..<n).map { i in
        (layout.rowStarts[i]..<layout.rowStarts[i + 1]).reduce(0) {
          $0 + parameters.values[Int(layout.weights[$1])] * v[Int(layout.columns[$1])]
        }
      }
      growth = image.max()!
      v = image.map { $0 / growth }
    }
    #expect(abs(growth - 0.8) < 1e-6)
  }

  @Test(
    "What no factor can bring to the radius is refused",
    arguments: [
      ("0,1,2\n1,2,3\n", "no edge is part of a cycle"), ("0,0,0\n1,1,0\n", "W is nilpotent"),
      ("0,0,1\n1,0,1\n0,1,-1\n1,1,-1\n", "nilpotent"),
    ])
  func nilpotent(_ edges: String, _ reason: String) {
    let error = #expect(throws: CyclogradError.self) {
      try read(edges, "spectral-radius=0.9", name: "w.csv")
    }
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test(
    "Words and numbers that mean nothing",
    arguments: [
      "0.9", "norm=1", "spectral-radius=", "lambda-pf=0", "lambda-pf=-1", "lambda-pf=inf",
    ])
  func options(_ text: String) {
    #expect(throws: CyclogradError.self) { try WeightScale(text) }
  }

  @Test("Neurons of several units have no square W")
  func units() {
    let text = """
      format: cyclograd/1
      groups: [{name: h, size: 1, combine: product, units: [{}, {}]}]
      connections: [{from: h, to: h, weight: 1}]
      """
    let error = #expect(throws: CyclogradError.self) { try read(text, "lambda-pf=0.9") }
    #expect(error?.message.contains("several units") == true)
  }

  @Test(
    "A ring, whose eigenvalues are all as far out, at any size of its weights",
    arguments: [20, 400], [1e-170, 1, 1e160])
  func rings(size: Int, weight: Double) throws {
    let text = (0..<size).map { "\($0),\(($0 + 1) % size),\(weight)\n" }.joined()
    for (scale, error) in [("spectral-radius=0.95", 0.02), ("lambda-pf=0.95", 2e-3)] {
      let (_, _, parameters) = try read("source,target,weight\n" + text, scale, name: "w.csv")
      #expect(abs(abs(parameters.values[0]) - 0.95) < 0.95 * error, "\(scale)")
      // What is to prove uniqueness is not larger than what was asked for.
      if scale.hasPrefix("lambda") { #expect(abs(parameters.values[0]) <= 0.95) }
    }
  }
}
