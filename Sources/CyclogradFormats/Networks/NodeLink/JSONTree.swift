import Cyclograd
package import Foundation

/// JSON from a file, with errors that say where.
package enum JSONTree {
  /// The parser's tree needs some fifty times the memory of its text.
  private static let expansion = 56

  static func read(_ path: String) throws -> Any {
    let bytes = try InputFile.bytes(path)
    return try parse(bytes, file: path)
  }

  static func parse(_ bytes: [UInt8], file: String) throws -> Any {
    try Memory.require(expansion * bytes.count, for: "the JSON", file: file)
    let text = try bytes.withUnsafeBufferPointer {
      Data(try TextSource.check($0, file: file))
    }
    let tree: Any
    do {
      tree = try JSONSerialization.jsonObject(with: text, options: .fragmentsAllowed)
    } catch {
      throw failure(error as NSError, text, file)
    }
    // The parser keeps one of two equal keys, and does not say which.
    let repeated = text.withUnsafeBytes { JSONKeys.repeated($0.bindMemory(to: UInt8.self)) }
    if let (key, offset) = repeated {
      throw CyclogradError(
        .malformedFile, "the key \(Excerpt.quoted(key)) stands twice in one object",
        at: .init(file: file, line: text.prefix(offset).count { $0 == 10 } + 1),
        advice: "delete one of them")
    }
    return tree
  }

  private static func failure(_ error: NSError, _ text: Data, _ file: String) -> CyclogradError {
    let words = error.userInfo[NSDebugDescriptionErrorKey] as? String
    var message = words ?? "the parser failed"
    var line: Int?
    // The parser says the place in words only.
    if let words, let range = words.firstRange(of: " around line ") {
      message = String(words[..<range.lowerBound])
      line = Int(words[range.upperBound...].prefix { $0.isNumber })
    } else if let index = error.userInfo["NSJSONSerializationErrorIndex"] as? Int {
      line = text.prefix(index).count { $0 == 10 } + 1
    } else {
      line = text.count { $0 == 10 } + 1
    }
    message = message.replacing(
      " is not representable in Swift", with: " is too large or too small")
    while message.last == "." || message.last == " " { message.removeLast() }
    return CyclogradError(
      .malformedFile, "not JSON: \(Excerpt.escaped(message))", at: .init(file: file, line: line))
  }

  /// A value as an attribute; numbers and truth values are told apart.
  static func attribute(_ value: Any) -> AttributeValue {
    switch value {
    case let text as String: .text(text)
    case let number as NSNumber:
      isBoolean(number) ? .boolean(number.boolValue) : .number(double(number))
    case is NSNull: .other("null")
    case is [Any]: .other("a list")
    default: .other("an object")
    }
  }

  /// The parser makes decimal numbers of some, which it then rounds a second time.
  package static func double(_ number: NSNumber) -> Double {
    guard number is NSDecimalNumber else { return number.doubleValue }
    return Double(number.stringValue) ?? number.doubleValue
  }

  /// The parser gives truth values a type of their own, that of 8-bit numbers.
  package static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c"
  }
}
