import SparseAlgebra
import TestSupport
import Testing

@Suite("Sums and products of rows of a dense matrix are those of slow loops")
struct DenseRowsTests {
  @Test("any width, any number of rows, in any order", arguments: [1, 7, 8, 15, 16, 31, 40, 77])
  func slowLoops(_ width: Int) {
    var random = TestRandom(UInt64(width))
    let stride = width + 3
    let values = (0..<10 * stride).map { _ in random.number(-1, 1) }
    let x = (0..<width).map { _ in random.number(-1, 1) }
    let start = (0..<width).map { _ in random.number(-1, 1) }
    for count in [0, 1, 3, 4, 9] {
      let places = (0..<count).map { _ in Int32(random.next() % 10) }
      let factors = places.map { _ in random.number(-2, 2) }
      let rows = DenseRows(places, stride: stride, width: width)
      var y = start
      rows.add(of: values, times: factors, to: &y)
      for i in 0..<width {
        // The order of the sum is that of the rows.
        var sum = start[i]
        for (place, factor) in zip(places, factors) {
          sum += factor * values[Int(place) * stride + i]
        }
        #expect(y[i] == sum)
      }
      var products = [Double](repeating: .nan, count: count)
      rows.multiply(values, by: x, into: &products)
      for (place, product) in zip(places, products) {
        let terms = (0..<width).map { x[$0] * values[Int(place) * stride + $0] }
        let size = terms.reduce(0) { $0 + abs($1) }
        #expect(abs(product - terms.reduce(0, +)) <= 1e-15 * Double(width + 1) * size)
        var alone = [Double.nan]
        DenseRows([place], stride: stride, width: width).multiply(values, by: x, into: &alone)
        #expect(alone == [product])
      }
    }
  }
}
