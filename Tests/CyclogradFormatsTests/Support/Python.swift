import Foundation

/// Python with the packages that wrote the formats, where it is installed.
enum Python {
  /// Runs a program; its output, or nothing if it failed.
  static func run(_ program: String, _ arguments: String...) -> String? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program] + arguments
    process.standardOutput = pipe
    do { try process.run() } catch { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
  }

  static let hasSciPy = has("scipy.sparse, numpy")
  static let hasSafetensors = has("safetensors.numpy, numpy")

  private static func has(_ modules: String) -> Bool {
    run("try:\n  import \(modules)\n  print('yes')\nexcept ImportError: print('no')") == "yes\n"
  }
}
