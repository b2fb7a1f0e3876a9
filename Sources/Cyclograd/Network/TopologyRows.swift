/// The rows of W or of its transpose: where each one's entries stand, and their columns.
///
/// Rows of copies that are equal up to a shift stand there once: they have the same entries, and a row's columns are
/// those that are stored plus its shift. So an entry, which says where a weight stands, may be one of several edges; an
/// edge is an entry of a row.
struct TopologyRows: Hashable, Sendable {
  /// Where each row's entries begin; where no rows share entries, one number more, and each ends where the next begins.
  private(set) var starts: [Int32]
  /// Where each row's entries end; empty where no rows share entries.
  private(set) var ends: [Int32]
  /// What is added to a row's columns; empty where no rows share entries.
  private(set) var shifts: [Int32]
  /// The columns as they are stored, ascending within each row.
  private(set) var columns: [Int32]

  /// Rows that follow one another.
  init(starts: [Int32], columns: [Int32]) {
    (self.starts, self.columns, ends, shifts) = (starts, columns, [], [])
  }

  /// Rows that may share entries, in which case their shifts may differ.
  init(starts: [Int32], ends: [Int32], shifts: [Int32], columns: [Int32]) {
    (self.starts, self.ends, self.shifts, self.columns) = (starts, ends, shifts, columns)
  }

  /// Whether each row has entries of its own.
  var isPlain: Bool { shifts.isEmpty }

  /// How many rows there are.
  var count: Int { isPlain ? starts.count - 1 : starts.count }

  /// The entries of a row.
  @inline(__always)
  subscript(row: Int) -> Range<Int> {
    Int(starts[row])..<Int(isPlain ? starts[row + 1] : ends[row])
  }

  /// What is added to the columns of a row.
  @inline(__always)
  func shift(_ row: Int) -> Int { isPlain ? 0 : Int(shifts[row]) }

  /// The column of a row's entry.
  @inline(__always)
  func column(_ entry: Int, row: Int) -> Int { Int(columns[entry]) + shift(row) }

  /// How many entries some rows have together.
  func edgeCount(_ rows: Range<Int>) -> Int {
    if isPlain { return Int(starts[rows.upperBound] - starts[rows.lowerBound]) }
    return rows.reduce(0) { $0 + self[$1].count }
  }

  /// How many numbers of 32 bits are held.
  var words: Int { starts.count + ends.count + shifts.count + columns.count }

  /// The most entries that a row has.
  var longest: Int { (0..<count).reduce(0) { max($0, self[$1].count) } }

  /// The same rows, each with entries of its own, and for each entry the one that it was.
  func writtenOut() -> (rows: TopologyRows, entries: [Int32]) {
    if isPlain { return (self, columns.indices.map { Int32($0) }) }
    let total = edgeCount(0..<count)
    var (newStarts, newColumns, entries) = ([Int32(0)], [Int32](), [Int32]())
    newStarts.reserveCapacity(count + 1)
    newColumns.reserveCapacity(total)
    entries.reserveCapacity(total)
    for row in 0..<count {
      for entry in self[row] {
        newColumns.append(Int32(column(entry, row: row)))
        entries.append(Int32(entry))
      }
      newStarts.append(Int32(newColumns.count))
    }
    return (TopologyRows(starts: newStarts, columns: newColumns), entries)
  }

  /// Calls `body` with pointers to where each row of a range begins and ends.
  func withBounds(
    _ rows: Range<Int>, _ body: (UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
  ) {
    starts.withUnsafeBufferPointer { starts in
      let begin = starts.baseAddress! + rows.lowerBound
      if isPlain { return body(begin, begin + 1) }
      ends.withUnsafeBufferPointer { body(begin, $0.baseAddress! + rows.lowerBound) }
    }
  }

  /// Neighbouring rows of one shift, which products take together; the whole range where rows are plain.
  func forEachRun(of rows: Range<Int>, _ body: (Range<Int>) -> Void) {
    var first = rows.lowerBound
    while first < rows.upperBound {
      var end = isPlain ? rows.upperBound : first + 1
      while end < rows.upperBound, shifts[end] == shifts[first] { end += 1 }
      body(first..<end)
      first = end
    }
  }
}

extension Network {
  /// The entries of a unit's row of W: the edges that enter it.
  @inline(__always)
  func inEdges(of unit: Int) -> Range<Int> { rows[unit] }

  /// The neuron that one of the edges into a unit comes from.
  @inline(__always)
  func sourceNeuron(of edge: Int, into unit: Int) -> Int { rows.column(edge, row: unit) }

  /// Wᵀ; found now if it was not kept, so who asks for many edges takes it once.
  var transpose: Transpose { transposes.whole }

  /// What is added to the columns of a neuron's row of Wᵀ.
  func transposeShift(of neuron: Int) -> Int { isRolled ? transpose.rows.shift(neuron) : 0 }

  /// Whether copies of a part share what is stored of them.
  var isRolled: Bool { !rows.isPlain }
}
