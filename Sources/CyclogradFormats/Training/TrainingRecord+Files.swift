public import Cyclograd
import Foundation

extension TrainingRecord {
  /// What files tell of trainings: logs, training files with checkpoints, study files with runs in the current folder,
  /// and files of runs.
  ///
  /// - Returns: a record for each log and training file, and one for each variant of a study; names differ.
  /// - Throws: ``Cyclograd/CyclogradError`` for what cannot be read, and where there is nothing to tell.
  public static func read(_ paths: [String]) throws -> [TrainingRecord] {
    var result: [TrainingRecord] = []
    for path in paths {
      let records = try read(path)
      let name = stem(path)
      for var record in records {
        if isStudy(path), paths.count > 1 { record.name = "\(name): \(record.name)" }
        if result.contains(where: { $0.name == record.name }) { record.name += " (\(path))" }
        result.append(record)
      }
    }
    return result
  }

  /// Whether a file tells of several trainings: whether it is a study file or one of runs.
  public static func isStudy(_ path: String) -> Bool {
    guard let bytes = try? InputFile.bytes(path) else { return false }
    return isDescription(path)
      ? !TrainingFile.recognises(path)
        && String(decoding: bytes.prefix(1 << 16), as: UTF8.self).contains("cyclograd-study/")
      : StudyRunsFile.recognises(bytes)
  }

  private static func isDescription(_ path: String) -> Bool {
    path.hasSuffix(".yaml") || path.hasSuffix(".yml") || path.hasSuffix(".json")
  }

  private static func stem(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }

  private static func read(_ path: String) throws -> [TrainingRecord] {
    guard isDescription(path) else {
      guard isStudy(path) else {
        return [TrainingRecord(stem(path), try TrainingLogFile.read(path))]
      }
      return records(of: try StudyRunsFile.read(path).map(\.run))
    }
    guard isStudy(path) else { return [try checkpoint(TrainingFile.read(path), stem(path))] }
    let study = try StudyFile.read(path)
    let runs = stem(path) + "-runs.jsonl"
    guard FileManager.default.fileExists(atPath: runs) else {
      throw CyclogradError(
        .file, "the study has no file of runs in this folder", at: .init(file: runs),
        advice: "train with cyclograd study first, or give the file of runs instead")
    }
    return records(of: try StudyRunsFile.read(runs).map(\.run), study: study)
  }

  private static func checkpoint(_ file: TrainingFile, _ name: String) throws -> TrainingRecord {
    var file = file
    let network = try TrainingSetup.network(of: &file).network
    let folder = file.checkpoints.folder
    guard let newest = try CheckpointFolder.contents(of: folder).checkpoints.first else {
      throw CyclogradError(
        .file, "there is no checkpoint in the folder", at: .init(file: folder),
        advice: "train first, or give a log of --json-log instead")
    }
    let checkpoint = try Checkpoint.read(newest, for: network)
    var history = TrainingHistory(checkpoint.progress)
    history.settings = checkpoint.identity.settings
    history.network = network.name
    return TrainingRecord(name, history)
  }
}
