/// Room for what the pieces of a sweep measure, for each lane, and for the lanes that take part in it.
final class SweepMeasures {
  let lanes: Int
  /// The largest change in each piece; after ``reduceStep(_:measuresError:)`` and the like that of all pieces stands first.
  let change: UnsafeMutablePointer<Double>
  /// The largest |next z|, or the largest |d| before and after, likewise.
  let size: UnsafeMutablePointer<Double>
  /// The largest backward error, likewise, where it was measured.
  let error: UnsafeMutablePointer<Double>
  /// What backward errors are relative to at least, for each lane; positive.
  let least: UnsafeMutablePointer<Double>
  /// The largest |d| of each lane so far, to which the accuracy of an adjoint is relative.
  let downstream: UnsafeMutablePointer<Double>
  /// max |z| of each lane's present iterate.
  let present: UnsafeMutablePointer<Double>
  /// For each lane all bits while it takes part in sweeps.
  let running: UnsafeMutablePointer<Int64>

  init(lanes: Int) {
    self.lanes = lanes
    let count = Parallel.mostPieces * lanes
    change = .allocate(capacity: 3 * count + 3 * lanes)
    change.initialize(repeating: 0, count: 3 * count + 3 * lanes)
    size = change + count
    error = size + count
    least = error + count
    downstream = least + lanes
    present = downstream + lanes
    least.update(repeating: .leastNormalMagnitude, count: lanes)
    running = .allocate(capacity: lanes)
    running.initialize(repeating: -1, count: lanes)
  }

  deinit {
    change.deallocate()
    running.deallocate()
  }

  /// Puts the largest numbers that the pieces of a step have found in the first piece's place.
  func reduceStep(_ pieces: Int, measuresError: Bool) {
    reduce(change, pieces)
    reduce(size, pieces)
    if measuresError { reduce(error, pieces) }
  }

  /// The same for an adjoint step, which measures no backward error.
  func reduceAdjointStep(_ pieces: Int) {
    reduce(change, pieces)
    reduce(size, pieces)
  }

  /// Raises a number for each lane to the largest magnitude of a vector that has `count` numbers for each.
  static func raise(
    _ sizes: UnsafeMutablePointer<Double>, to vector: UnsafePointer<Double>, count: Int, lanes: Int
  ) {
    if lanes == 1 {
      // Numbers without a sign are ordered as their bits are, what is not a number last.
      var bits = sizes[0].bitPattern
      for i in 0..<count { bits = max(bits, vector[i].magnitude.bitPattern) }
      let largest = Double(bitPattern: bits)
      if !largest.isNaN {
        sizes[0] = largest
        return
      }
    }
    for i in 0..<count {
      for b in 0..<lanes { sizes[b] = max(sizes[b], abs(vector[i * lanes + b])) }
    }
  }

  private func reduce(_ vector: UnsafeMutablePointer<Double>, _ pieces: Int) {
    // As in ``raise(_:to:count:lanes:)``: none has a sign, and what is not a number is the largest.
    for piece in 1..<max(1, pieces) {
      for b in 0..<lanes {
        let (known, value) = (vector[b].bitPattern, vector[piece * lanes + b].bitPattern)
        vector[b] = Double(bitPattern: max(known, value))
      }
    }
  }
}
