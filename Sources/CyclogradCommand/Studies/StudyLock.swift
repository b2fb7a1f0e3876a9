import Cyclograd
import Glibc

/// What keeps other studies from a file of runs: two that made the same trainings at once would write every run twice.
///
/// The lock is on the file itself, and ends with the process, however that ends.
final class StudyLock: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Holds the file, which is made if it is not there.
  ///
  /// - Parameter isOverwritten: whether a file that is there is removed, once no other study holds it; what is no file,
  ///   such as a folder with files in it, stays.
  /// - Throws: `CyclogradError` `file` if it cannot be written or removed, or if another study holds it.
  init(_ path: String, isOverwritten: Bool = false) throws {
    self.path = path
    guard isOverwritten else {
      descriptor = try StudyLock.hold(path, to: "write")
      return
    }
    let before = try StudyLock.hold(path, to: "remove")
    // Held until the new one is, so that a study that has just opened it does not take it for the file of this name.
    defer { close(before) }
    guard unlink(path) == 0 else { throw StudyLock.failure(path, "remove", errno) }
    descriptor = try StudyLock.hold(path, to: "write")
  }

  deinit {
    // Where no training has ended there is no file, as if there had been no study.
    var info = stat()
    if fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size == 0,
      StudyLock.isAt(path, descriptor)
    {
      unlink(path)
    }
    close(descriptor)
  }

  private static func hold(_ path: String, to action: String) throws -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw failure(path, action, errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        guard code == EAGAIN else { throw failure(path, action, code) }
        throw CyclogradError(
          .file, "another study is writing to it", at: .init(file: path),
          advice: "wait for its end, or give another file with --runs")
      }
      // A study that ended after the file was opened may have removed it.
      if isAt(path, descriptor) { return descriptor }
      close(descriptor)
    }
  }

  /// Whether a file that is open is the one of this name.
  private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
    var named = stat()
    var opened = stat()
    return stat(path, &named) == 0 && fstat(descriptor, &opened) == 0
      && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino
  }

  private static func failure(_ path: String, _ action: String, _ code: Int32) -> CyclogradError {
    CyclogradError(
      .file, "cannot \(action) the runs: \(String(cString: strerror(code)))",
      at: .init(file: path), advice: "give another file with --runs, or remove it yourself")
  }
}
