import Cyclograd
import CyclogradFormats
import Testing

/// Files made to make a reader recurse, hash or allocate without end.
@Suite(.timeLimit(.minutes(10))) struct HostileGraphFileTests {
  private func bytes(_ bytes: [UInt8]) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try GraphFile.parse(bytes: bytes, name: "g.yaml") }
  }

  @Test(
    .tags(.slow), .unlessFast, arguments: ["[", "{a: ", "- ", "? ", "[{", "{? [", "&a [", "!t ["])
  func deepNesting(_ opening: String) {
    for text in [
      String(repeating: opening, count: 100_000),
      "format: cyclograd/1\nname: " + String(repeating: opening, count: 999),
    ] {
      #expect(failure(text)?.code == .malformedFile)
    }
  }

  @Test func deepNestingSaysWhere() {
    let error = failure(
      "format: cyclograd/1\nname: x\nseed: " + String(repeating: "[", count: 5000))
    #expect(error?.location.line == 3)
    #expect(error?.message == "the file is nested too deeply")
  }

  @Test(.tags(.slow), .unlessFast) func deepIndentation() {
    let lines = (0..<3000).map { String(repeating: " ", count: $0) + "a:" }
    let error = failure(lines.joined(separator: "\n"))
    #expect(error?.code == .malformedFile)
    #expect(error?.message == "the file is nested too deeply")
  }

  /// Each level names the one before it nine times.
  private func laughs(_ levels: Int, last: String) -> String {
    var text = "format: cyclograd/1\nname: &a0 [lol]\n"
    for level in 1...levels {
      let list = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "k\(level): &a\(level) [\(list)]\n"
    }
    return text + last
  }

  @Test func billionLaughs() {
    for last in [
      "", "? *a30\n: 1", "*a30 : 1", "seed: {*a30 : 1, *a29 : 2}",
      "seed: {? [*a30] : 1, ? [*a30] : 2}", "seed: [*a30 : 1]",
    ] {
      #expect(failure(laughs(30, last: last))?.code == .malformedFile)
    }
  }

  @Test(.tags(.slow), .unlessFast) func aliasesThatMultiply() {
    let entries = Array(repeating: "[0, 0]", count: 20_000).joined(separator: ", ")
    let first = "  - {from: a, to: a, pattern: &p {entries: [\(entries)]}}\n"
    let more = String(repeating: "  - {from: a, to: a, pattern: *p}\n", count: 20_000)
    let error = failure("format: cyclograd/1\nconnections:\n" + first + more)
    #expect(error?.code == .tooLarge)
  }

  @Test func aliasesAsKeys() {
    let error = failure("format: cyclograd/1\nname: &a n\n*a : 1")
    #expect(error?.location.line == 3)
    #expect(error?.message == "a key must be a word")
    _ = failure("format: cyclograd/1\n? [a, b]\n: 1")
  }

  @Test func aliasesWithoutAnchors() {
    #expect(failure("format: cyclograd/1\nname: *a")?.message.contains("no anchor &a") == true)
    #expect(failure("format: cyclograd/1\nseed: *a\nname: &a 1")?.location.line == 2)
    _ = failure("format: cyclograd/1\nseed: &a *a")
    _ = failure("format: cyclograd/1\nseed: &a [*a]")
    _ = failure("format: cyclograd/1\ngroups: &a [*a]")
    _ = failure("format: cyclograd/1\nname: &a x\nseed: &a 1\ngroups: [*a]")
    _ = failure("format: cyclograd/1\ngroups: [&a {name: a, size: 1}, {<<: *a, name: b}]")
  }

  @Test func bytesThatAreNotText() {
    let head = Array("format: cyclograd/1\nname: é".utf8)
    #expect(bytes(head + [0])?.location == .init(file: "g.yaml", line: 2, column: 8))
    #expect(bytes(head + [0xFF, 0xFE])?.location == .init(file: "g.yaml", line: 2, column: 8))
    #expect(bytes(head + [0xC3])?.message == "bytes that are not UTF-8")
    #expect(bytes(head + [0xED, 0xA0, 0x80])?.message == "bytes that are not UTF-8")
    #expect(bytes(head + [0x1B])?.message == "a character that is not text (U+1B)")
    #expect(bytes(head + [0xC2, 0x80])?.message == "a character that is not text (U+80)")
    #expect(bytes([0xFF, 0xFE, 0x66, 0x00])?.location.line == 1)
    #expect(bytes([0xEF, 0xBB, 0xBF])?.message.contains("empty") == true)
    _ = bytes([UInt8](repeating: 0, count: 1 << 20))
  }

  @Test func aliasesAmongPrivateUseCharacters() throws {
    let graph = try GraphFile.parse(
      "format: cyclograd/1\nname: &n \"\u{E000}*b\"\nedges: []\noutputs: [&g x, *g]"
    ).graph
    #expect(graph.name == "\u{E000}*b")
    #expect(graph.outputs == [.init("x"), .init("x")])
    let all = String(String.UnicodeScalarView((0xE000...0xF8FF).compactMap(Unicode.Scalar.init)))
    _ = failure("format: cyclograd/1\nname: \(all)\nseed: *a")
  }

  @Test(.tags(.slow), .unlessFast) func enormousFiles() {
    let error = bytes([UInt8](repeating: 0x20, count: 64 << 20 + 1))
    #expect(error?.code == .tooLarge)
    _ = failure("format: cyclograd/1\nname: " + String(repeating: "x", count: 1 << 20) + ": y")
    _ = failure("format: cyclograd/1\n" + String(repeating: "x", count: 1 << 20) + ": y")
  }

  @Test func manyKeys() {
    let keys = (0..<50_000).map { "k\($0): 1\n" }.joined()
    #expect(failure("format: cyclograd/1\n" + keys)?.location.line == 2)
  }

  /// Whatever a few changed bytes make of a file, it is read or refused.
  @Test(.tags(.slow), .unlessFast) func randomChanges() {
    let text = """
      format: cyclograd/1
      name: "a *b" # c
      groups:
        - {name: x, size: &s 2, role: [input, output], bias: {uniform: [-1, 1]}}
        - name: h
          size: *s
          units: [{activation: {elu: 0.5}}, {bias: &b [1, 2.5e-3]}]
          combine: max
      connections: [{from: x, to: h, pattern: {entries: [[0, 1, 2]]}, weight: {kernel: 1}}]
      edges: [[x.0, h.1, 0.5, {unit: 1, trainable: false}], ['x.1', "h.0"]]
      inputs: [x.0..1]
      seed: 3
      """
    #expect(throws: Never.self) { try GraphFile.parse(text) }
    var random = TestRandom(1)
    let alphabet = Array("[]{}:,-?&*#!|>'\"%@` \n\t\\0aé.~<=".utf8)
    for _ in 0..<20_000 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let letter = alphabet.randomElement(using: &random)!
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = letter
        case 1: bytes.insert(letter, at: place)
        case 2: bytes.remove(at: place)
        default:
          let end = Swift.min(bytes.count, place + 12)
          bytes.insert(
            contentsOf: bytes[place..<end], at: Int.random(in: 0..<place + 1, using: &random))
        }
      }
      do { _ = try GraphFile.parse(bytes: bytes, name: "g") } catch is CyclogradError {} catch {
        Issue.record("\(error)")
      }
    }
  }
}
