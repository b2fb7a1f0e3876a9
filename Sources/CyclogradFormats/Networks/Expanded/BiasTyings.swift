import Cyclograd

/// What one rule can say of the biases that the neurons of a block have in common, among each other or with other blocks.
///
/// Written neuron by neuron, each would be a group of its own, and a softmax over one neuron is another network.
struct BiasTyings {
  enum Tying {
    /// Each neuron has a parameter of its own, or its tie is given up.
    case own
    case single(Int32)
    /// One for each neuron, which other blocks have as well: `share` of lists, or of a module's instances.
    case list([Int32], share: String?)
    /// One for each channel.
    case kernel([Int32], share: String?)
  }

  /// For each block the tying of each of its units; `nil` where no rules can say it.
  private(set) var ofBlocks: [[Tying]?] = []

  init(_ network: ExpandedNetwork, hasMarks: Bool) {
    guard hasMarks else {
      ofBlocks = network.blocks.map { $0.activations.map { _ in .own } }
      return
    }
    var marks: [[[ExpandedNetwork.Marks]]] = []
    var unit = 0
    for block in network.blocks {
      let width = block.activations.count
      marks.append(
        (0..<width).map { offset in
          (0..<block.size).map { network.marks(unit + $0 * width + offset) }
        })
      unit += block.size * width
    }
    let lists = zip(network.blocks, marks).map { block, units in
      units.map { Self.list($0.map(\.tie), channels: block.channels) }
    }
    var listOfTie: [Int32: [Int32]] = [:]
    var uses: [Int32: Int] = [:]
    var broken: Set<Int32> = []
    for (units, unitLists) in zip(marks, lists) {
      for (unit, list) in zip(units, unitLists) {
        for tie in Set(unit.map(\.tie)) where tie >= 0 {
          if list == nil || listOfTie[tie, default: list ?? []] != list { broken.insert(tie) }
          listOfTie[tie] = list ?? []
          uses[tie, default: 0] += 1
        }
      }
    }
    for (index, block) in network.blocks.enumerated() {
      let tyings = zip(marks[index], lists[index]).map { unit, list -> Tying? in
        let first = unit[0]
        let isUniform = unit.allSatisfy {
          ($0.factor, $0.isFrozen, $0.isDrawn) == (first.factor, first.isFrozen, first.isDrawn)
        }
        guard isUniform, let list else { return nil }
        if list == [-1] { return .own }
        if unit.allSatisfy({ $0.tie == first.tie }) { return .single(first.tie) }
        guard list.allSatisfy({ !broken.contains($0) }) else { return nil }
        let isShared = uses[list[0], default: 0] > 1 || first.factor != 1
        let share = isShared ? "biases-\(list[0])" : nil
        return list.count == unit.count ? .list(list, share: share) : .kernel(list, share: share)
      }
      let isWhole = tyings.allSatisfy { $0 != nil }
      // A softmax stays together whatever is lost.
      let mustStay = block.activations == [.softmax]
      ofBlocks.append(isWhole || mustStay ? tyings.map { $0 ?? .own } : nil)
    }
  }

  /// The ties that are different, one for all, for each channel, or for each neuron; `nil` for other patterns.
  private static func list(_ ties: [Int32], channels: Int) -> [Int32]? {
    if ties.allSatisfy({ $0 == ties[0] }) { return [ties[0]] }
    func isList(_ list: [Int32]) -> Bool {
      list.allSatisfy { $0 >= 0 } && Set(list).count == list.count
    }
    if isList(ties) { return ties }
    guard channels > 1, ties.count % channels == 0 else { return nil }
    let width = ties.count / channels
    let heads = (0..<channels).map { ties[$0 * width] }
    return isList(heads) && ties.indices.allSatisfy { ties[$0] == heads[$0 / width] } ? heads : nil
  }
}

extension ExpandedNetwork.Block {
  /// Of the grid; 1 where it has none.
  fileprivate var channels: Int { shape.count == 3 ? shape[0] : 1 }
}
