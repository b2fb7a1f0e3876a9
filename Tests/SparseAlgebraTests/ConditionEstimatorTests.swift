import SparseAlgebra
import Testing

@Suite(.tags(.slow), .unlessFast) struct `The condition of an equilibrated matrix` {
  private func estimate(
    _ matrix: SparseMatrix, _ method: FactorizationMethod, _ estimator: inout ConditionEstimator
  ) throws -> Double {
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values)
    return try matrix.values.withUnsafeBufferPointer {
      try estimator.estimate(numeric, values: $0)
    }
  }

  private func estimate(
    _ dense: [[Double]], _ method: FactorizationMethod
  ) throws -> Double {
    var estimator = ConditionEstimator(order: dense.count)
    return try estimate(try SparseMatrix(dense: dense), method, &estimator)
  }

  private func powersOfTen(
    _ count: Int, decades: Int, _ generator: inout TestRandom
  ) -> [Double] {
    (0..<count).map { _ in
      let exponent = Int.random(in: -decades...decades, using: &generator)
      return Double("1e\(exponent)")!
    }
  }

  @Test(arguments: generalMethods)
  func `is small for a cycle of a large and a small weight`(
    _ method: FactorizationMethod
  ) throws {
    #expect(try estimate([[1, -1e9], [-5e-10, 1]], method) < 20)
    #expect(try estimate([[1, -5e-10], [-1e9, 1]], method) < 20)
    #expect(try estimate([[1, -1e200], [-5e-201, 1]], method) < 20)
  }

  @Test(arguments: FactorizationMethod.available)
  func `is large where two rows are nearly the same`(_ method: FactorizationMethod) throws {
    let condition = try estimate([[1, -1], [-1, 1 + 1e-9]], method)
    #expect(condition > 3.9e9 && condition < 8.1e9)
  }

  @Test(arguments: generalMethods)
  func `is 1 for diagonal matrices of any scale, and for none`(
    _ method: FactorizationMethod
  ) throws {
    #expect(try estimate([], method) == 1)
    #expect(try estimate([[-7e-290]], method) == 1)
    let diagonal = [3.0, -1e-9, 4e12]
    let dense = (0..<3).map { i in (0..<3).map { $0 == i ? diagonal[i] : 0 } }
    let condition = try estimate(dense, method)
    #expect(condition >= 1 && condition < 8)
  }

  @Test(arguments: generalMethods, [0, 4, 12])
  func `is within a factor of the truth for random matrices`(
    _ method: FactorizationMethod, _ decades: Int
  ) throws {
    var estimates = 0
    var close = 0
    var estimator = ConditionEstimator(order: 0)
    for order in [1, 2, 3, 5, 8, 13, 20] {
      for seed in 0..<12 {
        var generator = TestRandom(UInt64(1000 * order + 10 * seed + decades))
        // With a small diagonal, conditions spread over some decades.
        let diagonal = seed.isMultiple(of: 2) ? 3.0 : 1e-3
        var matrix = try randomMatrix(
          order: order, degree: 1 + seed % 5, diagonal: diagonal, using: &generator)
        guard let smallest = smallestCondition(matrix.dense), smallest.upper < 1e10 else {
          continue
        }
        let rows = powersOfTen(order, decades: decades, &generator)
        let columns = powersOfTen(order, decades: decades, &generator)
        for row in 0..<order {
          for entry in matrix.pattern.entries(ofRow: row) {
            matrix.values[entry] *= rows[row] * columns[Int(matrix.pattern.columns[entry])]
          }
        }
        let condition = try estimate(matrix, method, &estimator)

        let b = scaled(matrix.dense, estimator.rowScales, estimator.columnScales)
        let truth = rowNorm(b) * rowNorm(try #require(inverseByGaussJordan(b)))
        #expect(condition <= truth * (1 + 1e-5))
        #expect(condition >= truth / 10)
        // The scaling is nearly the best there is, whatever the matrix was scaled by.
        #expect(truth >= smallest.lower * (1 - 1e-5))
        #expect(truth <= smallest.upper * 100, "\(truth / smallest.upper)")
        estimates += 1
        if condition >= truth / 3 { close += 1 }
      }
    }
    #expect(estimates > 60)
    #expect(Double(close) >= 0.95 * Double(estimates), "\(close) of \(estimates)")
  }

  @Test(arguments: generalMethods)
  func `does not depend on the units along a long cycle`(_ method: FactorizationMethod) throws {
    for seed in 0..<8 {
      var generator = TestRandom(UInt64(seed))
      let order = 40
      let units = powersOfTen(order, decades: 12, &generator)
      var plain = [[Double]](repeating: Array(repeating: 0, count: order), count: order)
      for i in 0..<order {
        plain[i][i] = 1
        plain[i][(i + 1) % order] = Double.random(in: -1.1...1.1, using: &generator)
      }
      let smallest = try #require(smallestCondition(plain))
      let condition = try estimate(scaled(plain, units, units.map { 1 / $0 }), method)
      #expect(condition >= smallest.lower / 10)
      #expect(condition <= smallest.upper * 100)
    }
  }

  @Test(arguments: generalMethods)
  func `is about 1 over the rounding error where only rounding made pivots`(
    _ method: FactorizationMethod
  ) throws {
    var found = 0
    for seed in 0..<40 {
      var generator = TestRandom(UInt64(seed))
      let order = 3 + seed % 10
      // The last row is the sum of the others, in whole numbers over 10; then I − W with rows of sum 0.
      var dense = (0..<order).map { _ in
        (0..<order).map { _ in Double(Int.random(in: -9...9, using: &generator)) }
      }
      if seed.isMultiple(of: 2) {
        for j in 0..<order { dense[order - 1][j] = (0..<order - 1).reduce(0) { $0 + dense[$1][j] } }
        dense = dense.map { $0.map { $0 / 10 } }
      } else {
        for i in 0..<order {
          for j in 0..<order { dense[i][j] = i == j ? 1 : -1 / Double(order - 1) }
        }
      }
      let rows = powersOfTen(order, decades: seed % 3 * 4, &generator)
      dense = scaled(dense, rows, [Double](repeating: 1, count: order))
      do {
        let condition = try estimate(dense, method)
        #expect(condition >= 0.01 / Double.ulpOfOne, "\(seed)")
        found += 1
      } catch let error as FactorizationError {
        #expect(error.code == .singular)
      }
    }
    #expect(found > 10)
  }

  @Test func `agrees between all methods`() throws {
    for order in [1, 2, 5, 30, 90] {
      var generator = TestRandom(UInt64(order))
      let matrix = try randomSymmetricMatrix(order: order, degree: 3, using: &generator)
      let estimates = try FactorizationMethod.available.map { method in
        var estimator = ConditionEstimator(order: order)
        return try estimate(matrix, method, &estimator)
      }
      for condition in estimates {
        #expect(abs(condition - estimates[0]) <= 1e-6 * estimates[0])
      }
    }
  }

  @Test func `is nearly that of I − D W for a factor of I − D^½ W D^½`() throws {
    for seed in 0..<20 {
      var generator = TestRandom(UInt64(seed))
      let order = 12
      let roots = (0..<order).map { _ in Double.random(in: 1e-3...1, using: &generator) }
      var symmetric = try randomSymmetricMatrix(order: order, degree: 2, using: &generator).dense
      for i in 0..<order {
        for j in 0..<order where i != j { symmetric[i][j] *= 0.9 * roots[i] * roots[j] }
        symmetric[i][i] = 1
      }
      let general = scaled(symmetric, roots, roots.map { 1 / $0 })
      for method in FactorizationMethod.available {
        guard
          method != .cholmod
            || (0..<order).allSatisfy({ i in
              symmetric[i].reduce(0) { $0 + abs($1) } < 2
            })
        else { continue }
        let one = try estimate(symmetric, method)
        let other = try estimate(general, .dense)
        #expect(one < 30 * other && other < 30 * one)
      }
    }
  }

  @Test(arguments: generalMethods)
  func `survives the ends of the range`(_ method: FactorizationMethod) throws {
    let plain: [[Double]] = [[2, 1, 0], [1, 3, -1], [0, 1, 2]]
    let ones = [1.0, 1, 1]
    for extremes in [
      [1e300, 1e300, 1e300], [1e-300, 1e-300, 1e-300], [0x1p-1030, 0x1p-1030, 0x1p-1030],
      [1e250, 1, 1e-250], [1e-250, 1e250, 1], [1e300, 1, 1e-300], [1e-300, 1e300, 1],
    ] {
      for (r, c) in [(extremes, ones), (ones, extremes)] {
        let matrix = try SparseMatrix(dense: scaled(plain, r, c))
        let numeric = try method.analyze(matrix.pattern).makeNumeric()
        // Some methods call such a matrix singular or overflow.
        guard (try? numeric.factor(matrix.values)) != nil else { continue }
        let condition = try numeric.equilibratedCondition(values: matrix.values)
        // Over almost the whole range, a solution may overflow.
        let isExtreme = extremes.max()! > 1e290 && extremes.min()! < 1e-290
        #expect(condition > 1)
        #expect(condition < 100 || isExtreme && condition == .infinity)
      }
    }
  }
}
