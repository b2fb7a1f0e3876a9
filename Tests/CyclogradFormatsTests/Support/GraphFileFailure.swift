import Cyclograd
import CyclogradFormats
import Foundation
import Testing

/// The error that reading a text gives.
func failure(
  _ text: String, sourceLocation: SourceLocation = #_sourceLocation
) -> CyclogradError? {
  #expect(throws: CyclogradError.self, sourceLocation: sourceLocation) {
    try GraphFile.parse(text, name: "g.yaml")
  }
}

/// The root of the package, where graphs/ and Docs/ are.
let packageFolder =
  URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path + "/"
