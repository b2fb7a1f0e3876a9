import Cyclograd
import Foundation
import FoundationXML

/// Reads GraphML.
enum GraphMLReader {
  static func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    try network(InputFile.bytes(path), file: path, options)
  }

  static func network(
    _ bytes: [UInt8], file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    let bytes = try XMLSource.checked(bytes, file: file)
    // From a stream the parser takes small pieces; a large file in one piece is more than it accepts.
    let parser = XMLParser(stream: InputStream(data: Data(bytes)))
    parser.shouldResolveExternalEntities = false
    let handler = GraphMLHandler(file: file)
    parser.delegate = handler
    let isComplete = parser.parse()
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
    return try handler.document.network(file: file, options)
  }
}

/// Takes the elements of a GraphML file as the parser finds them.
final class GraphMLHandler: NSObject, XMLParserDelegate {
  private(set) var document = GraphMLDocument()
  private(set) var failure: CyclogradError?
  /// Whether the document began and ended.
  private(set) var isComplete = false
  private let file: String
  /// The elements that are open, without prefixes.
  private var path: [String] = []
  /// How many elements are open inside one that GraphML does not know.
  private var foreignDepth = 0
  private var text: String?
  private var key: String?

  init(file: String) { self.file = file }

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
    do { try end(path.removeLast(), line: parser.lineNumber) } catch { stop(error, parser) }
  }

  /// What libxml2 says of documents that are well-formed nevertheless, by its numbers.
  private static let warnings: Set<Int> = [27, 93, 97, 98, 99, 100, 102, 106, 107]
  /// Likewise; prefixes need not be declared.
  private static let namespaceErrors = 200..<300

  /// The parser would go on and make what it can of the rest, which ends the process at some
  /// processing instructions that only it takes for such.
  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    let code = (error as NSError).code
    guard failure == nil, !Self.warnings.contains(code), !Self.namespaceErrors.contains(code) else {
      return
    }
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

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, advice: advice)
  }

  private func start(_ name: String, _ attributes: [String: String], line: Int) throws {
    let parent = path.last
    switch (name, parent) {
    case ("graphml", nil): break
    case (_, nil):
      throw malformed("the document is <\(name.shortened)>, not <graphml>")
    case ("key", "graphml"): try document.startKey(attributes)
    case ("default", "key"): text = ""
    case ("graph", "graphml"): try document.startGraph(attributes, line: line)
    case ("graph", _):
      throw malformed(
        "a graph inside a node or an edge", advice: "networks have no nested graphs; flatten it")
    case ("node", "graph"): try document.startNode(attributes, line: line)
    case ("edge", "graph"): try document.startEdge(attributes, line: line)
    case ("hyperedge", _):
      throw malformed(
        "a hyperedge", advice: "an edge of a network has one source and one target")
    case ("port", _):
      throw malformed("a port", advice: "edges of a network lead from node to node")
    case ("data", "graphml"), ("data", "graph"), ("data", "node"), ("data", "edge"):
      guard let id = attributes["key"] else { throw malformed("<data> without a key") }
      key = id
      text = ""
    default:
      foreignDepth = 1
      return
    }
    path.append(name)
  }

  private func end(_ name: String, line: Int) throws {
    switch name {
    case "key": document.endKey()
    case "default":
      try document.setDefault(text ?? "", line: line)
      text = nil
    case "data":
      try document.addData(key ?? "", text ?? "", to: path.last ?? "", line: line)
      text = nil
    case "graphml": isComplete = true
    default: break
    }
  }
}
