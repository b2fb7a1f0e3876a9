import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("Large Matrix Market files are read in pieces, with the same result")
struct MatrixMarketChunksTests {
  private func parse(_ text: String) throws -> CoordinateMatrix {
    try MatrixMarketParser.parse(.holding(Array(text.utf8)), file: "f").matrix
  }

  /// Some megabytes, in no particular order, so that there are several pieces.
  private func lines(_ symmetry: String, _ field: String) -> [String] {
    let size = 1009
    var lines = ["%%MatrixMarket matrix coordinate \(field) \(symmetry)", "%", ""]
    for index in 0..<150_000 {
      let key = index * 700_001 % (size * size)
      let (row, column) = (key / size + 1, key % size + 1)
      guard symmetry == "general" || row > column || row == column && symmetry == "symmetric"
      else { continue }
      let value = field == "integer" ? "\(index - 70)" : "\(Double(index) / 7 - 3)"
      lines.append("\(row) \(column)" + (field == "pattern" ? "" : " " + value))
    }
    lines[2] = "\(size) \(size) \(lines.count - 3)"
    return lines
  }

  @Test(
    .tags(.slow), .unlessFast,
    arguments: [
      ("general", "real"), ("general", "pattern"), ("symmetric", "real"), ("symmetric", "integer"),
      ("skew-symmetric", "real"),
    ])
  func samePieces(_ symmetry: String, _ field: String) throws {
    let lines = lines(symmetry, field)
    // A comment at the end makes the quick way give up.
    let slow = try parse(lines.joined(separator: "\n") + "\n%\n")
    for end in ["\n", "\r\n"] {
      #expect(try parse(lines.joined(separator: end)) == slow)
      #expect(try parse(lines.joined(separator: end) + end) == slow)
    }
    #expect(slow.rowIndices.count >= lines.count - 3)
  }

  @Test(.tags(.slow), .unlessFast, arguments: [3, 70_000, 150_002])
  func mistakesAreFoundInTheirLine(_ line: Int) throws {
    for bad in ["1 1 x", "1 1010 1", "0 1 1", "1 1 1 1", "1 1 1e999", "1", "1 1 \u{0}"] {
      var lines = lines("general", "real")
      lines[line] = bad
      #expect {
        try parse(lines.joined(separator: "\n"))
      } throws: {
        ($0 as? CyclogradError)?.location.line == line + 1
      }
    }
    var lines = lines("general", "real")
    lines[line] = lines[line == 3 ? 4 : line - 1]
    #expect {
      try parse(lines.joined(separator: "\n"))
    } throws: {
      ($0 as? CyclogradError)?.location.line == max(line + 1, 5)
    }
  }
}
