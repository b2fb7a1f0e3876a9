import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// Where a command's words go: answers to standard output, all else to standard error.
enum Console {
  /// Prints an error.
  static func error(_ message: String) {
    Progress.clear()
    FileHandle.standardError.write(Data("cyclograd: error: \(message)\n".utf8))
  }

  /// Prints a remark.
  static func note(_ message: String) {
    Progress.clear()
    FileHandle.standardError.write(Data("\(message)\n".utf8))
  }

  /// Prints an answer; a closed pipe, as with `| head`, ends the command quietly.
  static func answer(_ text: String) throws {
    Progress.clear()
    try AtomicFile.write(to: "/dev/stdout") { try $0.write(text) }
  }

  /// Prints an answer as JSON.
  static func answer(_ json: JSONValue) throws { try answer(json.text) }
}
