import Cyclograd
import CyclogradFormats
import Foundation

/// A reader that is given anything at all.
struct FuzzTarget: Sendable {
  /// Also the name of its folder in the corpus.
  let name: String
  /// What the name of the file ends in.
  let ending: String
  /// Reads the file; `variant` is anything, and the same for the same input.
  let read: @Sendable (_ path: String, _ variant: Int) throws -> Void
  /// Makes the file of the input, where that is not the file itself.
  let wrap: (@Sendable (UnsafeBufferPointer<UInt8>) -> [UInt8])?
  /// What the reader may allocate for any input.
  let constant: Int

  init(
    _ name: String, _ ending: String, constant: Int = 1 << 20,
    wrap: (@Sendable (UnsafeBufferPointer<UInt8>) -> [UInt8])? = nil,
    read: @escaping @Sendable (_ path: String, _ variant: Int) throws -> Void
  ) {
    self.name = name
    self.ending = ending
    self.wrap = wrap
    self.constant = constant
    self.read = read
  }

  /// Every reader.
  static let all: [FuzzTarget] =
    [
      network("matrix-market", "mtx", duplicates: true),
      network("scipy", "npz", duplicates: true),
      network("numpy", "npy"),
      network("networkx", "json", duplicates: true),
      network("graphml", "graphml", duplicates: true),
      network("gexf", "gexf", duplicates: true),
      network("gml", "gml", duplicates: true),
      network("pajek", "net", duplicates: true),
      network("sif", "sif", duplicates: true),
      sqlite, idx,
      edgeList,
      network("implicit", "npz"),
      members("scipy"), members("implicit"),
      simulatorGraph,
      graph, table, json("json-table", "json"), json("json-lines", "jsonl"),
      parameters, trainingLog, training, study,
    ] + companions

  /// A network format, with two edges between the same neurons refused or summed.
  private static func network(
    _ format: String, _ ending: String, duplicates: Bool = false
  ) -> FuzzTarget {
    FuzzTarget(format, ending) { path, variant in
      var options = ImportOptions()
      if duplicates, variant & 1 == 1 { options.duplicates = .sum }
      _ = try NetworkFormat.named(format).read(path, options: options)
    }
  }

  /// An archive put together of members, so that its checksums never stand in the way.
  private static func members(_ format: String) -> FuzzTarget {
    FuzzTarget("\(format)-members", "npz", wrap: Members.archive) { path, variant in
      var options = ImportOptions()
      if format == "scipy", variant & 1 == 1 { options.duplicates = .sum }
      if format == "scipy", variant & 6 == 6 { options.array = "A" }
      _ = try NetworkFormat.named(format).read(path, options: options)
    }
  }

  private static let edgeList = FuzzTarget("edge-list", "csv") { path, variant in
    var options = ImportOptions()
    if variant & 1 == 1 { options.duplicates = .sum }
    if variant & 6 == 6 { options.indexBase = 1 }
    if variant & 24 == 24 { options.hasHeader = variant & 32 == 0 }
    _ = try NetworkFormat.named("edge-list").read(path, options: options)
  }

  /// SQLite opens a file by its name, which a file of memory does not have. Its cache holds 2,000 kilobytes of pages, twenty of
  /// which it allocates at once, and a page may have 64 kilobytes.
  private static let sqlite = FuzzTarget("sqlite", "db", constant: 4 << 20) { path, variant in
    let copy = Examples.path("copy.db")
    try Data(InputFile.bytes(path)).write(to: URL(fileURLWithPath: copy))
    var options = ImportOptions()
    if variant & 1 == 1 { options.duplicates = .sum }
    if variant & 6 == 6 { options.table = "e" }
    if variant & 24 == 24 { options.signColumn = "nt" }
    _ = try NetworkFormat.named("sqlite").read(copy, options: options)
  }

  private static let idx = FuzzTarget("idx", "idx") { path, variant in
    _ = try DataFile.read(path, allowNonFinite: variant & 1 == 0)
  }

  private static let simulatorGraph = FuzzTarget("szekeres", "dat") { path, variant in
    var options = ImportOptions()
    options.activation3 = variant & 1 == 1 ? .arctan : nil
    if variant & 2 == 2 { (options.inputs, options.outputs) = ("1", "1") }
    _ = try NetworkFormat.named("szekeres").read(path, options: options)
  }

  /// Without the files that it names: they are read by the other targets. A network is as large as its graph says, so only
  /// small ones are compiled.
  private static let graph = FuzzTarget("graph", "yaml", constant: 16 << 20) { path, _ in
    let document = try GraphFile.read(path)
    _ = try GraphFile.text(for: document.graph)
    if isSmall(document.graph) { _ = try document.graph.compile() }
  }

  /// Whether a graph has few neurons and few parameters, or so many that it must be refused.
  private static func isSmall(_ graph: Graph) -> Bool {
    var units = 0
    for group in graph.groups {
      guard group.shape.allSatisfy({ 0...64 ~= $0 }), group.units.count <= 64 else { return false }
      units += group.shape.reduce(1, *) * group.units.count
    }
    return units <= 256 && graph.connections.count <= 16
      && graph.connections.allSatisfy { connection in
        guard case .neighborhood(let window) = connection.pattern,
          connection.weight.tying == .kernel
        else { return true }
        let (positions, overflow) = window.kernel.rows.multipliedReportingOverflow(
          by: window.kernel.columns)
        return overflow || positions <= 16 || positions >= 1 << 31
      }
  }

  private static let table = FuzzTarget("table", "csv") { path, variant in
    let columns = variant & 3 == 3 ? try ColumnSelection("0,last:1") : nil
    _ = try DataFile.read(
      path, columns: columns, vectors: variant & 4 == 0 ? .row : .column,
      allowNonFinite: variant & 8 == 0)
  }

  private static func json(_ name: String, _ ending: String) -> FuzzTarget {
    FuzzTarget(name, ending) { path, variant in
      let columns = variant & 3 == 3 ? try ColumnSelection("0,last:1") : nil
      if variant & 16 == 0 { _ = try DataFile.words(path, columns: ColumnSelection("0")) }
      _ = try DataFile.read(
        path, columns: columns, vectors: variant & 4 == 0 ? .row : .column,
        allowNonFinite: variant & 8 == 0)
    }
  }

  private static let parameters = FuzzTarget("safetensors", "safetensors") { path, _ in
    let file = try SafetensorsFile.read(path)
    for name in file.names { _ = try? file.tensor(name) }
    _ = try ParametersFile.read(path, for: Examples.compiled.network)
  }

  private static let trainingLog = FuzzTarget("training-log", "jsonl") { path, _ in
    _ = try TrainingLogFile.read(path)
  }

  /// Without the data and networks that it names.
  private static let training = FuzzTarget("training", "yaml") { path, _ in
    _ = try TrainingFile.read(path)
  }

  /// With a training file that is right, if it names that.
  private static let study = FuzzTarget("study", "yaml") { path, _ in
    let study = try StudyFile.read(path)
    for variant in study.variants { _ = study.training(of: variant, seed: 1) }
  }

  /// The simulator's files beside a graph that is right.
  private static let companions: [FuzzTarget] = [
    companion("logic") { $0.logic = $1 },
    companion("fixwb") {
      $0.logic = Examples.path("n.logic.dat")
      $0.fixedValues = $1
    },
    companion("weights") { $0.weights = $1 },
    companion("shared-weights") { $0.sharedWeights = $1 },
    companion("shared-biases") { $0.sharedBiases = $1 },
  ]

  private static func companion(
    _ option: String, _ give: @escaping @Sendable (inout ImportOptions, String) -> Void
  ) -> FuzzTarget {
    FuzzTarget("szekeres-\(option)", "dat") { path, _ in
      var options = ImportOptions()
      give(&options, path)
      _ = try NetworkFormat.named("szekeres").read(Examples.path("n.dat"), options: options)
    }
  }
}

extension FuzzTarget {
  /// Readers with a mistake that must be found, or else nothing that is not found means anything. One byte leads to it:
  /// two were met by chance only in most runs.
  static let controls: [FuzzTarget] = [
    FuzzTarget("control-trap", "txt") { path, _ in
      let bytes = try InputFile.bytes(path)
      if bytes.first == UInt8(ascii: "c") { fatalError("found") }
    },
    FuzzTarget("control-memory", "txt") { path, _ in
      let bytes = try InputFile.bytes(path)
      if bytes.first == UInt8(ascii: "c") {
        withExtendedLifetime([UInt8](repeating: 1, count: 2 << 20)) {}
      }
    },
    FuzzTarget("control-hang", "txt") { path, _ in
      while try InputFile.bytes(path).first == UInt8(ascii: "c") {}
    },
  ]
}
