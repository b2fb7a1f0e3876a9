import Cyclograd
import Glibc

/// What a path to be written stands for.
enum WriteTarget {
  /// An open file of this process, such as standard output.
  case descriptor(Int32)
  /// A device, pipe or socket, which cannot be replaced by renaming.
  case device
  /// A regular file at a path without symbolic links at its end; `existing` if it is there already.
  case file(path: String, existing: stat?)

  init(_ path: String) throws {
    try SystemError.checkPath(path)
    if let number = Self.openDescriptor(path) {
      self = .descriptor(number)
      return
    }
    let target = try Self.followLinks(path)
    var info = stat()
    if stat(target, &info) != 0 {
      guard errno == ENOENT, !target.isEmpty, !target.hasSuffix("/") else {
        throw SystemError.file("cannot write the file", path, errno)
      }
      self = .file(path: target, existing: nil)
      return
    }
    switch info.st_mode & S_IFMT {
    case S_IFDIR: throw SystemError.file("cannot write the file", path, EISDIR)
    case S_IFREG:
      // Renaming would succeed even so, and would defeat the protection.
      guard access(target, W_OK) == 0 else {
        throw SystemError.file("cannot write the file", path, errno)
      }
      self = .file(path: target, existing: info)
    default: self = .device
    }
  }

  /// Standard output may be a regular file; it must not be replaced behind the shell's back.
  private static func openDescriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout", "-": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
        return Int32(path.dropFirst(folder.count))
      }
      return nil
    }
  }

  /// Renaming onto a symbolic link would replace the link, not the file that it points to.
  private static func followLinks(_ path: String) throws -> String {
    var current = path
    for _ in 0..<40 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(current, &buffer, buffer.count)
      guard count >= 0 else { return current }
      let link = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      current = link.hasPrefix("/") ? link : folder(of: current) + link
    }
    throw SystemError.file("cannot write the file", path, ELOOP)
  }

  /// The part of a path up to its last slash.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }
}
