import Cyclograd

extension ReducibleNetwork {
  /// Takes out what can go for every input, until nothing more can.
  mutating func simplify() throws {
    var before = -1
    while steps.count != before {
      before = steps.count
      dropDead()
      try foldConstants()
      eliminateIdentity()
      mergeEqual()
    }
  }

  /// What is reached from some neurons, along edges or against them.
  private func reached(from seeds: [Int], forward: Bool) -> [Bool] {
    var result = [Bool](repeating: false, count: neurons.count)
    var open: [Int] = []
    func reach(_ k: Int) {
      for member in members(k) where !result[member] {
        result[member] = true
        open.append(member)
      }
    }
    for seed in seeds where !result[seed] { reach(seed) }
    while let k = open.popLast() {
      if forward {
        for unit in targets[k] where !result[Int(neuronOfUnit[Int(unit)])] {
          reach(Int(neuronOfUnit[Int(unit)]))
        }
      } else {
        for unit in neurons[k].units {
          for from in units[unit].row.keys where !result[Int(from)] { reach(Int(from)) }
        }
      }
    }
    return result
  }

  private var alive: [Int] { neurons.indices.filter { neurons[$0].isAlive } }

  private mutating func dropDead() {
    let isNeeded = reached(from: alive.filter { neurons[$0].isOutput }, forward: false)
    for k in alive where !isNeeded[k] {
      // A sample has a number for each input, also for one without effect.
      if neurons[k].isInput {
        clearRows(k)
      } else {
        remove(k, .dead, "it reaches no output")
      }
    }
  }

  /// Puts the activations of what no input reaches into the biases of what it feeds.
  private mutating func foldConstants() throws {
    let seeds = alive.filter { k in
      neurons[k].isInput
        || neurons[k].units.contains { unit in
          !isBiasFixed(unit) || units[unit].row.values.contains { !isFixed($0) }
        }
    }
    let moves = reached(from: seeds, forward: true)
    let constants = alive.filter { !moves[$0] }
    let feeding = constants.filter { k in
      targets[k].contains {
        isBiasFixed(Int($0)) && units[Int($0)].row[Int32(k)].map(isFixed) == true
      }
    }
    guard !feeding.isEmpty, let values = try constantActivations(constants) else { return }
    for k in constants {
      let value = values[k] ?? 0
      for unit in targets[k].sorted() {
        guard isBiasFixed(Int(unit)), let edge = units[Int(unit)].row[Int32(k)], isFixed(edge)
        else { continue }
        addBias(edge.weight * value, to: Int(unit))
        removeEdge(from: k, to: Int(unit))
      }
    }
    for k in constants where !neurons[k].isOutput {
      guard members(k).allSatisfy({ targets[$0].isEmpty && !neurons[$0].isOutput }) else {
        continue
      }
      for member in members(k) where neurons[member].isAlive {
        remove(member, .constant, "its activation is \(values[member] ?? 0)")
      }
    }
  }

  /// The one equilibrium of neurons that nothing else feeds; `nil` where it is not known that there is exactly one.
  private mutating func constantActivations(_ chosen: [Int]) throws -> [Int: Double]? {
    let graph = network(of: chosen, asPart: true).graph()
    let (network, parameters) = try graph.compile()
    guard try GlobalCertificate(network, parameters).isWellPosed else {
      note("what no input reaches stays: it is not proved to have exactly one equilibrium")
      return nil
    }
    let found = try Simulator(network, options: SolverOptions(tolerance: 1e-15)).equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: 0))
    let outputs = found.outputs.elements
    guard found.isConverged, outputs.count == chosen.count, outputs.allSatisfy(\.isFinite) else {
      note("what no input reaches stays: its equilibrium was not found")
      return nil
    }
    return Dictionary(uniqueKeysWithValues: zip(chosen, outputs))
  }

  private mutating func note(_ remark: String) {
    if !remarks.contains(remark) { remarks.append(remark) }
  }

  private mutating func eliminateIdentity() {
    for k in alive where neurons[k].units.count == 1 && !neurons[k].isInput && !neurons[k].isOutput
    {
      let own = neurons[k].units.lowerBound
      guard units[own].activation == .identity, isBiasFixed(own) else { continue }
      let row = units[own].row
      let loop = row[Int32(k)]?.weight ?? 0
      let others = row.filter { $0.key != Int32(k) }
      let fed = targets[k].map { Int($0) }.filter { $0 != own }.sorted()
      let bias = units[own].bias
      guard abs(1 - loop) > 1e-3, row.values.allSatisfy(isFixed),
        fed.allSatisfy({ unit in
          units[unit].row[Int32(k)].map(isFixed) == true && (bias == 0 || isBiasFixed(unit))
            && others.keys.allSatisfy { units[unit].row[$0].map(isFixed) ?? true }
        })
      else { continue }
      let added = fed.reduce(0) { total, unit in
        total + others.keys.reduce(0) { $0 + (units[unit].row[$1] == nil ? 1 : 0) }
      }
      guard added <= row.count + fed.count else { continue }
      for unit in fed {
        guard let edge = units[unit].row[Int32(k)] else { continue }
        let scale = edge.weight / (1 - loop)
        for (from, other) in others.sorted(by: { $0.key < $1.key }) {
          add(scale * other.weight, from: from, to: unit, isFrozen: edge.isFrozen && other.isFrozen)
        }
        addBias(scale * bias, to: unit)
      }
      remove(k, .identity, "it fed \(fed.count) units")
    }
  }

  /// What a neuron's activation is made of; `nil` where it has trained parameters of its own.
  private func signature(_ k: Int) -> [UInt64]? {
    guard !neurons[k].isInput, !isSoftmax(k) else { return nil }
    var result = [UInt64(neurons[k].units.count)]
    for unit in neurons[k].units {
      let description = units[unit]
      func append(_ weight: Double, _ tie: Int32, _ factor: Double, _ isFixed: Bool) -> Bool {
        guard isFixed || tie >= 0 else { return false }
        // 0 and −0 are one weight.
        result += isFixed ? [0, (weight + 0).bitPattern] : [UInt64(tie) + 1, factor.bitPattern]
        return true
      }
      guard
        append(
          description.bias, description.biasTie, description.biasFactor, isBiasFixed(unit))
      else { return nil }
      result.append(UInt64(description.row.count))
      for (from, edge) in description.row.sorted(by: { $0.key < $1.key }) {
        result.append(UInt64(from))
        guard append(edge.weight, edge.tie, edge.factor, isFixed(edge)) else { return nil }
      }
    }
    return result
  }

  private struct Signature: Hashable {
    var combine: Group.Combination
    var activations: [Activation]
    var numbers: [UInt64]
  }

  private mutating func mergeEqual() {
    var known: [Signature: Int] = [:]
    for k in alive {
      guard let numbers = signature(k) else { continue }
      let key = Signature(
        combine: blocks[neurons[k].block].combine,
        activations: neurons[k].units.map { units[$0].activation }, numbers: numbers)
      guard let first = known[key] else {
        known[key] = k
        continue
      }
      guard !(neurons[k].isOutput && neurons[first].isOutput) else { continue }
      let (kept, lost) = neurons[k].isOutput ? (k, first) : (first, k)
      // A merge changes rows, so what was known of rows with these sources no longer holds.
      let fits = targets[lost].allSatisfy { unit in
        guard let old = units[Int(unit)].row[Int32(kept)] else { return true }
        return isFixed(old) && units[Int(unit)].row[Int32(lost)].map(isFixed) == true
      }
      guard fits, !rowsName(kept, lost) else { continue }
      for unit in targets[lost].sorted() {
        guard let edge = units[Int(unit)].row[Int32(lost)] else { continue }
        if units[Int(unit)].row[Int32(kept)] == nil {
          move(edge, to: Int(unit), from: kept)
        } else {
          add(edge.weight, from: Int32(kept), to: Int(unit), isFrozen: edge.isFrozen)
        }
      }
      known[key] = kept
      remove(lost, .equal, "it is always \(names[kept])")
    }
  }

  /// Whether one of two neurons feeds itself or the other.
  private func rowsName(_ a: Int, _ b: Int) -> Bool {
    (Array(neurons[a].units) + Array(neurons[b].units)).contains {
      units[$0].row[Int32(a)] != nil || units[$0].row[Int32(b)] != nil
    }
  }
}
