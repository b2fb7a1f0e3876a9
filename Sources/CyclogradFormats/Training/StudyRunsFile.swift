public import Cyclograd
import Foundation

/// The runs of a study, a line of JSON for each training that has ended, as `cyclograd study` writes them.
public enum StudyRunsFile {
  /// Reads runs with the lines where they stand.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `malformed-file` with the line of what is no run.
  public static func read(_ path: String) throws -> [(line: Int, run: StudyRun)] {
    try parse(InputFile.bytes(path), path)
  }

  /// Reads runs from the content of a file. A last line without an end, which is being written or was cut off, is left
  /// out unless it is a run.
  ///
  /// - Parameter path: what errors call the file.
  /// - Throws: ``Cyclograd/CyclogradError`` `malformed-file` with the line of what is no run.
  public static func parse(
    _ bytes: [UInt8], _ path: String
  ) throws -> [(line: Int, run: StudyRun)] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var result: [(line: Int, run: StudyRun)] = []
    for (index, line) in lines.enumerated() where !line.isEmpty {
      guard let run = try? JSONDecoder().decode(StudyRun.self, from: Data(line)) else {
        if index == lines.count - 1 { break }
        throw CyclogradError(
          .malformedFile, "this is not a run of a study", at: .init(file: path, line: index + 1),
          advice: "remove the line, or start over with --overwrite")
      }
      result.append((index + 1, run))
    }
    return result
  }

  /// Each run once, in the order of first lines. A file is only added to, so of several lines on one variant, seed and
  /// fold the last one tells how it was done last, and counts.
  ///
  /// - Complexity: O(n) for n runs.
  public static func counted(_ runs: [StudyRun]) -> [StudyRun] {
    struct Key: Hashable {
      var variant: String
      var seed: Int
      var fold: Int?
    }
    var result: [StudyRun] = []
    var places: [Key: Int] = [:]
    for run in runs {
      let key = Key(variant: run.variant, seed: run.seed, fold: run.fold)
      if let place = places[key] {
        result[place] = run
      } else {
        places[key] = result.count
        result.append(run)
      }
    }
    return result
  }

  /// Whether the first line says so, as that of a training's log does not.
  public static func recognises(_ bytes: some Collection<UInt8>) -> Bool {
    String(decoding: bytes.prefix(1 << 16).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      .contains("\"fingerprint\"")
  }
}

extension TrainingRecord {
  /// A record for each variant of a study, in the order of their first runs: curves are means over the seeds and folds.
  /// Runs count as ``StudyRunsFile/counted(_:)`` says.
  ///
  /// - Parameter study: what tells of the variants' settings, if it is at hand.
  public static func records(of runs: [StudyRun], study: StudyFile? = nil) -> [TrainingRecord] {
    var names: [String] = []
    var byName: [String: [StudyRun]] = [:]
    for run in runs {
      if byName[run.variant] == nil { names.append(run.variant) }
      byName[run.variant, default: []].append(run)
    }
    return names.map { name in
      let lines = byName[name] ?? []
      let runs = StudyRunsFile.counted(lines).sorted {
        ($0.seed, $0.fold ?? 0) < ($1.seed, $1.fold ?? 0)
      }
      var record = TrainingRecord(runs, study?.variants.first { $0.name == name })
      record.repetitions = lines.count - runs.count
      return record
    }
  }

  private init(_ runs: [StudyRun], _ variant: StudyFile.Variant?) {
    self.init(runs.first?.variant ?? "")
    trainings = runs.count
    settings["parameters"] = runs.first.map { String($0.parameters) }
    if let variant {
      if let graph = variant.graph { settings["graph"] = graph }
      if let gradient = variant.gradient { settings["gradient"] = gradient.name }
      for (group, size) in variant.sizes { settings["size of \(group)"] = String(size) }
    }
    byEpoch = [
      Self.mean("training loss", runs.map(\.losses)),
      Self.mean("validation loss", runs.map(\.validationLosses)),
    ].compactMap { $0 }
    results = [
      .init("steps", runs.map { Double($0.steps) }),
      .init("epochs", runs.map { Double($0.losses.count) }),
      .init("training loss", runs.compactMap { $0.losses.last ?? nil }),
      .init("best at step", runs.map { Double($0.bestStep) }),
      .init("left out", runs.map { Double($0.skipped) }),
    ]
    for measure in Set(runs.flatMap(\.measures.keys)).sorted() {
      results.append(.init(measure, runs.compactMap { $0.measures[measure] }))
    }
    results.append(.init("seconds", runs.map(\.seconds)))
    results.removeAll { $0.values.count == 0 }
  }

  /// The mean of the runs that have got to an epoch; `nil` where none has.
  package static func mean(_ quantity: String, _ losses: [[Double?]]) -> Curve? {
    var curve = Curve(quantity, x: [], y: [])
    for epoch in 0..<(losses.map(\.count).max() ?? 0) {
      let values = losses.compactMap { epoch < $0.count ? $0[epoch] : nil }
      guard !values.isEmpty else { continue }
      curve.x.append(Double(epoch + 1))
      curve.y.append(Spread(values).mean)
    }
    return curve.x.isEmpty ? nil : curve
  }
}
