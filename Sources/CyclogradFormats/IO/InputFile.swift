import Cyclograd
import Glibc
import Synchronization

/// Reads whole files.
public enum InputFile {
  /// The content of a file; `-` is standard input.
  ///
  /// Content that gzip compressed is inflated, whatever the file is called: concatenated members,
  /// with their checksums and lengths compared. A file that does not fit into the available memory
  /// is refused, and so is one that expands out of all proportion.
  public static func bytes(_ path: String) throws -> [UInt8] {
    try content(path).array()
  }

  /// The content of a file, inflated if gzip compressed it.
  static func content(_ path: String) throws -> FileContent {
    try inflated(stored(path), path)
  }

  static func inflated(_ content: FileContent, _ path: String) throws -> FileContent {
    try GzipReader.isGzip(content) ? GzipReader(content, file: path).readToEnd() : content
  }

  /// What standard input and pipes had to say, by their paths; `nil` where it is not kept.
  private static let streams = Mutex<[String: FileContent]?>(nil)

  /// From now on keeps what is read from standard input and from pipes, so that it can be read again: a command may look
  /// at a header first, and at the numbers later. A program that reads new things from the same pipe must not.
  public static func keepStreams() {
    streams.withLock { $0 = $0 ?? [:] }
  }

  /// The content of a file as it is stored.
  static func stored(_ path: String) throws -> FileContent {
    if let kept = streams.withLock({ $0?[path] }) { return kept }
    let (content, isStream) = try read(path)
    if isStream { streams.withLock { $0?[path] = content } }
    return content
  }

  private static func read(_ path: String) throws -> (content: FileContent, isStream: Bool) {
    try SystemError.checkPath(path)
    let isStandardInput = path == "-"
    let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError.file("cannot open the file", path, errno) }
    var isMine = !isStandardInput
    defer { if isMine { close(descriptor) } }

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
    let size = info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : 0
    // Standard input may have been read in part already; only the rest is meant.
    if !isStandardInput, size >= small {
      isMine = false
      return (FileContent(descriptor: descriptor, count: size, path: path), false)
    }
    let content = try readToEnd(descriptor, path, expected: size)
    return (content, isStandardInput || info.st_mode & S_IFMT != S_IFREG)
  }

  /// Smaller files are read at once.
  private static let small = 1 << 20

  private static func readToEnd(
    _ descriptor: Int32, _ path: String, expected: Int
  ) throws -> FileContent {
    var output = GrowingBuffer(for: "reading the file", file: path)
    // One byte more than expected, so that the end is seen without another allocation. Pipes and
    // the files of /proc do not say how long they are.
    var size = max(expected + 1, 1 << 12)
    while true {
      let room = try output.room(size)
      let step = Glibc.read(descriptor, room.baseAddress, room.count)
      if step == 0 { return output.finish() }
      if step > 0 {
        output.advance(step)
        size = output.count > expected ? 1 << 16 : 1
      } else if errno != EINTR {
        throw SystemError.file("cannot read the file", path, errno)
      }
    }
  }
}
