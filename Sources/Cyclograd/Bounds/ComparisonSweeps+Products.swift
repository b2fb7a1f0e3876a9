extension ComparisonSweeps {
  typealias Buffer = UnsafeMutableBufferPointer<Double>

  /// Memory that sweeps write to, row by row, without copies.
  final class Room {
    let buffer: Buffer

    init(_ count: Int) {
      buffer = .allocate(capacity: count)
      buffer.initialize(repeating: 0)
    }

    deinit { buffer.deallocate() }
  }

  /// A vector, and what a product multiplies: the vector itself, or its sums over pools.
  final class Vector {
    let values: Room
    let multiplied: Room

    init(_ count: Int) { (values, multiplied) = (Room(count), Room(count)) }
  }

  /// Takes what a sweep has written.
  func take<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ next: Buffer, into vector: Vector
  ) {
    let (values, multiplied) = (vector.values.buffer, vector.multiplied.buffer)
    for k in stage.neurons {
      values[k] = next[k]
      multiplied[k] = next[k]
    }
    guard isTransposed else { return }
    for pool in stage.pools {
      let total = pool.reduce(0.0) { A.sum($0, values[$1]) }
      for k in pool { multiplied[k] = total }
    }
  }

  /// What other stages, and b, give the rows of a stage; b later where pools come between.
  func enter<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ entries: [Double], _ b: UnsafeBufferPointer<Double>,
    from vector: Vector, into result: Buffer
  ) {
    let v = vector.multiplied.buffer
    rows(stage, arithmetic, entries, isInner: false, v, isPooled(stage) ? nil : b, result)
  }

  /// M v + b on the neurons of a stage.
  ///
  /// - Parameters:
  ///   - given: what ``enter(_:_:_:_:from:into:)`` found.
  ///   - extra: what is added, if anything.
  func sweep<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ entries: [Double], _ b: UnsafeBufferPointer<Double>,
    _ given: Buffer, _ extra: Buffer? = nil, from vector: Vector, into result: Buffer
  ) {
    let v = vector.multiplied.buffer
    rows(stage, arithmetic, entries, isInner: true, v, UnsafeBufferPointer(given), result)
    finish(stage, arithmetic, b, extra, result)
  }

  private func isPooled(_ stage: Stage) -> Bool { !isTransposed && !stage.pools.isEmpty }

  /// Sums over pools, and adds what comes behind them.
  func finish<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ b: UnsafeBufferPointer<Double>, _ extra: Buffer?,
    _ result: Buffer
  ) {
    if isPooled(stage) {
      for pool in stage.pools {
        let total = pool.reduce(0.0) { A.sum($0, result[$1]) }
        for k in pool { result[k] = total }
      }
      for k in stage.neurons where b[k] != 0 { result[k] = A.sum(result[k], b[k]) }
    }
    guard let extra else { return }
    for k in stage.neurons { result[k] = A.sum(result[k], extra[k]) }
  }

  /// Sums of products over the entries of each row that come from its own stage, or over the others.
  private func rows<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ entries: [Double], isInner: Bool, _ v: Buffer,
    _ first: UnsafeBufferPointer<Double>?, _ result: Buffer
  ) {
    let range = stage.neurons
    let pieces = Parallel.pieces(Int(starts[range.upperBound] - starts[range.lowerBound]))
    nonisolated(unsafe) let (v, first, result) = (v, first, result)
    // The body throws nothing.
    try? Parallel.forEach(pieces, threads: threads) { _, piece in
      starts.withUnsafeBufferPointer { starts in
        inner.withUnsafeBufferPointer { inner in
          columns.withUnsafeBufferPointer { columns in
            entries.withUnsafeBufferPointer { entries in
              for k in Parallel.part(piece, pieces, of: range, 1) {
                var sum = first?[k] ?? 0
                let split = Int(inner[k])
                for entry in isInner ? split..<Int(starts[k + 1]) : Int(starts[k])..<split {
                  let x = v[Int(columns[entry])]
                  if x != 0 { sum = A.sum(sum, A.product(entries[entry], x)) }
                }
                result[k] = sum
              }
            }
          }
        }
      }
    }
  }
}
