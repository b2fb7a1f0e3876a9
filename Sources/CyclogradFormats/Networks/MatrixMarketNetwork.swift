import Cyclograd

extension NetworkFormat {
  static let matrixMarket = NetworkFormat(
    "matrix-market", "Matrix Market: a sparse matrix as text, rows are targets",
    extensions: ["mtx", "mtx.gz"], limits: MatrixNetwork.limits,
    options: MatrixNetwork.options.union([.duplicates]),
    reader: { path, options in
      let matrix = try MatrixMarketFile.read(path, duplicates: options.duplicates ?? .refuse)
      return try MatrixNetwork.network(matrix, file: path, options: options)
    },
    writer: { imported, path, _ in
      let (matrix, remarks) = try MatrixNetwork.matrix(
        imported, format: "Matrix Market", file: path)
      try MatrixMarketFile.write(matrix, to: path)
      return remarks
    })
}
