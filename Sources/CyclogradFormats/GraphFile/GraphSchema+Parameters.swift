extension GraphSchema {
  static let patterns = """
        "index": {"type": "integer", "minimum": 0, "maximum": \(largest - 1)},
        "pattern": {"anyOf": [
          \(enumeration(PatternReader.words.map(\.key))),
          {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
              "random": {"type": "number", "minimum": 0, "maximum": 1},
              "in-degree": {"type": "integer", "minimum": 0, "maximum": \(largest)},
              "neighborhood": {"$ref": "#/$defs/neighborhood"},
              "file": {"$ref": "#/$defs/file"},
              "entries": {"anyOf": [{"$ref": "#/$defs/places"}, {"$ref": "#/$defs/entries"}]}
            }
          }
        ]},
        "neighborhood": {
          "type": "object",
          "required": ["kernel"],
          "additionalProperties": false,
          "properties": {
            "kernel": {"$ref": "#/$defs/pair"},
            "stride": {"$ref": "#/$defs/pair"},
            "offset": {"type": "array", "minItems": 2, "maxItems": 2, \
    "items": {"type": "integer", "minimum": -\(largest), "maximum": \(largest)}},
            "dilation": {"$ref": "#/$defs/pair"},
            "boundary": \(enumeration(Keywords.boundaries.map(\.key))),
            "channels": \(enumeration(Keywords.channels.map(\.key)))
          }
        },
        "pair": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"$ref": "#/$defs/size"}},
        "file": {"type": ["string", "number", "boolean"], "pattern": "^[^\\\\u0000]+$"},
        "array": {"type": ["string", "number", "boolean"]},
        "places": {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2, \
    "items": {"$ref": "#/$defs/index"}}},
        "entries": {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3, \
    "prefixItems": [{"$ref": "#/$defs/index"}, {"$ref": "#/$defs/index"}, {"type": "number"}]}}
    """

  static let parameters = """
        "bounds": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}},
        "shareName": {"type": ["string", "number", "boolean"], "minLength": 1},
        "share": {"anyOf": [
          {"$ref": "#/$defs/shareName"},
          {
            "type": "object",
            "required": ["name"],
            "additionalProperties": false,
            "properties": {
              "name": {"$ref": "#/$defs/shareName"},
              "factor": {"type": "number", "not": {"const": 0}, \
    "description": "What the parameters are multiplied with here."},
              "transposed": {"type": "boolean"}
            }
          }
        ]},
        "draws": {"type": "array", "minItems": 2, "maxItems": 3, "prefixItems": [
          {"type": "integer", "minimum": 0, "maximum": 18446744073709551615},
          {"type": "integer", "minimum": 0, "maximum": \(Keywords.largestSize)},
          {"type": ["string", "number", "boolean"]}
        ], "description": "Seed and position of the random streams, and the instance whose edges the fan-in counts."},
        "plainValue": {"anyOf": [
          {"type": "number"},
          {"type": "array", "items": {"type": "number"}},
          {"const": "default"}
        ]},
    \(rules(
      "bias", extraValues: "", extraTies: ", \"kernel\": {\"$ref\": \"#/$defs/biasValue\"}")),
    \(rules(
      "weight", extraValues: ", \"entries\": {\"$ref\": \"#/$defs/entries\"}",
      extraTies: ", \"kernel\": {\"$ref\": \"#/$defs/weightValue\"}"))
    """

  private static func rules(_ kind: String, extraValues: String, extraTies: String) -> String {
    let values = """
      "value": {"$ref": "#/$defs/plainValue"}, "uniform": {"$ref": "#/$defs/bounds"}, \
      "normal": {"type": "number", "minimum": 0}, "file": {"$ref": "#/$defs/file"}, \
      "tensor": {"$ref": "#/$defs/array"}, "array": {"$ref": "#/$defs/array"}\(extraValues), \
      "scaled": \(enumeration(Keywords.scalings.map(\.key)))
      """
    let names =
      ["value", "uniform", "normal", "file"] + (extraValues.isEmpty ? [] : ["entries"])
    let ties = ["single"] + (extraTies.isEmpty ? [] : ["kernel"])
    func one(of names: [String]) -> String {
      "[" + names.map { "{\"required\": [\"\($0)\"]}" }.joined(separator: ", ") + "]"
    }
    let none = "{\"not\": {\"anyOf\": \(one(of: names + ties))}}"
    let scaled =
      "{\"anyOf\": [{\"not\": {\"required\": [\"scaled\"]}}, {\"required\": [\"uniform\"]}, "
      + "{\"required\": [\"normal\"]}]}"
    let member = """
      {"not": {"required": ["tensor", "array"]}}, {"anyOf": [{"required": ["file"]}, \
      {"not": {"anyOf": [{"required": ["tensor"]}, {"required": ["array"]}]}}]}
      """
    return """
          "\(kind)Value": {"anyOf": [
            {"$ref": "#/$defs/plainValue"},
            {"type": "object", "additionalProperties": false, "properties": {\(values)},
             "oneOf": \(one(of: names)), "allOf": [\(scaled), \(member)]}
          ]},
          "\(kind)": {"anyOf": [
            {"$ref": "#/$defs/plainValue"},
            {"type": "object", "additionalProperties": false, "properties": {\(values), \
      "single": {"$ref": "#/$defs/\(kind)Value"}\(extraTies), "trainable": {"type": "boolean"}, \
      "share": {"$ref": "#/$defs/share"}},
             "anyOf": [{"oneOf": \(one(of: names + ties))}, \(none)], "allOf": [\(scaled), \(member)]}
          ]}
      """
  }
}
