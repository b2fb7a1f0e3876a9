import Cyclograd

/// What stands in the files beside the simulator's graph, in the graph's order of edges and units.
struct SzekeresParameters {
  /// NaN where the files say nothing.
  var weights: [Double]
  var biases: [Double]
  var frozenWeights: [Bool] = []
  var frozenBiases: [Bool] = []
  var weightTies: [Int32] = []
  var biasTies: [Int32] = []
  var remarks: [String] = []
  private let graph: SzekeresGraph

  init(_ graph: SzekeresGraph, file: String, _ options: ImportOptions) throws {
    self.graph = graph
    weights = [Double](repeating: .nan, count: graph.targets.count)
    biases = [Double](repeating: .nan, count: graph.codes.count)
    if let path = options.logic { try readLogic(path) }
    if let path = options.fixedValues {
      guard options.logic != nil else {
        throw CyclogradError(
          .invalidOption, "fixed values can only be read together with the switches",
          at: .init(file: path), advice: "give --logic as well")
      }
      try readFixedValues(path)
    }
    if let path = options.weights { try readWeights(path) }
    let missing =
      zip(weights, frozenWeights).count { $0.isNaN && $1 }
      + zip(biases, frozenBiases).count { $0.isNaN && $1 }
    guard missing == 0 else {
      throw CyclogradError(
        .invalidOption, "\(missing) parameters are not trained, but their values are not given",
        at: .init(file: options.logic ?? file), advice: "give --fixwb or --weights")
    }
    if let path = options.sharedWeights { try readSharedWeights(path) }
    if let path = options.sharedBiases { try readSharedBiases(path) }
    let drawn = biases.count { $0.isNaN }
    if drawn > 0 {
      remarks.append(
        "\(drawn) biases have no value: drawn from uniform(-1, 1) / √fan-in, seed \(options.seed ?? 0)"
      )
    }
  }

  private func finish(_ tokens: inout SzekeresTokens) throws {
    guard tokens.isAtEnd() else {
      throw tokens.malformed(
        "the file goes on after the last of the graph's \(graph.neuronCount) neurons",
        advice: "check that it belongs to this graph")
    }
  }

  private mutating func readLogic(_ path: String) throws {
    let graph = graph
    (frozenWeights, frozenBiases) = try SzekeresTokens.read(path) { tokens in
      var weights: [Bool] = []
      var biases: [Bool] = []
      for neuron in 0..<graph.neuronCount {
        for _ in graph.starts[neuron]..<graph.starts[neuron + 1] {
          weights.append(try tokens.integer("a switch", in: 0...1) == 0)
        }
        try tokens.separator("after the switches of neuron \(neuron + 1)'s edges")
        for _ in graph.unitStarts[neuron]..<graph.unitStarts[neuron + 1] {
          biases.append(try tokens.integer("a switch", in: 0...1) == 0)
        }
      }
      try finish(&tokens)
      return (weights, biases)
    }
  }

  private mutating func readFixedValues(_ path: String) throws {
    let graph = graph
    let (frozenWeights, frozenBiases) = (frozenWeights, frozenBiases)
    var (weights, biases) = (weights, biases)
    try SzekeresTokens.read(path) { tokens in
      for neuron in 0..<graph.neuronCount {
        for edge in graph.starts[neuron]..<graph.starts[neuron + 1] where frozenWeights[edge] {
          weights[edge] = try tokens.number("a fixed weight")
        }
        try tokens.separator("after the fixed weights of neuron \(neuron + 1)")
        for unit in graph.unitStarts[neuron]..<graph.unitStarts[neuron + 1]
        where frozenBiases[unit] {
          biases[unit] = try tokens.number("a fixed bias")
        }
      }
      try finish(&tokens)
    }
    (self.weights, self.biases) = (weights, biases)
  }

  /// Weights, biases, then three numbers that belong to the use of the network.
  private mutating func readWeights(_ path: String) throws {
    let fixed = (weights, biases)
    var read: (weights: [Double], biases: [Double]) = ([], [])
    var remark: String?
    try SzekeresTokens.read(path) { tokens in
      for _ in weights { read.weights.append(try tokens.number("a weight")) }
      for _ in biases { read.biases.append(try tokens.number("a bias")) }
      guard !tokens.isAtEnd() else { return }
      let rest = try (0..<3).map { _ in try tokens.number("the threshold, mean or deviation") }
      try finish(&tokens)
      remark =
        "not part of a network: threshold \(rest[0]), mean \(rest[1]), deviation \(rest[2]) of "
        + path
    }
    if let remark { remarks.append(remark) }
    for (old, new) in [(fixed.0, read.weights), (fixed.1, read.biases)] {
      // The backups have six decimals.
      if let place = old.indices.first(where: { abs(old[$0] - new[$0]) > 1e-6 }) {
        throw CyclogradError(
          .invalidValue,
          "a parameter that is not trained is \(new[place]) here, but \(old[place]) in the file of "
            + "fixed values",
          at: .init(file: path), advice: "check that both belong to this graph")
      }
    }
    (weights, biases) = read
    // Where both are given, the file of fixed values has all digits.
    for edge in weights.indices where !fixed.0[edge].isNaN { weights[edge] = fixed.0[edge] }
    for unit in biases.indices where !fixed.1[unit].isNaN { biases[unit] = fixed.1[unit] }
  }
}

extension SzekeresParameters {
  /// `count ### source target unit; …` for each set of tied weights.
  private mutating func readSharedWeights(_ path: String) throws {
    let graph = graph
    var ties = [Int32](repeating: -1, count: weights.count)
    var tie: Int32 = 0
    try SzekeresTokens.read(path) { tokens in
      while !tokens.isAtEnd() {
        let count = try tokens.integer("a number of weights", in: 1...Int(Int32.max))
        try tokens.separator("after the number of weights")
        var first: Int?
        for _ in 0..<count {
          let source = try tokens.integer("a source", in: 1...graph.neuronCount) - 1
          let target = try tokens.integer("a target", in: 1...graph.neuronCount) - 1
          let unit = try tokens.integer("a unit", in: 1...Int(Int32.max)) - 1
          try tokens.semicolon()
          let edges = graph.starts[source]..<graph.starts[source + 1]
          guard
            let edge = edges.first(where: {
              graph.targets[$0] == target && graph.targetUnits[$0] == unit
            })
          else {
            throw tokens.malformed(
              "there is no edge from neuron \(source + 1) to unit \(unit + 1) of neuron "
                + "\(target + 1)")
          }
          try Self.join(edge, &first, &ties, tie, weights, frozenWeights, "weight", tokens)
        }
        tie += 1
      }
    }
    if tie > 0 { weightTies = ties }
  }

  /// `count ### neuron unit; …` for each set of tied biases.
  private mutating func readSharedBiases(_ path: String) throws {
    let graph = graph
    var ties = [Int32](repeating: -1, count: biases.count)
    var tie: Int32 = 0
    try SzekeresTokens.read(path) { tokens in
      while !tokens.isAtEnd() {
        let count = try tokens.integer("a number of biases", in: 1...Int(Int32.max))
        try tokens.separator("after the number of biases")
        var first: Int?
        for _ in 0..<count {
          let neuron = try tokens.integer("a neuron", in: 1...graph.neuronCount) - 1
          let units = graph.unitStarts[neuron]..<graph.unitStarts[neuron + 1]
          let unit = try tokens.integer("a unit", in: 1...units.count) - 1 + units.lowerBound
          try tokens.semicolon()
          try Self.join(unit, &first, &ties, tie, biases, frozenBiases, "bias", tokens)
        }
        tie += 1
      }
    }
    if tie > 0 { biasTies = ties }
  }

  private static func join(
    _ place: Int, _ first: inout Int?, _ ties: inout [Int32], _ tie: Int32, _ values: [Double],
    _ frozen: [Bool], _ what: String, _ tokens: SzekeresTokens
  ) throws {
    guard ties[place] < 0 else { throw tokens.malformed("a \(what) is tied twice") }
    ties[place] = tie
    guard let leader = first else {
      first = place
      return
    }
    guard values[place] == values[leader] || values[place].isNaN && values[leader].isNaN else {
      throw tokens.error(
        .invalidValue, "a \(what) of \(values[place]) is tied with one of \(values[leader])",
        advice: "tied parameters have one value; check that the files belong together")
    }
    guard frozen.isEmpty || frozen[place] == frozen[leader] else {
      throw tokens.malformed("a \(what) that is trained is tied with one that is not")
    }
  }
}
