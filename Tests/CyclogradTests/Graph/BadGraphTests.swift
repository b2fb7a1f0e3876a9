import Cyclograd
import Testing

@Suite("Graphs that contradict themselves are refused, with the part that is wrong")
struct BadGraphTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    var graph: Graph
    var part: GraphPart
    var subject: String?
    var code: CyclogradError.Code
    var words: String
    var testDescription: String { name }

    init(
      _ name: String, _ part: GraphPart, _ subject: String?, _ words: String,
      code: CyclogradError.Code = .invalidGraph,
      @GraphBuilder _ parts: () -> [GraphBuilder.Part]
    ) {
      self.name = name
      graph = Graph(name, parts)
      self.part = part
      self.subject = subject
      self.code = code
      self.words = words
    }
  }

  @Test("Bad groups, connections and edges", arguments: structure + sizes)
  func badStructure(_ bad: Case) { expect(bad) }

  @Test("Bad values, ties, inputs and outputs", arguments: values + roles + memory)
  func badValues(_ bad: Case) { expect(bad) }

  private func expect(_ bad: Case) {
    var parts: [GraphPart] = []
    do throws(CyclogradError) {
      _ = try bad.graph.compile { part in
        parts.append(part)
        return CyclogradError.Location(file: "graph.yaml", line: 7)
      }
      Issue.record("\(bad.name) compiles")
    } catch {
      #expect(error.code == bad.code)
      #expect(parts == [bad.part])
      #expect(error.location.subject == bad.subject)
      #expect(error.location.line == 7)
      #expect(error.message.contains(bad.words), "\(error)")
      #expect(error.advice != nil)
      #expect(error.description.hasPrefix("graph.yaml:7: "))
      #expect(!error.message.hasSuffix("."))
    }
  }

  static let structure: [Case] = [
    Case("empty", .graph, nil, "no groups") {},
    Case("no name", .group(0), "group ", "no name") { Group("", size: 1) },
    Case("same name", .group(1), "group a", "same name") {
      Group("a", size: 1)
      Group("a", size: 2)
    },
    Case("size 0", .group(0), "group a", "size 0") { Group("a", size: 0) },
    Case("negative size", .group(0), "group a", "size -3") { Group("a", shape: [2, -3]) },
    Case("four extents", .group(0), "group a", "4 extents") { Group("a", shape: [1, 1, 1, 1]) },
    Case("no extents", .group(0), "group a", "0 extents") { Group("a", shape: []) },
    Case("no units", .group(0), "group a", "no units") {
      Group("a", size: 1, combine: .max, units: [])
    },
    Case("softmax units", .group(0), "group a", "softmax") {
      Group("a", size: 2, combine: .product, units: [.init(.tanh), .init(.softmax)])
    },
    Case("leaky NaN", .group(0), "group a", "leaky-relu") {
      Group("a", size: 1, activation: .leakyReLU(slope: .nan))
    },
    Case("elu infinite", .group(0), "group a", "elu") {
      Group("a", size: 1, activation: .elu(alpha: .infinity))
    },
    Case("clamp reversed", .group(0), "group a", "clamp") {
      Group("a", size: 1, activation: .clamp(lower: 1, upper: 0))
    },
    Case("unknown source group", .connection(0), "connection 0 (b to a)", "named 'b'") {
      Group("a", size: 1)
      Connection("b", to: "a")
    },
    Case("unknown target group", .connection(1), "connection 1 (a to b)", "named 'b'") {
      Group("a", size: 1)
      Connection("a", to: "a")
      Connection("a", to: "b")
    },
    Case("unit of a rule", .connection(0), "connection 0 (a to a)", "no unit 1") {
      Group("a", size: 1)
      Connection("a", to: "a", unit: 1)
    },
    Case("negative unit", .edge(0), "edge 0 (a.0 to a.0)", "no unit -1") {
      Group("a", size: 1)
      Edge(.init("a", 0), to: .init("a", 0), unit: -1)
    },
    Case("missing neuron", .edge(1), "edge 1 (a.0 to a.2)", "no neuron a.2") {
      Group("a", size: 2)
      Edge(.init("a", 0), to: .init("a", 1))
      Edge(.init("a", 0), to: .init("a", 2))
    },
    Case("negative neuron", .edge(0), "edge 0 (a.-1 to a.0)", "no neuron a.-1") {
      Group("a", size: 2)
      Edge(.init("a", -1), to: .init("a", 0))
    },
    Case("edge to an unknown group", .edge(0), "edge 0 (a.0 to z.0)", "named 'z'") {
      Group("a", size: 2)
      Edge(.init("a", 0), to: .init("z", 0))
    },
    Case("duplicate of two rules", .connection(1), "connection 1 (a to a)", "exists already") {
      Group("a", size: 2)
      Connection("a", to: "a")
      Connection("a", to: "a", .oneToOne)
    },
    Case(
      "duplicate of a rule", .connection(1), "connection 1 (a to b)", "from connection 0 (a to b)"
    ) {
      Group("a", size: 2)
      Group("b", size: 2)
      Connection("a", to: "b")
      Connection("a", to: "b", .oneToOne)
    },
    Case("duplicate of an edge", .edge(2), "edge 2 (a.0 to a.1)", "a.0 to a.1 (unit 1)") {
      Group("a", size: 2, combine: .max, units: [.init(), .init()])
      Edge(.init("a", 0), to: .init("a", 1), unit: 1)
      Edge(.init("a", 0), to: .init("a", 1), unit: 0)
      Edge(.init("a", 0), to: .init("a", 1), unit: 1)
    },
    Case("duplicate entries", .connection(0), "connection 0 (a to a)", "exists already") {
      Group("a", size: 2)
      Connection("a", to: "a", .entries(SparseEntries(rows: [0, 0], columns: [1, 1])))
    },
    Case("entry outside", .connection(0), "connection 0 (a to a)", "row 2") {
      Group("a", size: 2)
      Connection("a", to: "a", .entries(SparseEntries(rows: [2], columns: [1])))
    },
    Case("negative entry", .connection(0), "connection 0 (a to a)", "column -1") {
      Group("a", size: 2)
      Connection("a", to: "a", .entries(SparseEntries(rows: [1], columns: [-1])))
    },
    Case("one to one", .connection(0), "connection 0 (a to b)", "equal size") {
      Group("a", size: 2)
      Group("b", size: 3)
      Connection("a", to: "b", .oneToOne)
    },
    Case("self between groups", .connection(0), "connection 0 (a to b)", "'self'") {
      Group("a", size: 2)
      Group("b", size: 2)
      Connection("a", to: "b", self: false)
    },
    Case("in-degree", .connection(0), "connection 0 (a to a)", "in-degree of 2") {
      Group("a", size: 2)
      Connection("a", to: "a", .inDegree(2), self: false)
    },
    Case("negative in-degree", .connection(0), "connection 0 (a to a)", "in-degree of -1") {
      Group("a", size: 2)
      Connection("a", to: "a", .inDegree(-1))
    },
    Case("probability", .connection(0), "connection 0 (a to a)", "probability 1.5") {
      Group("a", size: 2)
      Connection("a", to: "a", .random(probability: 1.5))
    },
    Case("probability NaN", .connection(0), "connection 0 (a to a)", "probability nan") {
      Group("a", size: 2)
      Connection("a", to: "a", .random(probability: .nan))
    },
    Case("pattern file", .connection(0), "connection 0 (a to a)", "has not been read") {
      Group("a", size: 2)
      Connection("a", to: "a", .file("w.mtx"))
    },
  ]

  static let sizes: [Case] = [
    Case("Int.max", .group(0), "group a", "units", code: .tooLarge) { Group("a", size: .max) },
    Case("Int.max later", .group(1), "group b", "units", code: .tooLarge) {
      Group("a", size: 3)
      Group("b", size: .max)
    },
    Case("Int.max units", .group(1), "group b", "units", code: .tooLarge) {
      Group("a", size: 3)
      Group("b", size: .max / 2, combine: .max, units: [.init(), .init()])
    },
    Case("product of extents", .group(0), "group a", "units", code: .tooLarge) {
      Group("a", shape: [1 << 40, 1 << 40])
    },
    Case("three billion", .group(0), "group a", "units", code: .tooLarge) {
      Group("a", size: 3_000_000_000)
    },
    Case("ten billion edges", .connection(0), "connection 0 (a to a)", "edges", code: .tooLarge) {
      Group("a", size: 100_000)
      Connection("a", to: "a")
    },
    Case("in-degree Int.max", .connection(0), "connection 0 (a to a)", "edges", code: .tooLarge) {
      Group("a", size: 10)
      Connection("a", to: "a", .inDegree(.max))
    },
    Case("tied kernel", .connection(0), "connection 0 (a to a)", "positions", code: .tooLarge) {
      Group("a", shape: [2, 3, 3])
      Connection("a", to: "a", .neighborhood(Neighborhood(40_000, 40_000)), weight: .kernel(0.1))
    },
    Case(
      "tied kernel of one channel", .connection(0), "connection 0 (a to a)", "positions",
      code: .tooLarge
    ) {
      Group("a", shape: [1, 3, 3])
      Connection("a", to: "a", .neighborhood(Neighborhood(46_341, 46_341)), weight: .kernel(0.1))
    },
    Case("kernel", .connection(0), "connection 0 (a to a)", "positions", code: .tooLarge) {
      Group("a", shape: [1, 3, 3])
      Connection("a", to: "a", .neighborhood(Neighborhood(2_147_483_647, 2_147_483_647)))
    },
    Case("sum of edges", .connection(1), "connection 1 (a to a)", "edges", code: .tooLarge) {
      Group("a", size: 40_000)
      Connection("a", to: "a")
      Connection("a", to: "a")
    },
  ]
}
