import Foundation

/// Looks for keys that stand twice in one object of a JSON text, of which a parser keeps one.
///
/// The text must be valid JSON. Time is linear in the text, but for objects of few keys, whose keys
/// are compared each with each.
struct JSONKeys {
  private let text: UnsafeBufferPointer<UInt8>
  /// The keys of all objects that are open, the innermost one's last.
  private var keys: [Range<Int>] = []
  private var objects: [Scope] = []

  private struct Scope {
    /// `nil` for a list.
    var firstKey: Int?
    /// The keys, once there are many.
    var known: Set<[UInt8]> = []
  }

  private static let few = 16

  /// The first key that repeats another one, and where it begins.
  static func repeated(_ text: UnsafeBufferPointer<UInt8>) -> (key: String, offset: Int)? {
    var scanner = JSONKeys(text: text)
    guard let key = scanner.repeated() else { return nil }
    return (String(decoding: scanner.decoded(key), as: UTF8.self), key.lowerBound)
  }

  private init(text: UnsafeBufferPointer<UInt8>) { self.text = text }

  private mutating func repeated() -> Range<Int>? {
    var place = 0
    // In an object, a string after `{` or `,` is a key.
    var isKeyNext = false
    while place < text.count {
      switch text[place] {
      case UInt8(ascii: "{"):
        objects.append(Scope(firstKey: keys.count))
        isKeyNext = true
      case UInt8(ascii: "["):
        objects.append(Scope(firstKey: nil))
        isKeyNext = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let first = objects.popLast()?.firstKey { keys.removeSubrange(first...) }
        isKeyNext = false
      case UInt8(ascii: ","): isKeyNext = objects.last?.firstKey != nil
      case UInt8(ascii: "\""):
        let start = place + 1
        place = start
        while place < text.count, text[place] != UInt8(ascii: "\"") {
          place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        if isKeyNext, isRepeated(start..<min(place, text.count)) {
          return start..<min(place, text.count)
        }
        isKeyNext = false
      default: break
      }
      place += 1
    }
    return nil
  }

  /// Takes a key of the innermost object.
  private mutating func isRepeated(_ key: Range<Int>) -> Bool {
    guard let first = objects.last?.firstKey else { return false }
    keys.append(key)
    let others = keys[first...].dropLast()
    if others.count < Self.few { return others.contains { isEqual($0, key) } }
    if others.count == Self.few {
      for other in others { objects[objects.count - 1].known.insert(decoded(other)) }
    }
    return !objects[objects.count - 1].known.insert(decoded(key)).inserted
  }

  private func isEqual(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    let (first, second) = (text[a], text[b])
    if first.elementsEqual(second) { return true }
    // One letter can be written in several ways.
    let escape = UInt8(ascii: "\\")
    guard first.contains(escape) || second.contains(escape) else { return false }
    return decoded(a) == decoded(b)
  }

  /// The key's text in UTF-8, escapes resolved.
  private func decoded(_ key: Range<Int>) -> [UInt8] {
    let bytes = Array(text[key])
    guard bytes.contains(UInt8(ascii: "\\")) else { return bytes }
    let quote = [UInt8(ascii: "\"")]
    let value = try? JSONSerialization.jsonObject(
      with: Data(quote + bytes + quote), options: .fragmentsAllowed)
    return (value as? String).map { Array($0.utf8) } ?? bytes
  }
}
