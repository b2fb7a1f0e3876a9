import Cyclograd
import Glibc

/// Writes files whole or not at all.
public enum AtomicFile {
  /// Writes a file by way of a temporary file in the same folder, which then takes its place.
  ///
  /// If the body or the system fails, the file stays as it was, or does not come into being. An
  /// existing file's permissions are kept. A name that ends in `.gz` has the content compressed.
  /// Standard output (also as `-`), devices and pipes are written directly.
  @discardableResult
  public static func write<Result>(
    to path: String, _ body: (inout FileWriter) throws -> Result
  ) throws -> Result {
    switch try WriteTarget(path) {
    case .descriptor(let number):
      let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
      return try writeThrough(copy, path, body)
    case .device:
      return try writeThrough(open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), path, body)
    case .file(let target, let existing):
      return try replace(target, existing, path, body)
    }
  }

  private static func writeThrough<Result>(
    _ descriptor: Int32, _ path: String, _ body: (inout FileWriter) throws -> Result
  ) throws -> Result {
    guard descriptor >= 0 else { throw SystemError.file("cannot open the file", path, errno) }
    return try finish(descriptor, path) { try fill(descriptor, path, body) }
  }

  private static func replace<Result>(
    _ target: String, _ existing: stat?, _ path: String,
    _ body: (inout FileWriter) throws -> Result
  ) throws -> Result {
    let (temporary, descriptor) = try createTemporary(
      in: WriteTarget.folder(of: target), mode: (existing?.st_mode ?? 0o666) & 0o777, for: path)
    do {
      let result = try finish(descriptor, path) {
        if let existing { try copyAttributes(existing, to: descriptor, path) }
        let result = try fill(descriptor, path, body)
        try synchronize(descriptor, path)
        return result
      }
      guard rename(temporary, target) == 0 else {
        throw SystemError.file("cannot put the file in its place", path, errno)
      }
      return result
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Has what was written on the disk. Some file systems cannot synchronize, and say so.
  package static func synchronize(_ descriptor: Int32, _ path: String) throws {
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw SystemError.file("cannot write the file", path, errno)
    }
  }

  private static func fill<Result>(
    _ descriptor: Int32, _ path: String, _ body: (inout FileWriter) throws -> Result
  ) throws -> Result {
    var writer = try FileWriter(path: path, descriptor: descriptor)
    let result = try body(&writer)
    try writer.finish()
    return result
  }

  /// Closes the file in any case; its failure counts only if there was none before.
  private static func finish<Result>(
    _ descriptor: Int32, _ path: String, _ work: () throws -> Result
  ) throws -> Result {
    let result: Result
    do { result = try work() } catch {
      close(descriptor)
      throw error
    }
    // On Linux the descriptor is closed even if a signal came between.
    guard close(descriptor) == 0 || errno == EINTR else {
      throw SystemError.file("cannot write the file", path, errno)
    }
    return result
  }

  /// Unlike `mkstemp`, this lets the system apply the umask.
  private static func createTemporary(
    in folder: String, mode: mode_t, for path: String
  ) throws -> (path: String, descriptor: Int32) {
    while true {
      let name = folder + ".cyclograd-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      if descriptor >= 0 { return (name, descriptor) }
      guard errno == EEXIST || errno == EINTR else {
        throw SystemError.file("cannot create a file in its folder", path, errno)
      }
    }
  }

  private static func copyAttributes(_ info: stat, to descriptor: Int32, _ path: String) throws {
    // Only root may give files away; for others the new file is simply theirs.
    if fchown(descriptor, info.st_uid, info.st_gid) != 0 {
      _ = fchown(descriptor, uid_t.max, info.st_gid)
    }
    guard fchmod(descriptor, info.st_mode & 0o7777) == 0 else {
      throw SystemError.file("cannot keep the file's permissions", path, errno)
    }
  }
}
