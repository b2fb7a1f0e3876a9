import Testing

@testable import Cyclograd

@Suite("What is known of the components of a sample comes together")
struct SampleEvidenceTests {
  @Test("Each method is named once, though its name is the beginning of another's")
  func methods() throws {
    let (network, _) = try StatusTests.loop(.tanh, weight: 0.5, bias: 0.1).compile()
    let component = try #require(network.components.first)
    func detail(_ methods: [String], after first: String? = nil) -> String? {
      var evidence = SampleEvidence(status: .converged, detail: first)
      for method in methods {
        evidence.add(
          SolverOutcome(.converged, detail: method), of: component, isWhole: false,
          listsComponents: false)
      }
      return evidence.detail
    }
    #expect(detail(["picard", "anderson", "picard"]) == "picard, anderson")
    #expect(
      detail(["anderson, side by side", "anderson", "anderson, side by side", "anderson"])
        == "anderson, side by side, anderson")
    #expect(detail(["dense, side by side", "dense"]) == "dense, side by side, dense")
    #expect(detail([Updater.name, "klu"], after: Updater.name) == "\(Updater.name), klu")
  }
}
