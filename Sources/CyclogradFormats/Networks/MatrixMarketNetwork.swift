import Cyclograd

extension NetworkFormat {
  static let matrixMarket = NetworkFormat(
    "matrix-market", "Matrix Market: a sparse matrix as text, rows are targets",
    extensions: ["mtx", "mtx.gz"], limits: MatrixNetwork.limits,
    options: MatrixNetwork.options.union([.duplicates]),
    reader: { path, options in
      var content = try MatrixMarketParser.parse(
        InputFile.stored(path), file: path, duplicates: options.duplicates ?? .refuse)
      // The sums of a pattern's entries are no weights of the file.
      if content.isPattern, options.drawWeights != nil { content.matrix.values = nil }
      return try MatrixNetwork.network(
        content.matrix, file: path, remarks: content.remarks, options: options)
    },
    writer: { imported, path, _ in
      let (matrix, remarks) = try MatrixNetwork.matrix(
        imported, format: "Matrix Market", file: path)
      try MatrixMarketFile.write(matrix, to: path)
      return remarks
    })
}
