import Cyclograd
import Foundation

@testable import CyclogradFormats

/// A network with something of everything that formats differ in, neurons of one unit each.
func exampleNetwork() -> Graph {
  Graph("example \"one\" & <two>", seed: 3) {
    Group("x", size: 3, role: .input, bias: .frozen(0))
    Group("h", shape: [2, 2], activation: .tanh, bias: [0.1, -0.0, 1e-300, 0.3333333333333333])
    Group("k", size: 3, activation: .arctan, bias: .single(0.25)).timeConstant(2.5)
    Group("y", size: 2, role: .output, bias: .uniform(-1...1, scaled: .fanIn))
    Connection("x", to: "h")
    Connection("h", to: "h", self: false, weight: .single(0.2))
    Connection("h", to: "k", .random(probability: 0.7), weight: .normal(0.5))
    Connection("k", to: "h", .random(probability: 0.7), weight: .frozen(0.5))
    Connection("k", to: "y", weight: .shared("out"))
    Edge(.init("y", 0), to: .init("y", 0), weight: 0.1)
  }
}

/// A network whose neurons have several units.
func exampleWithUnits() -> Graph {
  Graph("gates", seed: 4) {
    Group("x", size: 2, role: .input, bias: .frozen(0))
    Group("g", size: 2, combine: .product, units: [.init(.tanh, bias: 0.5), .init(.logistic)])
    Group("y", size: 1, role: .output)
    Connection("x", to: "g")
    Connection("x", to: "g", unit: 1)
    Connection("g", to: "y")
    Connection("g", to: "g", unit: 1, self: false, weight: 0.25)
  }
}

/// A network as if it had been read.
func imported(_ graph: Graph) -> ImportedNetwork { ImportedNetwork(graph: graph, file: "example") }

/// The network that a format gives back, with the remarks of both ways.
func throughFile(
  _ network: ImportedNetwork, _ format: NetworkFormat, in folder: TemporaryFolder
) throws -> (network: ImportedNetwork, said: [String]) {
  let path = folder("n." + (format.extensions.first ?? "dat"))
  let said = try format.write(network, to: path)
  var options = ImportOptions()
  if format.name == "szekeres" {
    options.weights = folder("n.weights.dat")
    options.logic = folder("n.logic.dat")
    options.fixedValues = folder("n.fixwb.dat")
    options.sharedWeights = folder("n.shared_w.dat")
    options.sharedBiases = folder("n.shared_b.dat")
    let expanded = try network.expanded()
    options.inputs = String(expanded.inputs?.count ?? 0)
    options.outputs = String(expanded.outputs?.count ?? 0)
  }
  let back = try format.read(path, options: options)
  return (back, said + back.remarks)
}

extension ExpandedNetwork {
  /// An edge by its place, with all that is known of it.
  struct EdgeFacts: Hashable, Comparable {
    var target: Int32
    var source: Int32
    var unit: Int
    var weight: UInt64

    static func < (a: Self, b: Self) -> Bool {
      (a.target, a.source, a.unit) < (b.target, b.source, b.unit)
    }
  }

  var edgeFacts: [EdgeFacts] {
    targets.indices.map {
      EdgeFacts(
        target: targets[$0], source: sources[$0], unit: unit($0), weight: weights[$0].bitPattern)
    }.sorted()
  }

  var frozenEdges: [[Int32]] {
    frozenWeights.indices.filter { frozenWeights[$0] }.map { [targets[$0], sources[$0]] }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Sets of edges and of units that are tied.
  var tieSets: Set<Set<[Int32]>> {
    var sets: [Int32: Set<[Int32]>] = [:]
    for edge in weightTies.indices where weightTies[edge] >= 0 {
      sets[weightTies[edge], default: []].insert([targets[edge], sources[edge], Int32(unit(edge))])
    }
    for unit in biasTies.indices where biasTies[unit] >= 0 {
      sets[-1 - biasTies[unit], default: []].insert([Int32(unit)])
    }
    return Set(sets.values)
  }

  /// Each neuron's activations and combination.
  var kinds: [[Activation]] {
    blocks.flatMap { block in Array(repeating: block.activations, count: block.size) }
  }
}
