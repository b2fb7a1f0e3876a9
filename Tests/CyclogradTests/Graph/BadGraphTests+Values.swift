import Cyclograd
import Foundation

extension BadGraphTests {
  static let connection = "connection 0 (a to a)"

  /// A graph whose one connection has this weight.
  private static func weight(
    _ name: String, _ words: String, _ pattern: Pattern = .all, _ rule: ParameterRule
  ) -> Case {
    Case(name, .connection(0), connection, words) {
      Group("a", size: 2)
      Connection("a", to: "a", pattern, weight: rule)
    }
  }

  private static func bias(_ name: String, _ words: String, _ rule: ParameterRule) -> Case {
    Case(name, .group(0), "biases of a", words) { Group("a", size: 2, bias: rule) }
  }

  static let values: [Case] = [
    weight("short list", "3 numbers for 4 weights", .all, [1, 2, 3]),
    weight("list for one", "4 numbers for 1 weights", .all, .single([1, 2, 3, 4])),
    weight("NaN weight", "nan", .all, .init(.constant(.nan))),
    weight("infinite weight", "value 2 is inf", .all, [1, 2, .init(Double.infinity), 4]),
    weight(
      "infinite entry", "-inf",
      .entries(SparseEntries(rows: [0], columns: [0], values: [-.infinity])), .default),
    weight("uniform NaN", "uniform", .all, .init(.uniform(lower: .nan, upper: 1))),
    weight("uniform reversed", "uniform", .all, .init(.uniform(lower: 2, upper: 1))),
    weight("uniform too wide", "uniform", .all, .init(.uniform(lower: -1e308, upper: 1e308))),
    weight("normal negative", "normal", .all, .normal(-1)),
    weight("normal infinite", "normal", .all, .normal(.infinity)),
    weight("weight file", "has not been read", .all, .file("w.npy")),
    weight("kernel without window", "kernel", .all, .kernel(1)),
    weight(
      "weights twice", "given twice",
      .entries(SparseEntries(rows: [0], columns: [0], values: [1])), 0.5),
    weight(
      "entries tied", "cannot be tied",
      .entries(SparseEntries(rows: [0], columns: [0], values: [1])), .init(nil, tying: .single)),
    weight(
      "matrix with a hole", "no entry at row 1, column 1", .all,
      .init(.entries(SparseEntries(rows: [0, 0, 1], columns: [0, 1, 0], values: [1, 1, 1])))),
    weight(
      "matrix with too much", "2 entries for 1 edges",
      .entries(SparseEntries(rows: [0], columns: [0])),
      .init(.entries(SparseEntries(rows: [0, 0], columns: [0, 1], values: [1, 1])))),
    weight(
      "matrix without values", "no values", .all,
      .init(.entries(SparseEntries(rows: [0], columns: [0])))),
    bias("long bias list", "3 numbers for 2 biases", [1, 2, 3]),
    bias("NaN bias", "nan", .init(.constant(.nan))),
    bias(
      "bias by entries", "not biases",
      .init(.entries(SparseEntries(rows: [0], columns: [0], values: [1])))),
    Case("biases by channel", .group(0), "biases of a", "1 numbers for 2 biases") {
      Group("a", shape: [2, 1, 3], bias: .kernel([1]))
    },
    Case("tied edge", .edge(0), "edge 0 (a.0 to a.1)", "nothing to be tied with") {
      Group("a", size: 2)
      Edge(.init("a", 0), to: .init("a", 1), weight: .single(1))
    },
    Case("share counts", .connection(1), "connection 1 (a to b)", "4 parameters to share as 'w'") {
      Group("a", size: 2)
      Group("b", size: 2)
      Connection("a", to: "a", .oneToOne, weight: .shared("w"))
      Connection("a", to: "b", weight: .shared("w"))
    },
    Case("share values", .connection(1), "connection 1 (b to a)", "initial values differ") {
      Group("a", size: 2)
      Group("b", size: 2)
      Connection("a", to: "a", weight: .normal(1).shared("w"))
      Connection("b", to: "a", weight: .normal(2).shared("w"))
    },
    Case("share trainability", .edge(0), "edge 0 (b.0 to a.0)", "not trainable") {
      Group("a", size: 1)
      Group("b", size: 1)
      Connection("a", to: "a", weight: .normal(1).shared("w"))
      Edge(.init("b", 0), to: .init("a", 0), weight: .shared("w").frozen())
    },
    Case("share biases", .group(1), "biases of b", "2 parameters to share as 'w'") {
      Group("a", size: 1, bias: .shared("w"))
      Group("b", size: 2, bias: .shared("w"))
    },
    Case("share bias values", .group(1), "biases of b, unit 1", "initial values differ") {
      Group("a", size: 1, bias: .init(1, share: "w"))
      Group("b", size: 1, combine: .max, units: [.init(), .init(bias: .init(2, share: "w"))])
    },
  ]

  static let roles: [Case] = [
    Case("role and list of inputs", .inputs, "inputs", "role of group b") {
      Group("a", size: 1)
      Group("b", size: 1, role: .input)
      Inputs(NeuronRange("a"))
    },
    Case("role and list of outputs", .outputs, "outputs", "role of group a") {
      Group("a", size: 2, role: [.input, .output])
      Outputs(NeuronRange("a", 0...0))
    },
    Case("repeated input", .inputs, "inputs", "neuron a.1 is listed twice") {
      Group("a", size: 3)
      Inputs(NeuronRange("a", 0...1), NeuronRange("a", 1...2))
    },
    Case("repeated output", .outputs, "outputs", "neuron a.0 is listed twice") {
      Group("a", size: 3)
      Outputs(NeuronRange("a"), NeuronRange("a", 0...0))
    },
    Case("input beyond", .inputs, "inputs", "a.2..3 goes beyond") {
      Group("a", size: 3)
      Inputs(NeuronRange("a", 2...3))
    },
    Case("negative output", .outputs, "outputs", "goes beyond") {
      Group("a", size: 3)
      Outputs(NeuronRange("a", -1...0))
    },
    Case("input of an unknown group", .inputs, "inputs", "named 'z'") {
      Group("a", size: 3)
      Inputs(NeuronRange("z"))
    },
  ]

  /// Only where the machine cannot hold it; elsewhere it would be tried.
  static let memory: [Case] =
    ProcessInfo.processInfo.physicalMemory > 300_000_000_000
    ? []
    : [
      Case("memory", .graph, nil, "GB", code: .tooLarge) { Group("a", size: 2_000_000_000) }
    ]
}
