import Cyclograd

extension NetworkFormat {
  static let sciPy = NetworkFormat(
    "scipy", "SciPy's sparse .npz (CSR, CSC, COO) or a dense array; rows are targets",
    extensions: ["npz"], limits: MatrixNetwork.limits,
    options: MatrixNetwork.options.union([.duplicates, .array]),
    reader: { path, options in
      let matrix = try MatrixFile.read(
        path, member: options.array, duplicates: options.duplicates ?? .refuse)
      return try MatrixNetwork.network(matrix, file: path, options: options)
    },
    writer: { imported, path, _ in
      let (matrix, remarks) = try MatrixNetwork.matrix(imported, format: "SciPy", file: path)
      try SparseNpzFile.write(matrix, to: path)
      return remarks
    })

  static let numPy = NetworkFormat(
    "numpy", "a dense matrix as .npy; zeros are no edges, rows are targets",
    extensions: ["npy"], limits: MatrixNetwork.limits + "; edges of weight 0",
    options: MatrixNetwork.options,
    reader: { path, options in
      try MatrixNetwork.network(MatrixFile.read(path), file: path, options: options)
    },
    writer: { imported, path, _ in
      let (matrix, remarks) = try MatrixNetwork.matrix(imported, format: "NumPy", file: path)
      try NumpyFile.write(matrix.dense(for: path), to: path)
      let zeros = matrix.values?.count { $0 == 0 } ?? 0
      return remarks + (zeros > 0 ? ["\(zeros) edges of weight 0 dropped"] : [])
    })
}

extension CoordinateMatrix {
  /// The matrix with zeros where there are no entries.
  func dense(for file: String) throws -> Matrix {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, count <= Int.max / 8 else {
      throw CyclogradError(
        .tooLarge, "a dense matrix of \(rows) × \(columns)", at: .init(file: file),
        advice: "write a sparse one")
    }
    try Memory.require(8 * count, for: "the dense matrix", file: file)
    var matrix = Matrix(rows: rows, columns: columns)
    for (entry, row) in rowIndices.enumerated() {
      matrix[Int(row), Int(columnIndices[entry])] = values?[entry] ?? 1
    }
    return matrix
  }
}
