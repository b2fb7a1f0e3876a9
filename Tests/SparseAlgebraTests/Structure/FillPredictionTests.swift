import Testing

@testable import SparseAlgebra

@Suite struct `A fill prediction` {
  static let order = 20_000

  static func easyPatterns() throws -> [(String, SparsePattern)] {
    let n = order
    return [
      ("lattice", try SparseMatrix(rows: latticeRows(141) { _, _ in 1 }).pattern),
      (
        "lattice with a hub",
        try SparseMatrix(rows: latticeRows(100) { _, _ in 1 }.map { $0.merging([0: 1]) { $1 } })
          .pattern
      ),
      ("band", try pattern(order: n) { Array(max($0 - 5, 0)...min($0 + 5, n - 1)) }),
      ("ring", try pattern(order: n) { [($0 + 1) % n] }),
      ("tree", try pattern(order: n) { [max(($0 - 1) / 2, 0)] }),
      ("in-star", try pattern(order: n) { $0 == 0 ? Array(0..<n) : [] }),
      ("out-star", try pattern(order: n) { _ in [0] }),
      ("small blocks", try pattern(order: n) { Array($0 / 8 * 8..<$0 / 8 * 8 + 8) }),
      ("blocks of rings", try pattern(order: n) { [$0 / 100 * 100 + ($0 + 1) % 100] }),
      // Two binary trees that share their 4096 leaves: levels are wide, but the treewidth is 2.
      (
        "mirrored trees",
        try pattern(order: 12_286) { vertex in
          let root = 8191
          if vertex > root { return [root + (vertex - root - 1) / 2] }
          let parent = max((vertex - 1) / 2, 0)
          return (4095..<root).contains(vertex) ? [parent, root + parent] : [parent]
        }
      ),
    ]
  }

  @Test(.tags(.slow), .unlessFast) func `lets patterns with small separators pass`() throws {
    for (name, pattern) in try Self.easyPatterns() {
      for prediction in [FillPrediction(levelsOf: pattern), FillPrediction(pattern)] {
        #expect(prediction.isFeasible(maximumBytes: 1e8, maximumFlops: 1e9), "\(name)")
        #expect(prediction.order == pattern.rowCount)
      }
      #expect(FillPrediction(levelsOf: pattern).largestFront <= 300, "\(name)")
    }
  }

  @Test(.tags(.slow), .unlessFast, arguments: [2, 4, 10])
  func `stops large expanders`(_ degree: Int) throws {
    let pattern = try randomPattern(order: Self.order, degree: degree, seed: UInt64(degree))
    let levels = FillPrediction(levelsOf: pattern)
    let ordering = try FillPrediction(orderingOf: pattern)
    #expect(FillPrediction(pattern) == ordering)
    for prediction in [levels, ordering] {
      #expect(!prediction.isFeasible(maximumBytes: 1e8, maximumFlops: 1e10))
      #expect(prediction.largestFront > Self.order / 20)
      #expect(prediction.largestFront <= Self.order)
    }
    // The crude measure must be of the right magnitude.
    #expect(levels.flops < 30 * ordering.flops && levels.flops > ordering.flops / 30)
  }

  @Test func `measures the width of a lattice and of a band`() throws {
    let lattice = try SparseMatrix(rows: latticeRows(50) { _, _ in 1 }).pattern
    #expect((50...150).contains(FillPrediction(levelsOf: lattice).largestFront))
    // Numbered so that vertex 0 lies in the middle, from where levels spread to both sides.
    let band = try pattern(order: 3000) { vertex in
      let place = (vertex + 1500) % 3000
      return (max(place - 9, 0)...min(place + 9, 2999)).map { ($0 + 1500) % 3000 }
    }
    #expect((9...10).contains(FillPrediction(levelsOf: band).largestFront))
  }

  @Test func `sees a lattice behind the triangles on its edges`() throws {
    let side = 30
    var edges: [(Int, Int)] = []
    for vertex in 0..<side * side {
      if vertex % side + 1 < side { edges.append((vertex, vertex + 1)) }
      if vertex + side < side * side { edges.append((vertex, vertex + side)) }
    }
    var neighbours = [[Int]](repeating: [], count: side * side)
    for (a, b) in edges { neighbours[a].append(b) }
    let plain = try pattern(order: neighbours.count) { neighbours[$0] }
    neighbours += edges.map { [$0.0, $0.1] }
    let decorated = try pattern(order: neighbours.count) { neighbours[$0] }
    let front = FillPrediction(levelsOf: plain).largestFront
    #expect((side - 2...side + 2).contains(front))
    #expect(FillPrediction(levelsOf: decorated).largestFront == front)
  }

  @Test(.tags(.slow), .unlessFast) func `lets small patterns pass whatever they are`() throws {
    let full = try pattern(order: 500) { _ in Array(0..<500) }
    let prediction = FillPrediction(full)
    #expect(prediction.isFeasible(maximumBytes: 1, maximumFlops: 1))
    #expect(FillPrediction(levelsOf: full).largestFront >= 499)
    #expect((450...500).contains(prediction.largestFront))
    let empty = try SparsePattern(rowCount: 0, columnCount: 0, rowStarts: [0], columns: [])
    #expect(FillPrediction(empty).largestFront == 0)
  }

  @Test(.tags(.slow), .unlessFast) func `sees dense blocks behind their many dense rows`() throws {
    let blocks = try pattern(order: 1200) { Array($0 / 400 * 400..<$0 / 400 * 400 + 400) }
    #expect((399...400).contains(FillPrediction(levelsOf: blocks).largestFront))
  }
}
