import Foundation

/// What the measurements were made on.
enum Machine {
  /// The processor's name.
  static var processor: String {
    let lines = contents("/proc/cpuinfo").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("model name") } ?? "unknown processor"
    return String(line.split(separator: ":").last ?? line).trimmingCharacters(in: .whitespaces)
  }

  /// How many threads the process may run at once.
  static var threads: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// The largest resident memory since the last ``resetPeakMemory()``, in bytes; `nil` where the
  /// system does not tell.
  static var peakMemory: Int? {
    let line = contents("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
  }

  /// Forgets the peak so far.
  static func resetPeakMemory() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  private static func contents(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
