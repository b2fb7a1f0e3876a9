import Cyclograd

/// How a file is written, as the extension of its name says.
public enum OutputFormat: String, Sendable, CaseIterable {
  case csv, tsv, npy, npz, json, jsonl, safetensors, html, svg, png, pdf

  /// The format of an output: that of the extension, or `standard` for names without one, devices, pipes and `-`.
  ///
  /// Text may be compressed: `.csv.gz`.
  ///
  /// - Parameters:
  ///   - path: the name; `nil` and `-` are standard output.
  ///   - allowed: what this output can be written as.
  ///   - what: what is written, for errors.
  /// - Throws: ``Cyclograd/CyclogradError`` if the extension says something else than what is allowed.
  public init(
    of path: String?, among allowed: [OutputFormat], standard: OutputFormat, for what: String
  ) throws {
    guard let path, path != "-", !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else {
      self = standard
      return
    }
    var name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    let isCompressed = name.lowercased().hasSuffix(".gz")
    if isCompressed { name = name.dropLast(3) }
    // A name such as .profile has no extension.
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else {
      self = standard
      return
    }
    let suffix = name[name.index(after: dot)...].lowercased()
    // A named pipe may be called anything.
    if case .device? = try? WriteTarget(path) {
      self = OutputFormat(rawValue: suffix).flatMap { allowed.contains($0) ? $0 : nil } ?? standard
      return
    }
    guard let format = OutputFormat(suffix: suffix), allowed.contains(format),
      !isCompressed || [.csv, .tsv, .json, .jsonl].contains(format)
    else {
      let list = allowed.map { ".\($0.rawValue)" }
      throw CyclogradError(
        .invalidOption,
        "\(what) cannot be written as .\(suffix)\(isCompressed ? ".gz" : "")",
        at: .init(file: path),
        advice: "give a name that ends in "
          + (list.count > 1 ? list.dropLast().joined(separator: ", ") + " or " : "") + list.last!)
    }
    self = format
  }

  private init?(suffix: String) {
    switch suffix {
    case "tab": self = .tsv
    case "ndjson": self = .jsonl
    case "htm": self = .html
    default: self.init(rawValue: suffix)
    }
  }

  /// What tables of numbers can be written as.
  public static let tables: [OutputFormat] = [.csv, .tsv, .json, .jsonl, .npy]
}
