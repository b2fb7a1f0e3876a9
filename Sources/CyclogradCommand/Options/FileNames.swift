import Cyclograd
import CyclogradFormats

/// Files that one call reads and writes.
enum FileNames {
  /// Refuses to write a file twice, or over one that is read.
  static func checkDistinct(
    written: [(option: String, path: String?)], read: [(option: String, path: String?)]
  ) throws {
    var seen: [String: String] = [:]
    for (option, path) in read {
      if let path, path != "-" { seen[FilePath.canonical(path)] = option }
    }
    for (option, path) in written {
      guard let path, path != "-", !path.hasPrefix("/dev/") else { continue }
      if let other = seen.updateValue(option, forKey: FilePath.canonical(path)) {
        throw CyclogradError(
          .invalidOption, "\(option) would write over the file of \(other)",
          at: .init(file: path), advice: "give another name")
      }
    }
  }

  /// Refuses two answers on standard output, which nobody could tell apart there.
  static func checkOneAnswer(_ written: [(option: String, path: String?)]) throws {
    let shown = written.filter { $0.path == "-" || $0.path == "/dev/stdout" }
    guard shown.count > 1 else { return }
    throw CyclogradError(
      .invalidOption, "\(shown[1].option) and \(shown[0].option) would both go to standard output",
      advice: "name a file for one of them")
  }

  /// Refuses to write into a folder that belongs to something else, which would remove it there.
  static func checkOutside(
    _ folder: String, _ what: String, written: [(option: String, path: String?)]
  ) throws {
    let place = FilePath.canonical(folder) + "/"
    for (option, path) in written {
      guard let path, path != "-", FilePath.canonical(path).hasPrefix(place) else { continue }
      throw CyclogradError(
        .invalidOption, "\(option) would be in \(what)", at: .init(file: path),
        advice: "give a name outside of \(folder)")
    }
  }
}
