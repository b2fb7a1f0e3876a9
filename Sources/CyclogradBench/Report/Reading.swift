import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// Files with the edges of a large network, read by us and by the libraries that people use.
enum Reading {
  /// A format, the peer that reads it, and the seconds that its reading takes for each entry at most
  /// where there is no peer to race.
  private enum Format: String, CaseIterable {
    case matrixMarket = "edges.mtx"
    case edgeList = "edges.csv"
    case sciPy = "edges.npz"

    var title: String {
      switch self {
      case .matrixMarket: "Matrix Market"
      case .edgeList: "edge list, CSV"
      case .sciPy: "SciPy .npz, stored"
      }
    }

    var peer: String {
      switch self {
      case .matrixMarket: "scipy.io.mmread"
      case .edgeList: "pandas.read_csv"
      case .sciPy: "scipy.sparse.load_npz"
      }
    }

    func write(_ matrix: CoordinateMatrix, to path: String) throws {
      switch self {
      case .matrixMarket: try MatrixMarketFile.write(matrix, to: path)
      case .sciPy: try SparseNpzFile.write(matrix, to: path)
      case .edgeList:
        try AtomicFile.write(to: path) { file in
          try file.write("source,target,weight\n")
          for entry in matrix.rowIndices.indices {
            try file.write(
              "\(matrix.columnIndices[entry]),\(matrix.rowIndices[entry]),"
                + "\(matrix.values?[entry] ?? 1)\n")
          }
        }
      }
    }

    func read(_ path: String) throws -> CoordinateMatrix {
      guard self == .edgeList else { return try MatrixFile.read(path) }
      var options = ImportOptions()
      options.indexBase = 0
      options.activation = .tanh
      let graph = try NetworkFormat.read(path, options: options).graph
      guard let connection = graph.connections.first, case .entries(let edges) = connection.pattern
      else { throw Withdrawal(reason: "the edge list has no edges") }
      return CoordinateMatrix(
        rows: graph.groups[0].size, columns: graph.groups[0].size, rowIndices: edges.rows,
        columnIndices: edges.columns, values: edges.values)
    }
  }

  /// Ten edges to each of these neurons.
  static func race(
    neurons: Int, _ settings: Settings, _ progress: (String) -> Void
  ) throws -> (rows: [Outcome.Row], measurements: [Measurement]) {
    let matrix = edges(neurons)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("cyclograd-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var rows: [Outcome.Row] = []
    var measurements: [Measurement] = []
    for format in Format.allCases {
      let path = folder.appendingPathComponent(format.rawValue).path
      progress("reading: writing \(format.rawValue)")
      try format.write(matrix, to: path)
      var contestants: [any Contestant] = [ReadingContestant { try format.read(path) }]
      var withdrawn: [Race.Result] = []
      if let python = settings.python {
        do {
          contestants.append(
            try PeerContestant(
              format.peer, python: python, script: "read_matrix", arguments: [path], folder: folder,
              vectors: (0..<4).map { "sum\($0)" }, settings))
        } catch let error as Withdrawal {
          withdrawn.append(.init(name: format.peer, isPeer: true, withdrawal: error.reason))
        }
      }
      var race = Race(
        contestants, rounds: settings.rounds, budget: settings.budget, agreement: 1e-9,
        rest: settings.rest, progress: progress)
      race.results += withdrawn
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      rows.append(
        .init(
          name: "\(format.title), \(Families.label(matrix.rowIndices.count)) entries",
          neurons: neurons, edges: matrix.rowIndices.count, target: 1, race: race))
      let rate = Double(size) / (race.own.total ?? .nan)
      measurements.append(
        Measurement(
          name: "seconds a gigabyte, \(format.title)", value: 1e9 / rate,
          target: format == .sciPy ? 1 : nil, unit: "s/GB",
          detail: "\(Quantity.bytes(size)) in \(Quantity.seconds(race.own.total))"))
      let (peak, _) = try MemoryWatch.peak { try format.read(path) }
      let csr = 12 * matrix.rowIndices.count + 4 * neurons
      measurements.append(
        Measurement(
          name: "memory of reading over CSR, \(format.title)", value: Double(peak) / Double(csr),
          target: 1.5, unit: "×",
          detail: "\(Quantity.bytes(peak)) over \(Quantity.bytes(csr))"))
    }
    return (rows, measurements)
  }

  private static func edges(_ neurons: Int) -> CoordinateMatrix {
    let count = 10 * neurons
    let random = CounterRandom(seed: 11, purpose: .weights, index: 0)
    return CoordinateMatrix(
      rows: neurons, columns: neurons, rowIndices: (0..<count).map { Int32($0 / 10) },
      // Ten different columns, ascending.
      columnIndices: (0..<count).map { entry in
        let width = neurons / 10
        return Int32(entry % 10 * width + random.index(entry, below: width))
      }, values: (0..<count).map { 2 * random.uniform($0 + count) - 1 })
  }
}
