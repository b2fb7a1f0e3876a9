import Cyclograd
import Glibc

/// Reads whole files.
public enum InputFile {
  /// The content of a file; `-` is standard input.
  ///
  /// A file that does not fit into the available memory is refused.
  public static func bytes(_ path: String) throws -> [UInt8] {
    try SystemError.checkPath(path)
    let isStandardInput = path == "-"
    let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError.file("cannot open the file", path, errno) }
    defer { if !isStandardInput { close(descriptor) } }

    var info = stat()
    guard fstat(descriptor, &info) == 0 else {
      throw SystemError.file("cannot read the file", path, errno)
    }
    if info.st_mode & S_IFMT == S_IFDIR {
      throw SystemError.file("cannot read the file", path, EISDIR)
    }
    // Devices such as /dev/zero never end; a terminal or a pipe on standard input does.
    if info.st_mode & S_IFMT == S_IFCHR, isatty(descriptor) == 0, !isStandardInput,
      path != "/dev/stdin", path != "/dev/null"
    {
      throw CyclogradError(
        .file, "cannot read a device", at: CyclogradError.Location(file: path),
        advice: "name a file, or - for standard input")
    }
    let isRegular = info.st_mode & S_IFMT == S_IFREG
    return try readToEnd(descriptor, path, expected: isRegular ? Int(info.st_size) : 0)
  }

  private static func readToEnd(_ descriptor: Int32, _ path: String, expected: Int) throws
    -> [UInt8]
  {
    try Memory.require(expected, for: "reading the file", file: path)
    // One byte more than expected, so that the end is seen without another allocation.
    var bytes = try block(descriptor, path, size: expected + 1)
    var isAtEnd = bytes.count <= expected
    // Pipes and the files of /proc do not say how long they are.
    while !isAtEnd {
      let size = max(1 << 16, min(bytes.count, 1 << 24))
      if bytes.count + size > bytes.capacity {
        try Memory.require(2 * (bytes.count + size), for: "reading the file", file: path)
      }
      let more = try block(descriptor, path, size: size)
      bytes += more
      isAtEnd = more.count < size
    }
    return bytes
  }

  /// The next bytes; fewer than `size` only at the end of the file.
  private static func block(_ descriptor: Int32, _ path: String, size: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let step = read(descriptor, buffer.baseAddress! + count, size - count)
        if step == 0 { break }
        if step > 0 {
          count += step
        } else if errno != EINTR {
          throw SystemError.file("cannot read the file", path, errno)
        }
      }
    }
  }
}
