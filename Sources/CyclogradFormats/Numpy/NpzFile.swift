import Cyclograd

/// NumPy's archives of arrays by name, `.npz`, with stored or compressed members.
///
/// Each member is read, inflated and checked only when it is asked for; nothing is extracted.
public struct NpzFile: Sendable {
  private let archive: ZipArchive
  private let path: String

  /// The arrays' names in the order of the archive, without the extension `.npy`.
  public var names: [String] {
    archive.names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
  }

  /// Opens an archive and reads its directory.
  public static func read(_ path: String) throws -> NpzFile {
    try NpzFile(InputFile.stored(path), path)
  }

  init(_ content: FileContent, _ path: String) throws {
    archive = try ZipArchive(content, file: path)
    self.path = path
  }

  /// Whether the archive has an array of this name.
  public func contains(_ name: String) -> Bool { archive.contains(name + ".npy") }

  /// Reads the array of this name.
  public func array(_ name: String) throws -> NumpyArray {
    try content(name).array()
  }

  /// An array as it is in the file.
  func content(
    _ name: String, allowsText: Bool = false, more: NumpyHeader.MoreDimensions = .refused
  ) throws -> NumpyContent {
    try NumpyContent(
      archive.member(name + ".npy", at: location(name)), allowsText: allowsText, more: more)
  }

  /// The checksum of an array's file, as the archive's directory has it.
  func checksum(_ name: String) throws -> UInt32 {
    try archive.checksum(name + ".npy")
  }

  func location(_ name: String) -> CyclogradError.Location {
    CyclogradError.Location(file: path, subject: "member \(Excerpt.quoted(name + ".npy"))")
  }

  /// Writes arrays as 64-bit floats; the same arrays always give the same bytes.
  public static func write(
    _ arrays: [(name: String, array: NumpyArray)], to path: String, isCompressed: Bool = false
  ) throws {
    try write(
      arrays.map { name, array in
        NpzMember(name: name, type: "<f8", shape: array.shape, content: .doubles(array.elements))
      }, to: path, isCompressed: isCompressed)
  }

  static func write(_ members: [NpzMember], to path: String, isCompressed: Bool) throws {
    var names: Set<String> = []
    for member in members {
      guard !member.name.isEmpty, !member.name.utf8.contains(0), member.name.utf8.count < 0xFF00,
        names.insert(member.name).inserted
      else {
        throw CyclogradError(
          .invalidValue,
          "the name \(Excerpt.quoted(member.name)) is empty, too long, contains NUL, or is there "
            + "twice", at: CyclogradError.Location(file: path))
      }
    }
    try AtomicFile.write(to: path) { file in
      var zip = ZipWriter(isCompressed: isCompressed)
      for member in members {
        let header = NumpyHeader.bytes(type: member.type, shape: member.shape)
        try header.withUnsafeBytes { header in
          try member.content.withBytes { content in
            try zip.add(member.name + ".npy", [header, content], to: &file, path: path)
          }
        }
      }
      try zip.finish(&file)
    }
  }
}
