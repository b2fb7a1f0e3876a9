import Cyclograd

extension NetworkFormat {
  static let implicit = NetworkFormat(
    "implicit", "x = φ(Ax + Bu), y = Cx + Du: one .npz, or files *A, *B, *C, *D",
    extensions: [],
    limits:
      "activations, biases, groups and names, ties, what is trained, rules and seeds; neurons "
      + "with several units are refused",
    options: [.activation, .duplicates, .parameters, .drawWeights, .seed],
    reader: { try ImplicitFiles.read($0, $1) },
    writer: { imported, path, _ in try ImplicitFiles.write(imported, path) })
}

/// The four matrices in one archive, or in four files.
enum ImplicitFiles {
  static func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    let duplicates = options.duplicates ?? .refuse
    let matrices: [CoordinateMatrix]
    if let files = siblings(of: path) {
      matrices = try files.map { try MatrixFile.read($0, duplicates: duplicates) }
    } else {
      guard path.lowercased().hasSuffix(".npz") else { throw wrongName(path) }
      guard options.duplicates == nil else {
        throw CyclogradError(
          .invalidOption, "--duplicates does not apply: the archive holds dense arrays",
          at: .init(file: path), advice: "leave it out; it is for four files of sparse matrices")
      }
      matrices = try ImplicitModel.names.map { try MatrixFile.read(path, member: $0) }
    }
    var model = ImplicitModel(matrices: matrices)
    try model.check(path)
    var options = options
    if siblings(of: path) == nil {
      let (offsets, activations) = try ImplicitArchive.read(
        path, states: matrices[0].rows, outputs: matrices[2].rows)
      model.offsets = offsets ?? []
      if let activations {
        guard options.activation == nil else {
          throw CyclogradError(
            .invalidOption, "the archive says the activation of every state",
            at: .init(file: path), advice: "leave out --activation")
        }
        model.activations = activations
      }
    }
    let network = model.network(options.activation, unknownWeight: options.unknownWeight)
    options.activation = nil
    let patterns = matrices.reduce(0) { $0 + ($1.values == nil ? $1.rowIndices.count : 0) }
    let remarks =
      patterns == 0 || options.drawWeights != nil
      ? []
      : ["patterns without values: weight 1 used for \(patterns) edges; --draw-weights draws them"]
    return try network.imported(from: path, remarks: remarks, options: options)
  }

  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let files = siblings(of: path)
    guard files != nil || path.lowercased().hasSuffix(".npz") else { throw wrongName(path) }
    // A neuron that is known to be linear can be an input or an output of the model itself.
    try imported.require([.inputs, .outputs], for: "an implicit model")
    let network = try imported.expanded()
    let keepsBiases = files == nil && !imported.lacks.contains(.activation)
    let model = try ImplicitModel(network, file: path, keepsBiases: keepsBiases)
    if let files {
      for (matrix, file) in zip(model.matrices, files) { try write(matrix, file) }
    } else {
      try ImplicitArchive(model, file: path).write(to: path)
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [
      unsupported.rules, unsupported.groups, unsupported.names, unsupported.times,
      keepsBiases ? nil : unsupported.activations, keepsBiases ? nil : unsupported.biases,
      unsupported.training, unsupported.ties,
    ].compactMap { $0 } + (files?.dropFirst().map { "written as well: \($0)" } ?? [])
  }

  private static func write(_ matrix: CoordinateMatrix, _ path: String) throws {
    switch path.split(separator: ".").last?.lowercased() {
    case "npz": try SparseNpzFile.write(matrix, to: path)
    case "npy": try NumpyFile.write(matrix.dense(for: path), to: path)
    default: try MatrixMarketFile.write(matrix, to: path)
    }
  }

  /// The four files, if the name before the extension is A or ends in A, set apart by a mark.
  static func siblings(of path: String) -> [String]? {
    let folder = WriteTarget.folder(of: path)
    let name = path.dropFirst(folder.count)
    for suffix in ["", ".mtx", ".mtx.gz", ".npz", ".npy"] where name.lowercased().hasSuffix(suffix)
    {
      let stem = name.dropLast(suffix.count)
      guard stem.last == "A", !(stem.dropLast().last?.isLetter ?? false), !suffix.isEmpty else {
        continue
      }
      return ImplicitModel.names.map { folder + stem.dropLast() + $0 + name.suffix(suffix.count) }
    }
    return nil
  }

  private static func wrongName(_ path: String) -> CyclogradError {
    CyclogradError(
      .invalidOption, "an implicit model is one .npz archive, or four files", at: .init(file: path),
      advice: "for four files give the first one, such as model-A.mtx beside model-B.mtx and so on")
  }
}
