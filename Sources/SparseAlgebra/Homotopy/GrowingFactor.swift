/// L of L Lᵀ, a matrix that gains rows and columns at its end and loses them anywhere.
struct GrowingFactor: Sendable {
  /// The order of the matrix.
  private(set) var count = 0
  /// Row i begins at i · stride.
  private var elements: [Double] = []
  private var stride = 0

  private subscript(row: Int, column: Int) -> Double {
    get { elements[row * stride + column] }
    set { elements[row * stride + column] = newValue }
  }

  /// Adds a row of the matrix, whose last number is on the diagonal.
  ///
  /// - Parameters:
  ///   - row: its numbers to the left of the diagonal.
  ///   - square: the number on the diagonal.
  ///   - smallest: what must be left of it.
  /// - Returns: the row of L without its last number, and this; `nil` if the row depends on those before it.
  /// - Complexity: O(count²).
  mutating func append(
    _ row: [Double], square: Double, smallest: Double
  ) -> (row: [Double], pivot: Double)? {
    var row = row
    solveForwards(&row)
    let rest = row.reduce(square) { $0 - $1 * $1 }
    guard rest > smallest else { return nil }
    let pivot = rest.squareRoot()
    makeRoom()
    for (column, value) in row.enumerated() { self[count, column] = value }
    self[count, count] = pivot
    count += 1
    return (row, pivot)
  }

  private mutating func makeRoom() {
    guard count == stride else { return }
    let wider = max(32, 2 * stride)
    var moved = [Double](repeating: 0, count: wider * wider)
    for row in 0..<count {
      for column in 0...row { moved[row * wider + column] = self[row, column] }
    }
    (elements, stride) = (moved, wider)
  }

  /// Takes a row and column out: rotations give the rows below their triangle back.
  ///
  /// - Parameter solution: y of L y = b, which becomes that of what is left.
  mutating func remove(_ place: Int, rotating solution: inout [Double]) {
    for row in place + 1..<count {
      // Rows move up; column `row` of what was this row has to go.
      for column in 0...row { self[row - 1, column] = self[row, column] }
    }
    count -= 1
    for row in place..<count {
      let (a, b) = (self[row, row], self[row, row + 1])
      let length = (a * a + b * b).squareRoot()
      let (cosine, sine) = (a / length, b / length)
      func rotate(_ x: inout Double, _ y: inout Double) {
        (x, y) = (cosine * x + sine * y, cosine * y - sine * x)
      }
      for below in row..<count {
        let first = below * stride + row
        var (x, y) = (elements[first], elements[first + 1])
        rotate(&x, &y)
        (elements[first], elements[first + 1]) = (x, y)
      }
      var (x, y) = (solution[row], solution[row + 1])
      rotate(&x, &y)
      (solution[row], solution[row + 1]) = (x, y)
    }
    solution.removeLast()
  }

  /// The solution of L Lᵀ x = b.
  func solve(_ right: [Double]) -> [Double] {
    var x = right
    solveForwards(&x)
    solveBackwards(&x)
    return x
  }

  /// x becomes the solution of L y = x.
  func solveForwards(_ x: inout [Double]) {
    x.withUnsafeMutableBufferPointer { x in
      elements.withUnsafeBufferPointer { elements in
        guard let x = x.baseAddress, let first = elements.baseAddress else { return }
        for i in 0..<count {
          let row = first + i * stride
          x[i] = (x[i] - Self.product(row, x, i)) / row[i]
        }
      }
    }
  }

  /// x becomes the solution of Lᵀ y = x.
  func solveBackwards(_ x: inout [Double]) {
    x.withUnsafeMutableBufferPointer { x in
      elements.withUnsafeBufferPointer { elements in
        guard let x = x.baseAddress, let first = elements.baseAddress else { return }
        for i in (0..<count).reversed() {
          let row = first + i * stride
          x[i] /= row[i]
          let value = x[i]
          for k in 0..<i { x[k] -= row[k] * value }
        }
      }
    }
  }

  /// Σ a[i] b[i], eight sums side by side.
  private static func product(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    var sums = SIMD8<Double>.zero
    var i = 0
    while i + 8 <= count {
      let x = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Double>.self)
      let y = UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Double>.self)
      sums += x * y
      i += 8
    }
    var sum = sums.sum()
    while i < count {
      sum += a[i] * b[i]
      i += 1
    }
    return sum
  }
}
