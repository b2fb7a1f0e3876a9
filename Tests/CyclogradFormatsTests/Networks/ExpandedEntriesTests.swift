import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("A group with a list of entries is expanded to what it compiles to")
struct ExpandedEntriesTests {
  private let entries = SparseEntries(
    rows: [0, 0, 1, 2], columns: [0, 1, 0, 1], values: [0.9, 0.5, 0.5, 0.1])

  private func graph(
    _ entries: SparseEntries, from: String = "n", unit: Int = 0, self allowsSelf: Bool = true,
    names: [String]? = nil
  ) -> Graph {
    var group = Group("n", size: 3, activation: .relu)
    group.neuronNames = names.map { .list($0) }
    return Graph("entries") {
      group
      Connection(from, to: "n", unit: unit, .entries(entries), self: allowsSelf)
    }
  }

  @Test("Edges from a neuron to itself are left out where the connection has none")
  func withoutSelf() throws {
    let expanded = try imported(graph(entries, self: false)).expanded()
    #expect(expanded.sources == [1, 0, 1])
    #expect(expanded.targets == [0, 1, 2])
    #expect(expanded.weights == [0.5, 0.5, 0.1])
  }

  @Test("Any order gives the same edges, seeded", arguments: UInt64(0)..<8)
  func orders(seed: UInt64) throws {
    var random = TestRandom(seed)
    let places = (0..<9).filter { _ in random.next() % 2 == 0 }.shuffled(using: &random)
    let shuffled = SparseEntries(
      rows: places.map { Int32($0 / 3) }, columns: places.map { Int32($0 % 3) },
      values: places.map { Double($0) + 0.5 })
    func edges(_ entries: SparseEntries) throws -> Set<[Double]> {
      let expanded = try imported(graph(entries)).expanded()
      return Set(
        expanded.weights.indices.map {
          [Double(expanded.targets[$0]), Double(expanded.sources[$0]), expanded.weights[$0]]
        })
    }
    #expect(
      try edges(shuffled) == Set(places.map { [Double($0 / 3), Double($0 % 3), Double($0) + 0.5] }))
  }

  @Test("What does not compile is refused, and never written")
  func contradictions() throws {
    let outside = SparseEntries(rows: [0, 7], columns: [0, 0], values: [0.5, 0.125])
    let twice = SparseEntries(rows: [0, 0], columns: [1, 1], values: [0.5, 0.125])
    let infinite = SparseEntries(rows: [0], columns: [1], values: [.infinity])
    let graphs = [
      graph(outside), graph(twice), graph(infinite), graph(entries, from: "m"),
      graph(entries, unit: 3), graph(entries, names: ["a", "a", "b"]),
    ]
    for graph in graphs {
      #expect(throws: CyclogradError.self) { try imported(graph).expanded() }
    }
  }
}
