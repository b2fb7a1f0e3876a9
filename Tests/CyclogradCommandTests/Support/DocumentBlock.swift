import Foundation

/// A fenced block of a Markdown file.
struct DocumentBlock {
  var language: String
  var text: String
  /// What the comment in the line before says, without its brackets.
  var comment: String

  /// Whether the comment begins with a word.
  func isMarked(_ word: String) -> Bool { comment.hasPrefix(word) }

  /// What follows `word:` in the comment.
  func mark(_ word: String) -> String? {
    guard comment.hasPrefix(word + ":") else { return nil }
    return comment.dropFirst(word.count + 1).trimmingCharacters(in: .whitespaces)
  }

  /// The blocks of a page of the package.
  static func all(_ path: String) throws -> [DocumentBlock] {
    let text = try String(contentsOf: packageRoot.appendingPathComponent(path), encoding: .utf8)
    var result: [DocumentBlock] = []
    var current: DocumentBlock?
    var previous = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        if let block = current {
          result.append(block)
          current = nil
          previous = ""
        } else {
          let comment = previous.wholeMatch(of: /<!-- (.*) -->/).map { String($0.1) } ?? ""
          current = DocumentBlock(
            language: String(line.dropFirst(3)), text: "", comment: comment)
        }
      } else {
        current?.text += line + "\n"
        if !line.isEmpty { previous = line }
      }
    }
    return result
  }
}
