/// A matrix with one row for each target, some rows of which can be read without the others, such as one that lies on
/// a disk in shards.
package protocol RowSource: Sendable {
  var rowCount: Int { get }
  var columnCount: Int { get }

  /// About how many entries come before a row; exact for the first row and for the end.
  ///
  /// It divides rows among processes, so that it must be the same on all of them.
  func entryCount(beforeRow row: Int) -> Int

  /// The entries of some neighbouring rows, with their values, row after row.
  func entries(ofRows rows: Range<Int>) throws(CyclogradError) -> SparseEntries
}
