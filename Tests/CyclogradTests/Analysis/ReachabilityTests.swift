import Cyclograd
import Testing

@Suite("Reachability")
struct ReachTests {
  /// By the transitive closure of the adjacency, group by group.
  private func oracle(_ pairs: [(Int, Int)], count: Int) -> [[Bool]] {
    var reaches = (0..<count).map { i in (0..<count).map { i == $0 } }
    for (source, target) in pairs { reaches[source][target] = true }
    for k in 0..<count {
      for i in 0..<count {
        for j in 0..<count where reaches[i][k] && reaches[k][j] { reaches[i][j] = true }
      }
    }
    return reaches
  }

  @Test("It is that of the transitive closure", arguments: 0..<30)
  func closure(seed: UInt64) throws {
    var random = TestRandom(seed)
    let count = 9
    var pairs: [(Int, Int)] = []
    for i in 0..<count {
      for j in 0..<count where Int.random(in: 0..<8, using: &random) == 0 { pairs.append((i, j)) }
    }
    var graph = Graph(name: "random")
    graph.groups = (0..<count).map { i in
      Group("g\(i)", size: 1, role: i < 3 ? .input : (i > 5 ? .output : []), activation: .tanh)
    }
    graph.connections = pairs.map { Connection("g\($0.0)", to: "g\($0.1)") }
    let reachability = Reachability(try graph.compile().network)
    let closure = oracle(pairs, count: count)
    #expect(
      reachability.idleInputs
        == (0..<3).filter { i in !(6..<count).contains { closure[i][$0] } }.map { "g\($0).0" })
    #expect(
      reachability.constantOutputs
        == (6..<count).filter { j in !(0..<3).contains { closure[$0][j] } }.map { "g\($0).0" })
  }

  @Test("What enters one neuron of a softmax group leaves by all of them")
  func softmax() throws {
    var graph = Graph(name: "softmax")
    graph.groups = [
      Group("x", size: 1, role: .input), Group("p", size: 3, activation: .softmax),
      Group("y", size: 1, role: .output),
    ]
    graph.edges = [
      Edge(NeuronReference("x", 0), to: NeuronReference("p", 0)),
      Edge(NeuronReference("p", 2), to: NeuronReference("y", 0)),
    ]
    let reachability = Reachability(try graph.compile().network)
    #expect(reachability.idleInputs.isEmpty && reachability.constantOutputs.isEmpty)
  }
}
