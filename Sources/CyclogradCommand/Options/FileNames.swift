import Cyclograd
import Foundation

/// Files that one call reads and writes.
enum FileNames {
  /// Refuses to write a file twice, or over one that is read.
  static func checkDistinct(
    written: [(option: String, path: String?)], read: [(option: String, path: String?)]
  ) throws {
    func place(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    var seen: [String: String] = [:]
    for (option, path) in read {
      if let path, path != "-" { seen[place(path)] = option }
    }
    for (option, path) in written {
      guard let path, path != "-", !path.hasPrefix("/dev/") else { continue }
      if let other = seen.updateValue(option, forKey: place(path)) {
        throw CyclogradError(
          .invalidOption, "\(option) would write over the file of \(other)",
          at: .init(file: path), advice: "give another name")
      }
    }
  }
}
