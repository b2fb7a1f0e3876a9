import Cyclograd

/// Hugging Face's file format for named tensors, `.safetensors`.
///
/// Opening a file checks its whole header: every tensor's extents against its bytes, and that the
/// tensors cover the data without overlaps or holes.
public struct SafetensorsFile: Sendable {
  /// The names of the tensors in the order of their data.
  public let names: [String]
  /// What the file says about itself.
  public let metadata: [String: String]
  private let content: FileContent
  private let path: String
  private let tensors: [String: SafetensorsHeader.Tensor]

  /// Opens a file and checks its header.
  public static func read(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(InputFile.stored(path), path)
  }

  init(_ content: FileContent, _ path: String) throws {
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(content)
    } catch let error as SafetensorsHeader.Malformed {
      throw CyclogradError(
        .malformedFile, error.reason,
        at: CyclogradError.Location(
          file: path, subject: error.tensor.map { "tensor \(Excerpt.quoted($0))" }))
    }
    self.content = content
    self.path = path
    names = header.tensors.map(\.name)
    metadata = header.metadata
    tensors = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
  }

  /// Whether there is a tensor of this name.
  public func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// The type of the numbers of a tensor; `nil` if there is none of this name.
  func type(of name: String) -> SafetensorsType? { tensors[name]?.type }

  /// Reads the tensor of this name; numbers stay of their type, those with 16 bits become 32.
  public func tensor(_ name: String) throws -> SafetensorsTensor {
    guard let tensor = tensors[name] else {
      throw CyclogradError(
        .malformedFile, "the file has no tensor \(Excerpt.quoted(name))",
        at: CyclogradError.Location(file: path))
    }
    try Memory.require(2 * tensor.place.count, for: "the tensor", file: path)
    return try content.withBytes(tensor.place) { data in
      SafetensorsTensor(shape: tensor.shape, values: try tensor.type.values(data, path, name))
    }
  }

  /// Writes tensors; the same content always gives the same bytes.
  public static func write(
    _ tensors: [(name: String, tensor: SafetensorsTensor)], metadata: [String: String] = [:],
    to path: String
  ) throws {
    let header = try SafetensorsHeader.bytes(tensors, metadata, path)
    let sorted = SafetensorsHeader.inOrder(tensors)
    try AtomicFile.write(to: path) { file in
      try file.write(header)
      for (_, tensor) in sorted { try tensor.values.withBytes { try file.write($0) } }
    }
  }
}
