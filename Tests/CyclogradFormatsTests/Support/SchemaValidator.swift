import Foundation
import Testing

/// As much of JSON Schema as the graph file's schema uses; any other keyword is an error.
struct SchemaValidator {
  struct Unsupported: Error { let keyword: String }

  private let root: [String: Any]

  init(_ text: String) throws {
    let tree = try JSONSerialization.jsonObject(with: Data(text.utf8))
    root = try #require(tree as? [String: Any])
  }

  func accepts(_ value: Any) throws -> Bool { try accepts(value, root) }

  private func accepts(_ value: Any, _ schema: [String: Any]) throws -> Bool {
    for (keyword, rule) in schema {
      guard try holds(keyword, rule, value, schema) else { return false }
    }
    return true
  }

  private func holds(
    _ keyword: String, _ rule: Any, _ value: Any, _ schema: [String: Any]
  ) throws -> Bool {
    let object = value as? [String: Any]
    let list = value as? [Any]
    let text = value as? String
    let number = Self.number(value)
    switch keyword {
    case "$schema", "$id", "$defs", "title", "description": return true
    case "$ref":
      let name = try #require((rule as? String)?.split(separator: "/").last)
      let definitions = try #require(root["$defs"] as? [String: Any])
      return try accepts(value, try #require(definitions[String(name)] as? [String: Any]))
    case "type":
      let types = (rule as? [String]) ?? (rule as? String).map { [$0] } ?? []
      return types.contains { Self.isOf($0, value) }
    case "const": return Self.number(rule).map { $0 == number } ?? (text == rule as? String)
    case "enum":
      let known = try #require(rule as? [Any])
      return known.contains { item in
        Self.number(item).map { $0 == number } ?? (text != nil && text == item as? String)
      }
    case "pattern":
      let pattern = try #require(rule as? String)
      return text.map { $0.range(of: pattern, options: .regularExpression) != nil } ?? true
    case "minLength": return try text.map { $0.count >= (try int(rule)) } ?? true
    case "minimum": return number.map { $0 >= Self.number(rule)! } ?? true
    case "exclusiveMinimum": return number.map { $0 > Self.number(rule)! } ?? true
    case "maximum": return number.map { $0 <= Self.number(rule)! } ?? true
    case "minItems": return try list.map { $0.count >= (try int(rule)) } ?? true
    case "maxItems": return try list.map { $0.count <= (try int(rule)) } ?? true
    case "minProperties": return try object.map { $0.count >= (try int(rule)) } ?? true
    case "maxProperties": return try object.map { $0.count <= (try int(rule)) } ?? true
    case "uniqueItems": return list.map { Set($0.map { "\($0)" }).count == $0.count } ?? true
    case "required":
      let names = try #require(rule as? [String])
      return object.map { object in names.allSatisfy { object[$0] != nil } } ?? true
    case "dependentRequired":
      let rules = try #require(rule as? [String: [String]])
      guard let object else { return true }
      return rules.allSatisfy { key, names in
        object[key] == nil || names.allSatisfy { object[$0] != nil }
      }
    case "properties":
      let rules = try #require(rule as? [String: [String: Any]])
      return try object?.allSatisfy { key, item in
        try rules[key].map { try accepts(item, $0) } ?? true
      } ?? true
    case "additionalProperties":
      let known = Set((schema["properties"] as? [String: Any])?.keys.map { $0 } ?? [])
      let others = rule as? [String: Any]
      return try object?.allSatisfy { key, item in
        try known.contains(key) || (others.map { try accepts(item, $0) } ?? false)
      } ?? true
    case "items":
      let rule = try #require(rule as? [String: Any])
      return try list?.allSatisfy { try accepts($0, rule) } ?? true
    case "prefixItems":
      let rules = try #require(rule as? [[String: Any]])
      return try list.map { try zip($0, rules).allSatisfy { try accepts($0, $1) } } ?? true
    case "allOf": return try schemas(rule).allSatisfy { try accepts(value, $0) }
    case "anyOf": return try schemas(rule).contains { try accepts(value, $0) }
    case "oneOf": return try schemas(rule).filter { try accepts(value, $0) }.count == 1
    case "not": return try !accepts(value, try #require(rule as? [String: Any]))
    default: throw Unsupported(keyword: keyword)
    }
  }

  private func schemas(_ rule: Any) throws -> [[String: Any]] {
    try #require(rule as? [[String: Any]])
  }

  private func int(_ rule: Any) throws -> Int { try #require(rule as? NSNumber).intValue }

  private static func isBoolean(_ value: Any) -> Bool {
    (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
  }

  private static func number(_ value: Any) -> Double? {
    isBoolean(value) ? nil : (value as? NSNumber)?.doubleValue
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isBoolean(value)
    case "number": number(value) != nil
    case "integer": number(value).map { $0 == $0.rounded() } ?? false
    default: false
    }
  }
}
