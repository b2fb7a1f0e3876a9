import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite("Whole files are read")
struct InputFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func failure(_ path: String) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try InputFile.bytes(path) }
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 300_000])
  func contentIsComplete(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try InputFile.bytes(folder.write(bytes)) == bytes)
  }

  @Test func filesThatDoNotSayTheirSizeAreReadToTheEnd() throws {
    let text = String(decoding: try InputFile.bytes("/proc/self/status"), as: UTF8.self)
    #expect(text.contains("VmPeak") && text.hasSuffix("\n"))
    #expect(try InputFile.bytes("/dev/null").isEmpty)
  }

  @Test(arguments: [0, 1, 65_536, 65_537, 1_000_000])
  func pipesAreReadToTheEnd(_ count: Int) throws {
    let path = folder("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 17) }
    let writer = Thread { try? Data(bytes).write(to: URL(fileURLWithPath: path)) }
    writer.start()
    #expect(try InputFile.bytes(path) == bytes)
  }

  /// No other test may use standard input.
  @Test func standardInputIsReadToTheEnd() throws {
    let saved = dup(STDIN_FILENO)
    let file = open(try folder.write("1,2\n3,4\n"), O_RDONLY)
    try #require(saved >= 0 && file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO)
    defer {
      dup2(saved, STDIN_FILENO)
      close(saved)
      close(file)
    }
    #expect(try DataFile.read("-").matrix == Matrix([[1, 2], [3, 4]]))
    #expect(try InputFile.bytes("-").isEmpty)
    #expect(fcntl(STDIN_FILENO, F_GETFD) >= 0)
    // On Linux this opens the file again, from its beginning.
    #expect(try InputFile.bytes("/dev/stdin").count == 8)
  }

  @Test func errorsGiveTheReason() throws {
    let cases = [
      (folder("none"), "No such file or directory"), (folder.path, "Is a directory"),
      ("", "No such file or directory"), (try folder.write("x", "f") + "/g", "Not a directory"),
    ]
    for (path, reason) in cases {
      let error = failure(path)
      #expect(error?.code == .file)
      #expect(error?.location.file == path)
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
    #expect(failure(folder("f\u{0}g"))?.message.contains("NUL") == true)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func unreadableFiles() throws {
    let path = try folder.write("x", "f")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    #expect(failure(path)?.message.contains("Permission denied") == true)
  }

  @Test func filesLargerThanMemoryAreRefused() throws {
    let path = try folder.write("", "huge")
    try #require(truncate(path, 1 << 42) == 0)
    let error = failure(path)
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("\(1 << 42)") == true)
  }
}
