import Testing

@testable import Cyclograd

@Suite("Neighbourhoods and convolutions")
struct NeighborhoodTests {
  struct Found: Hashable {
    var target: Int
    var source: Int
    var kernel: Int
  }

  static let windows: [Neighborhood] = {
    var result: [Neighborhood] = []
    for (rows, columns) in [(1, 1), (2, 3), (3, 3), (4, 1)] {
      for stride in [Neighborhood.Pair(1, 1), .init(2, 1), .init(2, 3)] {
        for offset in [nil, Neighborhood.Pair(0, 0), .init(-2, 1), .init(3, -7)] {
          for boundary in Neighborhood.Boundary.allCases {
            for channels in Neighborhood.Channels.allCases {
              result.append(
                Neighborhood(
                  rows, columns, stride: stride, offset: offset, boundary: boundary,
                  channels: channels))
            }
          }
        }
      }
    }
    return result
  }()

  /// By the definition: for each target and source, which kernel positions join them.
  static func bruteForce(_ window: Neighborhood, from: [Int], to: [Int]) -> Set<Found> {
    let (p, q) = (window.kernel.rows, window.kernel.columns)
    // Centred: one half below, the larger half above for even sizes.
    let offset = window.offset ?? .init(-((p - 1) / 2), -((q - 1) / 2))
    var result = Set<Found>()
    for target in 0..<to.reduce(1, *) {
      let (d, i, j) = (target / (to[1] * to[2]), target / to[2] % to[1], target % to[2])
      for source in 0..<from.reduce(1, *) {
        let (c, row, column) = (
          source / (from[1] * from[2]), source / from[2] % from[1], source % from[2]
        )
        if window.channels == .oneToOne && c != d { continue }
        for u in 0..<p {
          for v in 0..<q {
            let (y, x) = (
              i * window.stride.rows + u + offset.rows,
              j * window.stride.columns + v + offset.columns
            )
            let meets =
              window.boundary == .zero
              ? y == row && x == column
              : (y - row) % from[1] == 0 && (x - column) % from[2] == 0
            if meets {
              let pair = window.channels == .all ? d * from[0] + c : d
              result.insert(Found(target: target, source: source, kernel: (pair * p + u) * q + v))
            }
          }
        }
      }
    }
    return result
  }

  @Test("Every window agrees with the definition", arguments: [0, 1, 2])
  func definition(shapes: Int) throws {
    let (from, to) = [
      ([1, 5, 6], [1, 5, 6]), ([2, 4, 5], [2, 3, 2]), ([3, 4, 4], [2, 4, 4]),
    ][shapes]
    for window in Self.windows {
      if window.channels == .oneToOne && from[0] != to[0] { continue }
      let expander = PatternExpander(
        pattern: .neighborhood(window), from: Group("a", shape: from), to: Group("b", shape: to),
        excludesSelf: false, stream: CounterRandom(seed: 0, purpose: .pattern, index: 0))
      var found: [Found] = []
      try expander.expand { found.append(Found(target: $0, source: $1, kernel: $2)) }
      #expect(Set(found).count == found.count, "\(window)")
      #expect(Set(found) == Self.bruteForce(window, from: from, to: to), "\(window)")
      #expect(found.allSatisfy { (0..<expander.kernelSize!).contains($0.kernel) })
      #expect(zip(found, found.dropFirst()).allSatisfy { $0.target <= $1.target })
      #expect(
        found.count
          <= PatternExpander.expectedCount(
            .neighborhood(window), from: expander.from, to: expander.to))
    }
  }

  @Test("A plain size is one row, and two extents are one channel")
  func shapes() throws {
    for (shape, full) in [([6], [1, 1, 6]), ([2, 3], [1, 2, 3])] {
      let window = Neighborhood(1, 3)
      let expander = PatternExpander(
        pattern: .neighborhood(window), from: Group("a", shape: shape),
        to: Group("b", shape: shape), excludesSelf: false,
        stream: CounterRandom(seed: 0, purpose: .pattern, index: 0))
      var found = Set<Found>()
      try expander.expand { found.insert(Found(target: $0, source: $1, kernel: $2)) }
      #expect(found == Self.bruteForce(window, from: full, to: full))
    }
  }

  @Test("A convolution's gradient is the sum over its edges")
  func convolution() throws {
    let window = Neighborhood(2, 3, stride: .init(1, 2))
    let kernel = TestRandom.vector(2 * 2 * 6).map { $0 * 0.2 }
    func graph(_ weight: ParameterRule) -> Graph {
      Graph("convolution", seed: 1) {
        Group("x", shape: [2, 4, 6], role: .input)
        Group("h", shape: [2, 4, 3], role: .output, activation: .tanh)
        Connection("x", to: "h", .neighborhood(window), weight: weight)
        Connection("h", to: "h", .neighborhood(Neighborhood(3, 3)), weight: .single(0.05))
      }
    }
    let tied = try Problem(graph(.kernel(.list(kernel))))
    #expect(tied.network.weightParameterCount == kernel.count + 1)
    try tied.expectAgreement("direct")

    // The same weights, each a parameter of its own.
    let found = Self.bruteForce(window, from: [2, 4, 6], to: [2, 4, 3])
    let ordered = found.sorted {
      ($0.target, $0.kernel) < ($1.target, $1.kernel)
    }
    let free = try Problem(graph(.init(.list(ordered.map { kernel[$0.kernel] }))))
    let states = try [tied, free].map {
      try Simulator($0.network).equilibrium($0.parameters, inputs: $0.inputMatrix)
    }
    #expect(states[0].states == states[1].states)
    let gradients = try zip([tied, free], states).map { problem, state in
      try Simulator(problem.network).gradient(
        of: .halfSquaredError, targets: tied.targetMatrix, at: state)
    }
    // Sum the free gradients by kernel position, through names.
    let positions = Dictionary(
      uniqueKeysWithValues: found.map { ("x.\($0.source) h.\($0.target)", $0.kernel) })
    var sums = [Double](repeating: 0, count: kernel.count)
    free.network.forEachParameterUse { use in
      if let source = use.source, let kernel = positions["\(source) \(use.target)"] {
        sums[kernel] += gradients[1].parameters[use.parameter]
      }
    }
    var ours = [Double](repeating: .nan, count: kernel.count)
    tied.network.forEachParameterUse { use in
      if let source = use.source, let kernel = positions["\(source) \(use.target)"] {
        ours[kernel] = gradients[0].parameters[use.parameter]
      }
    }
    #expect(relativeDifference(ours, sums) < 1e-13)
  }

  @Test("A kernel beyond the grid costs no more than the grid")
  func largeKernel() throws {
    for dilation in [1, 2] {
      for offset in [nil, Neighborhood.Pair(-1_000_000_001, 0)] {
        let window = Neighborhood(
          2_147_483_645, 1, offset: offset, dilation: .init(dilation, 1))
        let expander = PatternExpander(
          pattern: .neighborhood(window), from: Group("a", shape: [1, 5, 4]),
          to: Group("b", shape: [1, 5, 4]), excludesSelf: false,
          stream: CounterRandom(seed: 0, purpose: .pattern, index: 0))
        let start = offset?.rows ?? -(dilation * 2_147_483_644 / 2)
        var found: [[Int]] = []
        try expander.expand { target, source, tag in found.append([target, source, tag]) }
        var expected: [[Int]] = []
        for target in 0..<20 {
          for row in 0..<5 where (row - target / 4 - start) % dilation == 0 {
            expected.append(
              [target, row * 4 + target % 4, (row - target / 4 - start) / dilation])
          }
        }
        #expect(found == expected)
        #expect(try EdgeCounts(expander).exact(before: 20).all == expected.count)
      }
    }
  }

  @Test("Windows that make no sense are refused")
  func refused() {
    let bad: [(Neighborhood, [Int], [Int])] = [
      (Neighborhood(0, 1), [4, 4], [4, 4]), (Neighborhood(1, -1), [4, 4], [4, 4]),
      (Neighborhood(1, 1, stride: .init(0, 1)), [4, 4], [4, 4]),
      (Neighborhood(5, 1, boundary: .wrap), [4, 4], [4, 4]),
      (Neighborhood(1, 1, channels: .oneToOne), [2, 4, 4], [3, 4, 4]),
      (Neighborhood(1, 1, offset: .init(.max, 0)), [4, 4], [4, 4]),
      (Neighborhood(1, 1, offset: .init(0, .min)), [4, 4], [4, 4]),
      (Neighborhood(1, 1, stride: .init(.max, 1)), [4, 4], [4, 4]),
      (Neighborhood(.max, 1), [4, 4], [4, 4]), (Neighborhood(.max, .max), [4, 4], [4, 4]),
    ]
    for (window, from, to) in bad {
      let graph = Graph("bad") {
        Group("a", shape: from)
        Group("b", shape: to)
        Connection("a", to: "b", .neighborhood(window), weight: .kernel(0.1))
      }
      #expect(throws: CyclogradError.self, "\(window)") { try graph.compile() }
    }
  }
}
