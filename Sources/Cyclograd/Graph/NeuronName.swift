/// Names of neurons.
package enum NeuronName {
  /// What is wrong with a name by itself, and what to do about it: files hold names in lines.
  package static func fault(in name: String) -> (message: String, advice: String)? {
    let control = name.unicodeScalars.first { $0.properties.generalCategory == .control }
    guard let control else { return nil }
    return (
      "the name \(QuotedText.text(name)) contains the control character "
        + QuotedText.text(String(control)), "names are one line of text"
    )
  }
}
