import Cyclograd

/// Reads networks from the content of one file.
protocol NetworkReader {
  /// The network of a whole file.
  ///
  /// - Parameter file: what errors call the file.
  static func network(
    _ bytes: [UInt8], file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork
}

extension NetworkReader {
  static func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    try network(InputFile.bytes(path), file: path, options)
  }
}

/// Reads networks from files that are text.
protocol TextNetworkReader: NetworkReader {
  /// The network of a text, which is UTF-8 without a byte order mark.
  static func network(
    of text: UnsafeBufferPointer<UInt8>, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork
}

extension TextNetworkReader {
  static func network(
    _ bytes: [UInt8], file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    try bytes.withUnsafeBufferPointer { bytes in
      try network(of: TextSource.check(bytes, file: file), file: file, options)
    }
  }
}
