import Cyclograd

extension SafetensorsHeader {
  typealias Named = (name: String, tensor: SafetensorsTensor)

  /// Wide numbers first, so that each tensor's data are aligned for their type.
  static func inOrder(_ tensors: [Named]) -> [Named] {
    tensors.sorted {
      let sizes = ($0.tensor.values.type.size, $1.tensor.values.type.size)
      return sizes.0 != sizes.1 ? sizes.0 > sizes.1 : $0.name < $1.name
    }
  }

  /// The length and the header, filled up with blanks such that the data begin aligned.
  static func bytes(
    _ tensors: [Named], _ metadata: [String: String], _ path: String
  ) throws -> [UInt8] {
    var names: Set = ["__metadata__"]
    for (name, _) in tensors {
      guard names.insert(name).inserted else {
        throw CyclogradError(
          .invalidValue, "two tensors are called \(Excerpt.quoted(name)), or it is a reserved name",
          at: CyclogradError.Location(file: path))
      }
    }
    var parts: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(QuotedText.text($0.key)):\(QuotedText.text($0.value))" }
      parts.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in inOrder(tensors) {
      let type = tensor.values.type
      let end = offset + tensor.values.count * type.size
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(QuotedText.text(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(parts.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    guard text.count <= longest else {
      throw CyclogradError(
        .tooLarge, "the header needs \(text.count) bytes; \(longest) are allowed",
        at: CyclogradError.Location(file: path))
    }
    var result: [UInt8] = []
    result.append(number: UInt64(text.count))
    return result + text
  }
}
