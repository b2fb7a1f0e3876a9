import Cyclograd
import Foundation
import FoundationXML

/// What an element of XML may hold.
enum XMLContent {
  /// Elements, which are looked at; text between them is not.
  case elements
  case text
  /// Something of another program, which is skipped with all that is in it.
  case foreign
}

/// What a format makes of the elements of its documents.
protocol XMLElements {
  /// The element that is the whole document.
  static var root: String { get }

  /// Takes the beginning of an element; names are without prefixes.
  mutating func start(
    _ name: String, in parent: String, _ attributes: [String: String], line: Int
  ) throws -> XMLContent

  /// Takes the end of an element that was not foreign, with its text.
  mutating func end(_ name: String, in parent: String, text: String, line: Int) throws
}

extension XMLElements {
  /// Reads a document.
  mutating func read(_ bytes: [UInt8], file: String) throws {
    let bytes = try XMLSource.checked(bytes, file: file)
    // From a stream the parser takes small pieces; a large file in one piece is more than it accepts.
    let parser = XMLParser(stream: InputStream(data: Data(bytes)))
    parser.shouldResolveExternalEntities = false
    let handler = XMLHandler(self, file: file)
    parser.delegate = handler
    let isComplete = parser.parse()
    self = handler.elements
    if let failure = handler.failure { throw failure }
    guard isComplete else {
      let error = parser.parserError as NSError?
      let words = (error?.userInfo["NSXMLParserErrorMessage"] as? String) ?? "not well-formed XML"
      throw CyclogradError(
        .malformedFile,
        "not XML: \(Excerpt.escaped(words.trimmingCharacters(in: .whitespacesAndNewlines)))",
        at: .init(file: file, line: parser.lineNumber > 0 ? parser.lineNumber : nil))
    }
    // From a stream, the parser accepts the end of the file as the end of the document.
    guard handler.isComplete else {
      throw CyclogradError(
        .malformedFile, "not XML: the file ends before the document does", at: .init(file: file))
    }
  }
}

/// Hands the elements of a document on as the parser finds them.
private final class XMLHandler<Elements: XMLElements>: NSObject, XMLParserDelegate {
  private(set) var elements: Elements
  private(set) var failure: CyclogradError?
  /// Whether the document began and ended.
  private(set) var isComplete = false
  private let file: String
  /// The elements that are open, without prefixes.
  private var path: [String] = []
  /// How many elements are open inside one that the format does not know.
  private var foreignDepth = 0
  private var text: String?

  init(_ elements: Elements, file: String) {
    self.elements = elements
    self.file = file
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    guard failure == nil else { return }
    let local = name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    do {
      if foreignDepth > 0 {
        foreignDepth += 1
      } else {
        try start(local, attributes, line: parser.lineNumber)
      }
    } catch {
      stop(error, parser)
    }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    guard failure == nil else { return }
    if foreignDepth > 0 {
      foreignDepth -= 1
      return
    }
    let name = path.removeLast()
    guard let parent = path.last else {
      isComplete = true
      return
    }
    do {
      try elements.end(name, in: parent, text: text ?? "", line: parser.lineNumber)
      text = nil
    } catch {
      stop(error, parser)
    }
  }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    let code = (error as NSError).code
    guard failure == nil, !XMLSource.isHarmless(code) else { return }
    let words = (error as NSError).userInfo["NSXMLParserErrorMessage"] as? String
    stop(
      malformed(
        "not XML: "
          + Excerpt.escaped(
            (words ?? "not well-formed XML").trimmingCharacters(in: .whitespacesAndNewlines))),
      parser)
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if foreignDepth == 0 { text?.append(string) }
  }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    if foreignDepth == 0 { text?.append(String(decoding: block, as: UTF8.self)) }
  }

  private func stop(_ error: any Error, _ parser: XMLParser) {
    if var error = error as? CyclogradError {
      error.location.file = file
      error.location.line = error.location.line ?? parser.lineNumber
      failure = error
    }
    parser.abortParsing()
  }

  private func malformed(_ message: String) -> CyclogradError {
    CyclogradError(.malformedFile, message)
  }

  private func start(_ name: String, _ attributes: [String: String], line: Int) throws {
    guard let parent = path.last else {
      guard name == Elements.root else {
        throw malformed("the document is <\(name.shortened)>, not <\(Elements.root)>")
      }
      path.append(name)
      return
    }
    switch try elements.start(name, in: parent, attributes, line: line) {
    case .elements: break
    case .text: text = ""
    case .foreign:
      foreignDepth = 1
      return
    }
    path.append(name)
  }
}
