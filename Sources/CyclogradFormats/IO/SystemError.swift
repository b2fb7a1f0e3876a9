import Cyclograd
import Glibc

/// Errors of the operating system, in the library's words.
enum SystemError {
  static func file(_ action: String, _ path: String, _ code: Int32) -> CyclogradError {
    CyclogradError(
      .file, "\(action): \(String(cString: strerror(code)))",
      at: CyclogradError.Location(file: path))
  }

  /// A path with a NUL in it would silently name another file, the one before the NUL.
  static func checkPath(_ path: String) throws {
    if path.utf8.contains(0) {
      throw CyclogradError(
        .file, "the path contains a NUL character",
        at: CyclogradError.Location(file: Excerpt.escaped(path)))
    }
  }

  /// Whether a path names a file that can be read as often as one likes.
  static func isRegularFile(_ path: String) -> Bool {
    var info = stat()
    return path != "-" && stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }
}
