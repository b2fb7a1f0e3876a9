import Cyclograd

/// Matrices (A, B, C, D) and offsets b, c of a network, some of whose identity neurons are put into the others.
///
/// x = φ(A x + B u + b), y = C x + D u + c. With L the eliminated neurons, x_L = (I − W_LL)⁻¹ (W_Lx x + u_L + b_L).
struct ImplicitModelMatrices {
  /// The largest number of neurons that are eliminated: the inverse is dense.
  static let largestElimination = 4000

  let a: Matrix
  let b: Matrix
  let c: Matrix
  let d: Matrix
  let stateOffset: [Double]
  let outputOffset: [Double]
  let activations: StateActivations

  /// - Parameter isEliminated: which neurons are put into the others; identity neurons of one unit.
  /// - Throws: ``Cyclograd/CyclogradError`` with the code `invalid-graph` where I − W_LL is singular.
  init(_ network: ExpandedNetwork, isEliminated: [Bool], file: String) throws {
    try network.requireSingleUnits(format: "implicit model", file: file)
    let count = network.neuronCount
    var place = [Int](repeating: 0, count: count)
    var linear: [Int] = []
    var states: [Int] = []
    for neuron in 0..<count {
      if isEliminated[neuron] {
        place[neuron] = linear.count
        linear.append(neuron)
      } else {
        place[neuron] = states.count
        states.append(neuron)
      }
    }
    try Self.checkSize(linear.count, file)
    let inputs = (network.inputs ?? []).map { Int($0) }
    let outputs = (network.outputs ?? []).map { Int($0) }
    let n = states.count
    let width = n + inputs.count + 1
    let cells = (Double(count + linear.count) * Double(width + linear.count + 1))
    try Memory.require(Int(min(8 * cells, 0x1p62)), for: "the matrices of the model", file: file)

    // Rows of [W_Lx | inputs | b], and of the states, to the left of W_LL.
    var left = Matrix(rows: linear.count, columns: linear.count)
    var right = Matrix(rows: linear.count, columns: width)
    var direct = Matrix(rows: n, columns: width)
    var through = Matrix(rows: n, columns: linear.count)
    for index in linear.indices { left[index, index] = 1 }
    for edge in network.targets.indices {
      let (target, source) = (Int(network.targets[edge]), Int(network.sources[edge]))
      let weight = network.weights[edge]
      switch (isEliminated[target], isEliminated[source]) {
      case (true, true): left[place[target], place[source]] -= weight
      case (true, false): right[place[target], place[source]] += weight
      case (false, true): through[place[target], place[source]] += weight
      case (false, false): direct[place[target], place[source]] += weight
      }
    }
    func add(_ value: Double, to neuron: Int, _ column: Int) {
      if isEliminated[neuron] {
        right[place[neuron], column] += value
      } else {
        direct[place[neuron], column] += value
      }
    }
    for (column, neuron) in inputs.enumerated() { add(1, to: neuron, n + column) }
    for neuron in 0..<count { add(network.bias(neuron), to: neuron, width - 1) }
    guard Self.solve(&left, &right) else { throw Self.singular(file) }
    for row in 0..<n {
      for middle in 0..<linear.count where through[row, middle] != 0 {
        for column in 0..<width {
          direct[row, column] += through[row, middle] * right[middle, column]
        }
      }
    }
    var answers = Matrix(rows: outputs.count, columns: width)
    for (row, neuron) in outputs.enumerated() {
      if isEliminated[neuron] {
        for column in 0..<width { answers[row, column] = right[place[neuron], column] }
      } else {
        answers[row, place[neuron]] = 1
      }
    }
    func columns(_ matrix: Matrix, _ range: Range<Int>) -> Matrix {
      var part = Matrix(rows: matrix.rows, columns: range.count)
      for row in 0..<matrix.rows {
        for column in range { part[row, column - range.lowerBound] = matrix[row, column] }
      }
      return part
    }
    a = columns(direct, 0..<n)
    b = columns(direct, n..<width - 1)
    c = columns(answers, 0..<n)
    d = columns(answers, n..<width - 1)
    stateOffset = columns(direct, width - 1..<width).elements
    outputOffset = columns(answers, width - 1..<width).elements
    activations = StateActivations(of: states, in: network)
    guard (a.elements + b.elements + c.elements + d.elements).allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .invalidValue, "the matrices of the model overflow", at: .init(file: file))
    }
  }

  /// Refuses a network whose eliminated neurons feed each other without an answer.
  static func requireRegular(
    _ network: ExpandedNetwork, isEliminated: [Bool], file: String
  ) throws {
    // Only neurons on a cycle of eliminated ones matter, so those without such a source, or without such a
    // target, go first.
    var remaining = isEliminated
    while true {
      var hasSource = [Bool](repeating: false, count: remaining.count)
      var hasTarget = hasSource
      for edge in network.targets.indices {
        let (target, source) = (Int(network.targets[edge]), Int(network.sources[edge]))
        guard remaining[target], remaining[source] else { continue }
        hasSource[target] = true
        hasTarget[source] = true
      }
      let next = remaining.indices.map { remaining[$0] && hasSource[$0] && hasTarget[$0] }
      if next == remaining { break }
      remaining = next
    }
    let neurons = remaining.indices.filter { remaining[$0] }
    guard !neurons.isEmpty else { return }
    try checkSize(neurons.count, file)
    let place = Dictionary(uniqueKeysWithValues: zip(neurons, neurons.indices))
    var left = Matrix(rows: neurons.count, columns: neurons.count)
    for index in neurons.indices { left[index, index] = 1 }
    for edge in network.targets.indices {
      guard let target = place[Int(network.targets[edge])],
        let source = place[Int(network.sources[edge])]
      else { continue }
      left[target, source] -= network.weights[edge]
    }
    var right = Matrix(rows: neurons.count, columns: 0)
    guard solve(&left, &right) else { throw singular(file) }
  }

  private static func singular(_ file: String) -> CyclogradError {
    CyclogradError(
      .invalidGraph, "I − D₁D₂ is singular: inputs and outputs feed each other without an answer",
      at: .init(file: file),
      advice: "the loop of direct paths must not have the gain 1; change D of one of the parts")
  }

  private static func checkSize(_ count: Int, _ file: String) throws {
    guard count > largestElimination else { return }
    throw CyclogradError(
      .tooLarge,
      "\(count) inputs and outputs are to be eliminated, at most \(largestElimination) are",
      at: .init(file: file), advice: "write the network itself, and convert that")
  }

  /// Replaces R by L⁻¹ R, with row pivots; false where L is singular to working precision.
  private static func solve(_ left: inout Matrix, _ right: inout Matrix) -> Bool {
    let n = left.rows
    let scale = left.elements.reduce(0) { max($0, $1.magnitude) }
    for k in 0..<n {
      let pivot = (k..<n).max { left[$0, k].magnitude < left[$1, k].magnitude } ?? k
      guard left[pivot, k].magnitude > 1e-14 * max(1, scale) else { return false }
      if pivot != k {
        for j in 0..<n { swap(&left.elements, pivot * n + j, k * n + j) }
        let m = right.columns
        for j in 0..<m { swap(&right.elements, pivot * m + j, k * m + j) }
      }
      for i in k + 1..<max(n, k + 1) where left[i, k] != 0 {
        let factor = left[i, k] / left[k, k]
        for j in k + 1..<max(n, k + 1) { left[i, j] -= factor * left[k, j] }
        for j in 0..<right.columns { right[i, j] -= factor * right[k, j] }
      }
    }
    for k in stride(from: n - 1, through: 0, by: -1) {
      for j in 0..<right.columns {
        var sum = right[k, j]
        for i in k + 1..<max(n, k + 1) { sum -= left[k, i] * right[i, j] }
        right[k, j] = sum / left[k, k]
      }
    }
    return true
  }

  private static func swap(_ elements: inout [Double], _ i: Int, _ j: Int) {
    elements.swapAt(i, j)
  }
}
