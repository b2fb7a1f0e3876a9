/// What follows from the rows of Wᵀ of a component's neurons.
final class OutRows: Sendable {
  /// For each neuron, where in its row the edges that leave the component begin.
  let outerStarts: [Int32]
  /// An order of the rows, edges within the component counted.
  let order: RowOrder?

  /// - Parameters:
  ///   - end: the first unit after those of the component, to which edges that leave it lead.
  ///   - order: that of the component that this one is a copy of.
  init(_ transpose: Transpose, _ neurons: Range<Int>, before end: Int, order: RowOrder??) {
    let starts = neurons.map { k in
      let row = transpose.edges(of: k)
      return Int32(row.partitioningIndex { transpose.targetUnit(of: $0, from: k) >= end })
    }
    outerStarts = starts
    self.order =
      order
      ?? RowOrder(neurons.count) {
        Int(starts[$0]) - transpose.edges(of: neurons.lowerBound + $0).lowerBound
      }
  }
}
