extension GraphSchema {
  /// The parts of graphs, modules and repetitions.
  private static let partProperties = """
        "groups": {"type": "array", "items": {"$ref": "#/$defs/groupOrLayer"}},
        "connections": {"type": "array", "items": {"$ref": "#/$defs/connection"}},
        "edges": {"type": "array", "items": {"$ref": "#/$defs/edge"}},
        "instances": {"type": "array", "items": {"$ref": "#/$defs/instance"}},
        "repeat": {"type": "array", "items": {"$ref": "#/$defs/repeat"}}
    """

  /// What graphs and modules have.
  static let moduleProperties = """
        "seed": {"$ref": "#/$defs/seed", "description": "What everything random is drawn from."},
        "inputs": {"$ref": "#/$defs/neurons"},
        "outputs": {"$ref": "#/$defs/neurons"},
        "modules": {"$ref": "#/$defs/modules"},
    \(partProperties)
    """

  /// Within repetitions, names and texts may have indices in braces.
  static let composition = """
        "seed": {"type": "integer", "minimum": 0, "maximum": 18446744073709551615},
        "simpleName": {"type": ["string", "boolean"], \
    "pattern": "^([A-Za-z_]|[{][^}]*[}])([A-Za-z0-9_-]|[{][^}]*[}])*$"},
        "modules": {"type": "object", "additionalProperties": {"anyOf": [
          {
            "type": "object",
            "required": ["file"],
            "additionalProperties": false,
            "properties": {"file": {"$ref": "#/$defs/file"}}
          },
          {
            "type": "object",
            "additionalProperties": false,
            "properties": {
    \(moduleProperties)
            }
          }
        ]}},
        "instance": {
          "type": "object",
          "required": ["name"],
          "additionalProperties": false,
          "properties": {
            "name": {"$ref": "#/$defs/simpleName"},
            "module": {"$ref": "#/$defs/simpleName"},
            "tied": {"$ref": "#/$defs/simpleName", "description": "An instance before this one."},
            "seed": {"$ref": "#/$defs/seed"}
          },
          "anyOf": [{"required": ["module"]}, {"required": ["tied"]}],
          "not": {"required": ["tied", "seed"]}
        },
        "repeat": {
          "type": "object",
          "required": ["index", "from", "to"],
          "additionalProperties": false,
          "properties": {
            "index": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "from": {"type": "integer", "minimum": -\(largest), "maximum": \(largest)},
            "to": {"type": "integer", "minimum": -\(largest), "maximum": \(largest)},
    \(partProperties)
          }
        }
    """
}
