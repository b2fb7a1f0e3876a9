import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite("Files are written whole or not at all")
struct AtomicFileTests {
  private struct Interruption: Error {}
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func failure(_ path: String, _ text: String = "new") -> CyclogradError? {
    #expect(throws: CyclogradError.self) {
      try AtomicFile.write(to: path) { try $0.write(text) }
    }
  }

  @Test func contentArrivesWhateverItsSize() throws {
    let line = String(repeating: "äx", count: 700) + "\n"
    let large = [UInt8](repeating: 65, count: 200_000)
    let result = try AtomicFile.write(to: folder("f")) { file in
      for _ in 0..<100 { try file.write(line) }
      try file.write(large)
      try file.write(number: 0.1)
      try file.write(" ")
      try file.write(number: -3)
      try file.write("")
      return 42
    }
    #expect(result == 42)
    let expected =
      String(repeating: line, count: 100) + String(decoding: large, as: UTF8.self) + "0.1 -3"
    #expect(try folder.content("f") == expected)
    #expect(try folder.names == ["f"])
  }

  @Test func numbersAreShortAndNaNHasNoSign() {
    #expect(FileWriter.text(of: 0.1) == "0.1")
    #expect(FileWriter.text(of: -.nan) == "nan")
    #expect(FileWriter.text(of: -.infinity) == "-inf")
    #expect(FileWriter.text(of: .leastNonzeroMagnitude) == "5e-324")
  }

  @Test func aFailingBodyLeavesEverythingAsItWas() throws {
    let path = try folder.write("old", "f")
    for name in ["f", "g"] {
      #expect(throws: Interruption.self) {
        try AtomicFile.write(to: folder(name)) { file in
          try file.write(String(repeating: "x", count: 100_000))
          throw Interruption()
        }
      }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try folder.names == ["f"])
  }

  @Test func permissionsOfExistingFilesAreKept() throws {
    let path = try folder.write("old", "f")
    for mode in [0o600, 0o640, 0o777] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      try AtomicFile.write(to: path) { try $0.write("new") }
      #expect(try folder.permissions("f") == mode)
    }
    #expect(try folder.content("f") == "new")
  }

  @Test func newFilesFollowTheUmask() throws {
    #expect(FileManager.default.createFile(atPath: folder("plain"), contents: nil))
    let descriptor = open(folder("reference"), O_CREAT | O_WRONLY, 0o666)
    #expect(descriptor >= 0 && close(descriptor) == 0)
    try AtomicFile.write(to: folder("f")) { try $0.write("new") }
    #expect(try folder.permissions("f") == folder.permissions("reference"))
  }

  @Test func linksStayLinks() throws {
    let path = try folder.write("old", "target")
    for (link, target) in [("relative", "target"), ("absolute", path), ("twice", "relative")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder(link), withDestinationPath: target)
      try AtomicFile.write(to: folder(link)) { try $0.write(link) }
      #expect(try folder.content("target") == link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder(link)) == target)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder("dangling"), withDestinationPath: "fresh")
    try AtomicFile.write(to: folder("dangling")) { try $0.write("x") }
    #expect(try folder.content("fresh") == "x")
    try FileManager.default.createSymbolicLink(
      atPath: folder("loop"), withDestinationPath: "loop")
    #expect(failure(folder("loop"))?.message.contains("symbolic links") == true)
  }

  @Test func impossiblePathsAreRefusedWithTheReason() throws {
    let file = try folder.write("old", "f")
    let cases = [
      (folder("none/f"), "No such file or directory"), (folder.path, "Is a directory"),
      (file + "/g", "Not a directory"), (folder("new/"), "No such file or directory"),
      ("", "No such file or directory"),
      (folder(String(repeating: "n", count: 300)), "File name too long"),
    ]
    for (path, reason) in cases {
      let error = failure(path)
      #expect(error?.code == .file)
      #expect(error?.location.file == path)
      #expect(error?.message.contains(reason) == true, "\(path): \(error?.message ?? "")")
    }
    #expect(failure(folder("a\u{0}b"))?.message.contains("NUL") == true)
    #expect(try folder.names == ["f"])
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func protectedFilesAndFoldersStayAsTheyAre() throws {
    let path = try folder.write("old", "f")
    try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
    #expect(failure(path)?.message.contains("Permission denied") == true)
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
    #expect(failure(folder("g"))?.message.contains("Permission denied") == true)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
    #expect(try folder.names == ["f"])
  }

  @Test func aFailingRenameRemovesTheTemporaryFile() throws {
    let error = #expect(throws: CyclogradError.self) {
      try AtomicFile.write(to: folder("f")) { file in
        try file.write("x")
        try FileManager.default.createDirectory(
          atPath: folder("f"), withIntermediateDirectories: false)
      }
    }
    #expect(error?.code == .file)
    #expect(error?.message.contains("Is a directory") == true)
    #expect(try folder.names == ["f"])
  }

  @Test(arguments: [1, 1_000_000])
  func aFullDiskIsReported(_ count: Int) {
    let error = failure("/dev/full", String(repeating: "x", count: count))
    #expect(error?.code == .file)
    #expect(error?.message.contains("No space left on device") == true)
  }

  @Test func anErrorThatTheBodyHidesStillFailsTheWriting() {
    #expect(throws: CyclogradError.self) {
      try AtomicFile.write(to: "/dev/full") { file in
        try? file.write([UInt8](repeating: 0, count: 100_000))
      }
    }
  }

  @Test func devicesArePutThrough() throws {
    try AtomicFile.write(to: "/dev/null") { try $0.write("x") }
    #expect(FileManager.default.isWritableFile(atPath: "/dev/null"))
    #expect(failure("/dev/fd/999999")?.code == .file)
  }

  @Test func openDescriptorsAreWrittenWhereTheyStand() throws {
    let descriptor = open(folder("f"), O_CREAT | O_RDWR, 0o666)
    #expect(write(descriptor, "ab", 2) == 2)
    try AtomicFile.write(to: "/dev/fd/\(descriptor)") { try $0.write("cd") }
    #expect(write(descriptor, "ef", 2) == 2)
    #expect(close(descriptor) == 0)
    #expect(try folder.content("f") == "abcdef")
  }
}
