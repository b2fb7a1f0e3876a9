extension GraphSchema {
  static let layers = """
        "groupOrLayer": {"anyOf": [{"$ref": "#/$defs/group"}, {"$ref": "#/$defs/layerEntry"}]},
        "names": {"anyOf": [
          {"$ref": "#/$defs/groupName"},
          {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/groupName"}}
        ]},
        "layerEntry": {
          "type": "object",
          "required": ["name", "layer", "of"],
          "additionalProperties": false,
          "properties": {
            "name": {"$ref": "#/$defs/groupName"},
            "layer": {"$ref": "#/$defs/layer"},
            "of": {"$ref": "#/$defs/names", \
    "description": "What it is made from; previous: the entry before it."},
            "add": {"$ref": "#/$defs/names", \
    "description": "Groups that are added before the activation."},
            "role": {"anyOf": [
              {"const": "output"}, {"type": "array", "maxItems": 1, "items": {"const": "output"}}
            ]},
            "activation": {"$ref": "#/$defs/activation"},
            "weight": {"$ref": "#/$defs/weight"},
            "bias": {"$ref": "#/$defs/bias"},
            "share": {"$ref": "#/$defs/shareName"}
          }
        },
        "layer": {"anyOf": [
          {"const": "residual"},
          {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
              "dense": \(object(
                "\"size\": {\"$ref\": \"#/$defs/size\"}, \(normalizationProperty)", "size")),
              "convolution": \(object(
                "\(window), \"dilation\": {\"$ref\": \"#/$defs/extent\"}, "
                  + "\"channels\": {\"$ref\": \"#/$defs/size\"}, "
                  + "\"depthwise\": {\"type\": \"boolean\"}, \(normalizationProperty)",
                "kernel", "channels")),
              "max-pooling": \(object(
                "\(window), \"dilation\": {\"$ref\": \"#/$defs/extent\"}", "kernel")),
              "average-pooling": \(object(window, "kernel")),
              "normalization": {"$ref": "#/$defs/normalization"},
              "lstm": {"$ref": "#/$defs/recurrent"},
              "gru": {"$ref": "#/$defs/recurrent"},
              "attention": \(object(
                "\"size\": {\"$ref\": \"#/$defs/size\"}, "
                  + "\"value-size\": {\"$ref\": \"#/$defs/size\"}, "
                  + "\"causal\": {\"type\": \"boolean\"}, "
                  + ["query", "key", "value"].map { "\"\($0)\": {\"$ref\": \"#/$defs/projection\"}" }
                    .joined(separator: ", "), "size")),
              "embedding": \(object("\"size\": {\"$ref\": \"#/$defs/size\"}", "size"))
            }
          }
        ]},
        "extent": {"anyOf": [
          {"type": "integer", "minimum": 0, "maximum": \(largest)},
          {"type": "array", "minItems": 1, "maxItems": 2, \
    "items": {"type": "integer", "minimum": 0, "maximum": \(largest)}}
        ]},
        "numbers": {"anyOf": [
          {"type": "number"}, {"type": "array", "items": {"type": "number"}}
        ]},
        "normalization": \(object(
          ["mean", "variance", "weight", "bias"].map { "\"\($0)\": {\"$ref\": \"#/$defs/numbers\"}" }
            .joined(separator: ", ") + ", \"epsilon\": {\"type\": \"number\"}",
          "mean", "variance")),
        "recurrent": \(object(
          "\"size\": {\"$ref\": \"#/$defs/size\"}, \"after\": {\"$ref\": \"#/$defs/groupName\"}, "
            + "\"recurrent-weight\": {\"$ref\": \"#/$defs/weight\"}, "
            + "\"recurrent-bias\": {\"$ref\": \"#/$defs/bias\"}", "size")),
        "projection": \(object(
          "\"weight\": {\"$ref\": \"#/$defs/weight\"}, \"bias\": {\"$ref\": \"#/$defs/bias\"}"))
    """

  private static let window = ["kernel", "stride", "padding"]
    .map { "\"\($0)\": {\"$ref\": \"#/$defs/extent\"}" }.joined(separator: ", ")
  private static let normalizationProperty =
    "\"normalization\": {\"$ref\": \"#/$defs/normalization\"}"

  private static func object(_ properties: String, _ required: String...) -> String {
    let names = required.map { "\"\($0)\"" }.joined(separator: ", ")
    return "{\"type\": \"object\", \"additionalProperties\": false, "
      + (required.isEmpty ? "" : "\"required\": [\(names)], ") + "\"properties\": {\(properties)}}"
  }
}
