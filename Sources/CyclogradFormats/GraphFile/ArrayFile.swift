import Cyclograd

/// Kinds of files that have several arrays, each by a name.
enum ArrayFile: CaseIterable {
  /// Tensors of PyTorch and JAX.
  case safetensors
  /// An archive of NumPy.
  case npz

  init?(name: String) {
    let name = name.lowercased()
    guard let kind = Self.allCases.first(where: { name.hasSuffix($0.fileExtension) }) else {
      return nil
    }
    self = kind
  }

  var fileExtension: String { self == .safetensors ? ".safetensors" : ".npz" }

  /// The word beside `file` that says which array.
  var key: String { self == .safetensors ? "tensor" : "array" }

  /// Reads one array.
  func read(_ name: String, from path: String) throws -> StoredArray {
    switch self {
    case .safetensors:
      let file = try SafetensorsFile.read(path)
      guard let type = file.type(of: name) else { throw missing(name, of: file.names, path) }
      return try StoredArray(file.tensor(name), type: type, name: name, path: path)
    case .npz:
      let file = try NpzFile.read(path)
      guard file.contains(name) else { throw missing(name, of: file.names, path) }
      return try StoredArray(file.content(name, more: .kept))
    }
  }

  /// The names of the arrays of a file that says nothing without one of them; an .npz file may be a single
  /// sparse matrix.
  func namesToChoose(in path: String) throws -> [String]? {
    switch self {
    case .safetensors: return try SafetensorsFile.read(path).names
    case .npz:
      let file = try NpzFile.read(path)
      return file.contains("format") && file.contains("shape") ? nil : file.names
    }
  }

  /// Some names for a person.
  static func listing(_ names: [String]) -> String {
    let some = names.prefix(8).map { Excerpt.quoted($0) }.joined(separator: ", ")
    return names.count > 8 ? "\(some) and \(names.count - 8) more" : some
  }

  private func missing(_ name: String, of names: [String], _ path: String) -> CyclogradError {
    let near = Suggestion.nearest(to: name, among: names)
    return CyclogradError(
      .malformedFile, "the file has no \(key) \(Excerpt.quoted(name))", at: .init(file: path),
      advice: near.map { "did you mean \(Excerpt.quoted($0))?" }
        ?? (names.isEmpty ? "it has none at all" : "it has \(Self.listing(names))"))
  }
}
