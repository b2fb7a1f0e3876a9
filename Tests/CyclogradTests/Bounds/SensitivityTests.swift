import Testing

@testable import Cyclograd

@Suite("Global sensitivities")
struct SensitivityTests {
  @Test("norms, rows and columns of S are those of a dense inverse")
  func small() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let s = try Sensitivity(network, parameters)
    let known = [
      [3.855779227961509, 3.0212734579508167, 3.571529698042252],
      [3.2208826457250304, 2.4544611584264278, 4.427651808428271],
    ]
    for (norm, value) in [
      (try s.infinityNorm(), 10.448582383954577), (try s.oneNorm(), 7.999181506470523),
      (try s.twoNorm(), 8.486861769203918),
    ] {
      #expect(norm.isProved && norm.lower <= value && value <= norm.upper)
      #expect(norm.upper - norm.lower < 1e-8 * value)
    }
    let rows = try s.rows(0..<2)
    let columns = try s.columns(0..<3)
    for i in 0..<2 {
      for j in 0..<3 {
        #expect(abs(rows[i, j] - known[i][j]) < 1e-11)
        #expect(abs(columns[j, i] - known[i][j]) < 1e-11)
      }
    }
    let part = try Sensitivity(network, parameters, outputs: [1], inputs: [2, 0])
    #expect(abs(try part.infinityNorm().upper - known[1][2] - known[1][0]) < 1e-11)
  }

  @Test("softmax groups and products are in S, too")
  func grouped() throws {
    for seed in [1, 3, 6, 8] {
      let (network, parameters) = try BoundChainTests.graph(seed).0.compile()
      let s = try Sensitivity(network, parameters)
      let rows = try s.rows(0..<network.outputCount)
      let columns = try s.columns(0..<network.inputCount)
      let sums = (0..<rows.rows).map { rows[row: $0].reduce(0, +) }
      #expect(abs(try s.infinityNorm().upper - sums.max()!) < 1e-9 * sums.max()!)
      for i in 0..<rows.rows {
        for j in 0..<rows.columns {
          #expect(abs(rows[i, j] - columns[j, i]) <= 1e-9 * rows[i, j])
        }
      }
    }
  }

  @Test("a network without a bounded sensitivity is refused with the reason")
  func refused() throws {
    let (network, parameters) = try selfLoop(.relu, 1.5)
    let s = try Sensitivity(network, parameters)
    #expect(throws: CyclogradError.self) { try s.infinityNorm() }
    #expect(throws: CyclogradError.self) { try Sensitivity(network, parameters, inputs: [4]) }
    let pole = Graph("pole") {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output, activation: .reciprocal, bias: 3)
      Connection("x", to: "y", weight: 0.5)
    }
    let (other, values) = try pole.compile()
    #expect(throws: CyclogradError.self) { try Sensitivity(other, values) }
  }
}
