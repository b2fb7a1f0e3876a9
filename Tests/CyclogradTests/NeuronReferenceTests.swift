import Testing

@testable import Cyclograd

@Suite("Neurons as string literals")
struct NeuronReferenceTests {
  @Test("A literal is group.index")
  func literal() {
    let edge = Edge("ring.0", to: "ring.12", weight: 2)
    #expect(edge == Edge(.init("ring", 0), to: .init("ring", 12), weight: 2))
    #expect(edge.target.description == "ring.12")
    let dotted: NeuronReference = "layer.1.7"
    #expect(dotted == NeuronReference("layer.1", 7))
  }

  @Test(
    "A literal that names no neuron is refused when the graph is compiled",
    arguments: [
      "ring", "ring.", ".0", "", "ring.x", "ring.-1", "ring.+1", "ring.007", "ring. 1",
      "ring.99999999999999999999", "ring.3",
    ] as [NeuronReference])
  func malformed(_ reference: NeuronReference) {
    let graph = Graph("bad") {
      Group("ring", size: 3, role: [.input, .output])
      Edge("ring.2", to: reference, weight: 1)
    }
    let error = #expect(throws: CyclogradError.self) { try graph.compile() }
    #expect(error?.code == .invalidGraph)
    #expect(error?.message.contains("there is no") == true, "\(error?.description ?? "")")
  }
}
