import Cyclograd
import Foundation

/// A file that grows by whole lines.
enum LineFile {
  /// Opens a file to append lines to. A last line without an end, which a killed process or a full disk has left, gets
  /// its end if it is JSON, and is removed if it is not.
  ///
  /// - Throws: ``CyclogradError`` `file`
  static func appending(to path: String, what: String) throws -> FileHandle {
    func failure() -> CyclogradError {
      CyclogradError(
        .file, "cannot write \(what): \(String(cString: strerror(errno)))", at: .init(file: path))
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure() }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    // A pipe or a device has no end to look at.
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return handle }
    let tail = try rest(descriptor, size: Int(status.st_size)) { failure() }
    if tail.isEmpty { return handle }
    if (try? JSONSerialization.jsonObject(with: Data(tail))) != nil {
      guard write(descriptor, "\n", 1) == 1 else { throw failure() }
    } else if ftruncate(descriptor, status.st_size - off_t(tail.count)) != 0 {
      throw failure()
    }
    return handle
  }

  /// What follows the last end of a line.
  private static func rest(
    _ descriptor: Int32, size: Int, _ failure: () -> CyclogradError
  ) throws -> [UInt8] {
    var tail: [UInt8] = []
    var end = size
    while end > 0 {
      let count = min(end, 1 << 16)
      var piece = [UInt8](repeating: 0, count: count)
      guard pread(descriptor, &piece, count, off_t(end - count)) == count else { throw failure() }
      if let last = piece.lastIndex(of: UInt8(ascii: "\n")) {
        return Array(piece[(last + 1)...]) + tail
      }
      tail = piece + tail
      end -= count
    }
    return tail
  }
}
