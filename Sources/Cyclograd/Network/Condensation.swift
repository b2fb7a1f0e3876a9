/// The order in which a graph is evaluated: its components by level, and the neurons within them.
///
/// The vertices are evaluation blocks: a neuron with all its units, or a softmax group with all its
/// neurons. A component of one block without an edge to itself is acyclic.
/// (El Ghaoui et al. 2021, Theorems 2.7 and 2.8: well-posedness holds block by block.)
struct Condensation {
  private(set) var position: [Int32] = []
  private(set) var fileNeuron: [Int32] = []
  private(set) var stages: [Network.Stage] = []
  private(set) var runs: [Network.ActivationRun] = []
  private(set) var componentCount = 0
  private(set) var largestComponent = 0

  /// The number of components of each rank.
  private(set) var componentsOfRank: [Int] = []

  /// - Parameters:
  ///   - ranks: for each group the part of the order that its neurons are in, parts that feed others first; one part
  ///     for `nil`. No component has groups of two.
  ///   - rowStarts: for each unit in file order, where its sources begin in `sources`.
  ///   - sources: neurons in file order.
  init(
    _ layout: GraphLayout, ranks: [Int32]? = nil, rowStarts: [Int32], sources: [Int32]
  ) {
    let components = CondensedComponents(
      layout, ranks: ranks, rowStarts: rowStarts, sources: sources)
    componentCount = components.count
    largestComponent = Int(components.neuronCounts.max() ?? 0)
    componentsOfRank = components.countOfRank
    place(components, layout)
    findRuns(layout)
    sortWindows(layout, rowStarts: rowStarts, sources: sources)
  }

  /// Lays out neurons component by component, in the order of the file within each, and stages.
  private mutating func place(_ components: CondensedComponents, _ layout: GraphLayout) {
    let (neuronCounts, level, isCyclic) = (
      components.neuronCounts, components.level, components.isCyclic
    )
    var next = [Int32](repeating: 0, count: componentCount)
    var offset: Int32 = 0
    var first: [(component: Int, start: Int32)] = []
    first.reserveCapacity(componentCount)
    for c in components.inOrder() {
      next[Int(c)] = offset
      first.append((Int(c), offset))
      offset += neuronCounts[Int(c)]
    }
    position = [Int32](repeating: 0, count: layout.neuronCount)
    fileNeuron = position
    for neuron in 0..<layout.neuronCount {
      let c = components.component(ofNeuron: neuron)
      position[neuron] = next[c]
      fileNeuron[Int(next[c])] = Int32(neuron)
      next[c] += 1
    }
    for (c, start) in first {
      let end = start + neuronCounts[c]
      if !isCyclic[c], let last = stages.last, !last.isCyclic, last.level == level[c] {
        stages[stages.count - 1].neurons = last.neurons.lowerBound..<end
      } else {
        stages.append(
          Network.Stage(neurons: start..<end, runs: 0..<0, level: level[c], isCyclic: isCyclic[c]))
      }
    }
  }

  /// Makes neurons neighbours that are fed by equally many others of their component, and among these such as feed equally
  /// many: rows of W, and of Wᵀ, can be taken eight at a time then, one after the other.
  ///
  /// Neurons are moved within windows only, so that those which were near each other stay so.
  private mutating func sortWindows(
    _ layout: GraphLayout, rowStarts: [Int32], sources: [Int32]
  ) {
    for stage in stages where stage.isCyclic && stage.neurons.count >= RowOrder.fewestRows {
      let first = stage.neurons.lowerBound
      var inDegree = [Int32](repeating: 0, count: stage.neurons.count)
      var outDegree = inDegree
      let runs = runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)]
      for run in runs {
        let entry = layout.entries[Int(run.group)]
        for k in run.neurons {
          let index = Int(fileNeuron[Int(k)]) - entry.firstNeuron
          let unit = entry.firstUnit + index * entry.unitsPerNeuron
          for edge in rowStarts[unit]..<rowStarts[unit + entry.unitsPerNeuron] {
            let source = position[Int(sources[Int(edge)])]
            guard stage.neurons.contains(source) else { continue }
            inDegree[Int(k - first)] += 1
            outDegree[Int(source - first)] += 1
          }
        }
      }
      // A softmax group is evaluated in the file's order.
      for run in runs where layout.entries[Int(run.group)].group.units[0].activation != .softmax {
        let (start, count) = (Int(run.neurons.lowerBound - first), run.neurons.count)
        guard
          RowOrder.pays(count, length: { Int(inDegree[start + $0]) })
            || RowOrder.pays(count, length: { Int(outDegree[start + $0]) })
        else { continue }
        sort(run.neurons) {
          let (input, output) = (inDegree[start + $0], outDegree[start + $0])
          // Up and down in turn, so that neighbours are alike also where the first number changes.
          return (input, input % 2 == 0 ? output : -output)
        }
      }
    }
  }

  /// How many neurons are sorted together: enough that there are several with the same numbers, and few enough that their
  /// states stay in the nearest caches.
  private static let sortWindow = 1 << 12

  /// Sorts neurons by the numbers of each, counted from the first, within windows.
  private mutating func sort(_ neurons: Range<Int32>, by numbers: (Int) -> (Int32, Int32)) {
    for start in stride(from: 0, to: neurons.count, by: Self.sortWindow) {
      var window = (start..<min(start + Self.sortWindow, neurons.count)).map { index in
        (numbers: numbers(index), neuron: fileNeuron[Int(neurons.lowerBound) + index])
      }
      // Stable, so that equals stay in their order.
      window.sort { $0.numbers < $1.numbers }
      for (k, element) in zip((Int(neurons.lowerBound) + start)..., window) {
        fileNeuron[k] = element.neuron
        position[Int(element.neuron)] = Int32(k)
      }
    }
  }

  private mutating func findRuns(_ layout: GraphLayout) {
    for index in stages.indices {
      let firstRun = Int32(runs.count)
      var k = stages[index].neurons.lowerBound
      let end = stages[index].neurons.upperBound
      while k < end {
        let group = layout.locate(neuron: Int(fileNeuron[Int(k)])).group
        let entry = layout.entries[group]
        let limit = Int32(entry.firstNeuron + entry.size)
        var next = k + 1
        while next < end, (Int32(entry.firstNeuron)..<limit).contains(fileNeuron[Int(next)]) {
          next += 1
        }
        // A softmax group is one block, so a run holds the whole of it.
        runs.append(Network.ActivationRun(neurons: k..<next, group: Int32(group)))
        k = next
      }
      stages[index].runs = firstRun..<Int32(runs.count)
    }
  }
}

/// The vertices of the condensation, in file order.
struct EvaluationBlocks {
  /// The block of each neuron.
  private(set) var ofNeuron: [Int32] = []
  /// Block b has the neurons `firstNeuron[b]..<firstNeuron[b + 1]`.
  private(set) var firstNeuron: [Int32] = []
  /// Block b has the units `firstUnit[b]..<firstUnit[b + 1]`.
  private(set) var firstUnit: [Int32] = []

  init(_ layout: GraphLayout) {
    ofNeuron.reserveCapacity(layout.neuronCount)
    for entry in layout.entries {
      let isOneBlock = entry.group.units[0].activation == .softmax
      for index in 0..<entry.size {
        if index == 0 || !isOneBlock {
          firstNeuron.append(Int32(entry.firstNeuron + index))
          firstUnit.append(Int32(entry.firstUnit + index * entry.unitsPerNeuron))
        }
        ofNeuron.append(Int32(firstNeuron.count - 1))
      }
    }
    firstNeuron.append(Int32(layout.neuronCount))
    firstUnit.append(Int32(layout.unitCount))
  }
}
