import Cyclograd

extension NetworkFormat {
  static let matrixMarket = NetworkFormat(
    "matrix-market", "Matrix Market: a sparse matrix as text, rows are targets",
    extensions: ["mtx"], limits: MatrixNetwork.limits, options: MatrixNetwork.options,
    reader: { path, options in
      try MatrixNetwork.network(MatrixMarketFile.read(path), file: path, options: options)
    },
    writer: { imported, path, _ in
      let (matrix, omissions) = try MatrixNetwork.matrix(
        imported, format: "Matrix Market", file: path)
      try MatrixMarketFile.write(matrix, to: path)
      return omissions
    })
}
