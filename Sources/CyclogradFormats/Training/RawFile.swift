import Cyclograd
import Glibc

/// Files that others provide: where they are, and whether they are the ones that are meant.
enum RawFile {
  /// The path of a table's file, or of one beside it that gzip compressed; the content is checked.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` that says where the file can be had, and by which digest
  ///   it is recognised.
  static func locate(_ table: DataRecipe.Table) throws -> String {
    let compressed = table.file + ".gz"
    let path: String
    if exists(table.file) {
      path = table.file
    } else if exists(compressed) {
      path = compressed
    } else {
      guard table.origin != nil || table.sha256 != nil else { return table.file }
      throw CyclogradError(
        .file, "the file is not there" + (table.origin.map { "; it is part of \($0)" } ?? ""),
        at: .init(file: table.file),
        advice: "put it there, or name its folder with --data"
          + (table.sha256.map { ". Its SHA-256 is \($0)" } ?? ""))
    }
    guard let expected = table.sha256 else { return path }
    let found = try InputFile.content(path).withBytes { SHA256.digest($0) }
    guard found == expected.lowercased() else {
      throw CyclogradError(
        .malformedFile, "the file's content has the SHA-256 \(found), not \(expected)",
        at: .init(file: path),
        advice: "get the file again" + (table.origin.map { " from \($0)" } ?? "")
          + ", or leave sha256 out to use it as it is")
    }
    return path
  }

  private static func exists(_ path: String) -> Bool {
    path == "-" || access(path, F_OK) == 0
  }
}
