import Cyclograd

extension ExpandedNetwork {
  /// Makes groups, biases and ends of what a table says of the neurons.
  ///
  /// - Parameter base: the number of the first neuron, where neurons have numbers instead of names.
  /// - Returns: what was left out or assumed.
  mutating func describe(
    by table: NeuronTable, base: Int, _ options: ImportOptions
  ) throws -> [String] {
    let count = neuronCount
    let words = names ?? (0..<count).map { String($0 + base) }
    let numbers = Dictionary(words.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
    let (attributes, remarks) = try table.attributes(of: numbers, count: count)
    var described = AttributedNetwork(file: table.file, options: options)
    for remark in remarks { described.remark(remark) }
    for (word, attributes) in zip(words, attributes) { try described.addNode(word, attributes) }
    let hadNames = names != nil
    self = try described.describe(self)
    // Numbers stay what the file calls neurons, where those stand in another order now.
    if hadNames || described.names != words { names = described.names }
    return described.remarks
  }
}
