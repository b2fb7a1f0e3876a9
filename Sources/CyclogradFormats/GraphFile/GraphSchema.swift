import Cyclograd

/// The JSON Schema of the graph file, with which editors complete and check it.
///
/// A schema cannot say everything: that a lower bound does not exceed the upper one, that groups
/// exist, or that `self` needs a connection of a group with itself is left to the reader. Texts may
/// be numbers and truth values, because a name like `2024` needs no quotation marks in YAML.
public enum GraphSchema {
  /// The schema, draft 2020-12, as JSON.
  public static let text = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:cyclograd:graph:1",
      "title": "Cyclograd graph file",
      "type": "object",
      "required": ["format"],
      "additionalProperties": false,
      "properties": {
        "format": {"const": "\(Keywords.format)"},
        "name": {"type": ["string", "number", "boolean"], "description": "A name for people."},
    \(moduleProperties)
      },
      "$defs": {
    \(groups),
    \(layers),
    \(composition),
    \(connections),
    \(patterns),
    \(parameters)
      }
    }

    """

  static let largest = Keywords.largestSize

  static func enumeration(_ words: [String]) -> String {
    "{\"enum\": [" + words.map(QuotedText.text).joined(separator: ", ") + "]}"
  }

  private static let groups = """
        "groupName": {"type": ["string", "boolean"], "pattern": "^([A-Za-z_][A-Za-z0-9_-]*([.][A-Za-z_][A-Za-z0-9_-]*)*|.*[{].*)$"},
        "size": {"type": "integer", "minimum": 1, "maximum": \(largest)},
        "role": \(enumeration(Keywords.roles.map(\.key))),
        "group": {
          "type": "object",
          "required": ["name"],
          "additionalProperties": false,
          "properties": {
            "name": {"$ref": "#/$defs/groupName"},
            "size": {"$ref": "#/$defs/size", "description": "The number of neurons."},
            "shape": {"type": "array", "minItems": 1, "maxItems": 3, \
    "items": {"$ref": "#/$defs/size"}, \
    "description": "[rows, columns] or [channels, rows, columns]."},
            "role": {"anyOf": [
              {"$ref": "#/$defs/role"},
              {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/role"}}
            ]},
            "names": {
              "anyOf": [
                {"type": "array", "items": {"type": ["string", "number", "boolean"], \
    "pattern": "^[^\\u0000-\\u001f\\u007f]*$"}},
                {"type": "object", "required": ["file"], "additionalProperties": false, \
    "properties": {"file": {"type": "string"}}}
              ],
              "description": "The neurons' own names, or a file with one in each line."
            },
            "activation": {"$ref": "#/$defs/activation"},
            "bias": {"$ref": "#/$defs/bias"},
            "combine": \(enumeration(Keywords.combinations.map(\.key))),
            "units": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/unit"}},
            "time-constant": {"type": "number", "exclusiveMinimum": 0, \
    "description": "Of the flow in time; 1 where it is absent."},
            "draws": {"$ref": "#/$defs/draws"}
          },
          "oneOf": [{"required": ["size"]}, {"required": ["shape"]}],
          "dependentRequired": {"combine": ["units"]},
          "not": {"anyOf": [
            {"required": ["units", "activation"]}, {"required": ["units", "bias"]}
          ]}
        },
        "unit": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "activation": {"$ref": "#/$defs/activation"},
            "bias": {"$ref": "#/$defs/bias"}
          }
        },
        "activation": {"anyOf": [
          \(enumeration(Keywords.activations.map(\.key))),
          {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
              "leaky-relu": {"type": "number"},
              "elu": {"type": "number"},
              "clamp": {"$ref": "#/$defs/bounds"},
              "derivative": {"anyOf": [
                {"$ref": "#/$defs/differentiable"},
                {
                  "type": "object",
                  "required": ["of"],
                  "additionalProperties": false,
                  "properties": {
                    "of": {"$ref": "#/$defs/differentiable"},
                    "order": {"enum": [1, 2]}
                  }
                }
              ]}
            }
          }
        ]}
    """

  private static let connections = """
        "connection": {
          "type": "object",
          "required": ["from", "to"],
          "additionalProperties": false,
          "properties": {
            "from": {"$ref": "#/$defs/groupName"},
            "to": {"$ref": "#/$defs/groupName"},
            "unit": {"$ref": "#/$defs/index", "description": "The unit that is fed, from 0."},
            "pattern": {"$ref": "#/$defs/pattern"},
            "self": {"type": "boolean", "description": "Whether a neuron may feed itself."},
            "weight": {"$ref": "#/$defs/weight"},
            "trainable": {"type": "boolean"},
            "share": {"$ref": "#/$defs/share"},
            "draws": {"$ref": "#/$defs/draws"}
          },
          "not": {"$ref": "#/$defs/saidTwice"}
        },
        "saidTwice": {"anyOf": [
          {
            "required": ["trainable", "weight"],
            "properties": {"weight": {"type": "object", "required": ["trainable"]}}
          },
          {
            "required": ["share", "weight"],
            "properties": {"weight": {"type": "object", "required": ["share"]}}
          }
        ]},
        "neuron": {"type": "string", "pattern": "^.*[{].*[.](0|[1-9][0-9]*)$|^[A-Za-z_][A-Za-z0-9_-]*([.][A-Za-z_][A-Za-z0-9_-]*)*[.](0|[1-9][0-9]*)$"},
        "neurons": {"type": "array", "items": {
          "type": ["string", "boolean"],
          "pattern": "^.*[{].*$|^[A-Za-z_][A-Za-z0-9_-]*([.][A-Za-z_][A-Za-z0-9_-]*)*([.](0|[1-9][0-9]*)([.][.](0|[1-9][0-9]*))?)?$"
        }},
        "edge": {
          "type": "array",
          "minItems": 2,
          "maxItems": 4,
          "prefixItems": [{"$ref": "#/$defs/neuron"}, {"$ref": "#/$defs/neuron"}],
          "anyOf": [
            {"maxItems": 2},
            {"maxItems": 3, "prefixItems": [{}, {}, {"type": "number"}]},
            {"maxItems": 3, "prefixItems": [{}, {}, {"$ref": "#/$defs/edgeOptions"}]},
            {"minItems": 4, "prefixItems": [{}, {}, {"type": "number"}, \
    {"allOf": [{"$ref": "#/$defs/edgeOptions"}, {"not": {"required": ["weight"]}}]}]}
          ]
        },
        "edgeOptions": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "unit": {"$ref": "#/$defs/index"},
            "weight": {"allOf": [{"$ref": "#/$defs/weight"}, {"not": {"anyOf": [
              {"$ref": "#/$defs/fromFile"},
              {"type": "object", "required": ["single"], \
    "properties": {"single": {"$ref": "#/$defs/fromFile"}}},
              {"type": "object", "required": ["kernel"], \
    "properties": {"kernel": {"$ref": "#/$defs/fromFile"}}}
            ]}}]},
            "trainable": {"type": "boolean"},
            "share": {"$ref": "#/$defs/share"},
            "draws": {"$ref": "#/$defs/draws"}
          },
          "not": {"$ref": "#/$defs/saidTwice"}
        },
        "differentiable": {"allOf": [{"$ref": "#/$defs/activation"}, {"not": {"anyOf": [
          {"const": "softmax"}, {"type": "object", "required": ["derivative"]}
        ]}}]},
        "fromFile": {"type": "object", "required": ["file"]}
    """
}
