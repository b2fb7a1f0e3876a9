import Cyclograd
import CyclogradFormats
import Testing

@Suite("What a graph file does not use is read all the same")
struct UnusedPartTests {
  private func error(_ text: String) -> CyclogradError? {
    #expect(throws: CyclogradError.self) {
      try GraphFile.parse(
        bytes: Array("format: cyclograd/1\ngroups: [{name: x, size: 1}]\n\(text)\n".utf8),
        folder: "")
    }
  }

  @Test("Modules without instances")
  func modules() throws {
    let found = error("modules: {M: {grups: [{name: a, size: 1}]}}")
    #expect(found?.message.contains("grups") == true && found?.location.line == 3)
    #expect(error("modules: {N: {file: does-not-exist.yaml}}") != nil)
    #expect(error("modules: {M: {groups: [], modules: {L: {connections: 7}}}}") != nil)
    _ = try GraphFile.parse(
      bytes: Array(
        "format: cyclograd/1\ngroups: [{name: x, size: 1}]\nmodules: {M: {groups: [{name: a, size: 1}]}}\n"
          .utf8),
      folder: "")
  }

  @Test("Repetitions without copies")
  func repetitions() throws {
    let empty = "repeat: [{index: i, from: 3, to: 1, "
    #expect(error(empty + "groups: [{nme: q, size: 1}]}]")?.message.contains("nme") == true)
    #expect(error(empty + "connections: [{from: x}]}]") != nil)
    let document = try GraphFile.parse(
      bytes: Array(
        ("format: cyclograd/1\ngroups: [{name: x, size: 1}]\n" + empty
          + "groups: [{name: \"h{i}\", size: 1}]}]\n").utf8), folder: "")
    #expect(document.graph.groups.map(\.name) == ["x"])
  }

  @Test("A misspelt key of a derivative is named")
  func derivatives() throws {
    let found = error(
      "connections: []\nmodules: {M: {groups: [{name: a, size: 1, activation: {derivative: {of: tanh, ordr: 2}}}]}}"
    )
    #expect(found?.message.contains("'ordr'") == true)
  }
}
