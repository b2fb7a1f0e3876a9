import SparseAlgebra
import Testing

@Suite struct `Room for vectors` {
  @Test(.tags(.slow), .unlessFast, arguments: [0, 1, 1000, 1 << 18, (1 << 19) + 7, 3_000_001])
  func `holds the numbers that were asked for, on pages of any size`(_ count: Int) {
    let storage = VectorStorage(count: count)
    #expect((0..<count).allSatisfy { storage.start[$0] == 0 })
    for index in 0..<count { storage.start[index] = Double(index) }
    #expect((0..<count).allSatisfy { storage.start[$0] == Double($0) })
    let array = [Double](onLargePages: count, repeating: 2.5)
    #expect(array.count == count && array.allSatisfy { $0 == 2.5 })
  }
}
