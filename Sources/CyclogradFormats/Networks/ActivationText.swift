import Cyclograd

/// Activations as one text, as graph files write them: `tanh`, `{leaky-relu: 0.1}`.
enum ActivationText {
  static func activation(_ text: String) throws -> Activation {
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw CyclogradError(
        .malformedFile, "the activation is empty", advice: "give a name, such as tanh")
    }
    let root = try NodeSource.root(of: SourceText(Array(text.utf8), name: "activation"))
    return try GroupReader.activation(root)
  }

  static func text(_ activation: Activation) throws -> String {
    YAMLText.flow(try GraphFileEncoder(subject: "activation").activation(activation))
  }
}
