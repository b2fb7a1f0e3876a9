/// The directional derivative of a network, as a network: its outputs are those of the primal network, then their
/// derivatives along a direction.
///
/// Behind each component of the primal stands one component with the same matrix I − DᵀW, which is linear. So the
/// derivatives exist wherever the primal's Jacobian is regular, and cost one Newton step.
public struct TangentNetwork: Sendable {
  /// What was differentiated.
  public let primal: Network
  /// What it was differentiated by.
  public let seed: TangentSeed
  /// The derivative. Its inputs are the primal's, then the direction unless it is one of the parameters. Inputs that
  /// go through a function that is not linear enter neurons with other names, which hand them on.
  public let network: Network
  /// The groups of which derivatives are wanted; `nil` for the outputs.
  private let outputs: [String]?
  /// For each parameter of ``network`` which number it is: the primal's parameters come first, then as many of the
  /// direction, then the constants −1, 0 and 1. The order in the network is another one, because weights come before biases.
  public let places: [Int]

  init(
    _ primal: Network, by seed: TangentSeed, of outputs: [String]?
  ) throws(CyclogradError) {
    self.primal = primal
    self.seed = seed
    self.outputs = outputs
    // Every value is its own place at first, so the compiled values say which parameter is which.
    var builder = try TangentBuilder(primal, by: seed, of: outputs) { Double($0) }
    let (network, labels) = try builder.build().compile()
    self.network = network
    places = labels.values.map { Int($0) }
  }

  /// The parameters of the tangent network for those of the primal.
  ///
  /// - Parameters:
  ///   - primal: the primal's parameters.
  ///   - direction: their changes, in the same order; `nil` for none.
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch`, or `invalid-option` for a direction where the seed
  ///   is another one.
  public func parameters(
    _ primal: Parameters, direction: [Double]? = nil
  ) throws(CyclogradError) -> Parameters {
    let values = try values(primal, direction)
    return Parameters(
      places.withUnsafeBufferPointer { places in
        [Double](unsafeUninitializedCapacity: places.count) { result, count in
          values.withLookup { value in
            for index in places.indices { result[index] = value(places[index]) }
          }
          count = places.count
        }
      })
  }

  /// The network as a graph with these parameters as its initial values.
  ///
  /// - Throws: ``CyclogradError`` as ``parameters(_:direction:)`` does.
  public func graph(
    _ primal: Parameters, direction: [Double]? = nil
  ) throws(CyclogradError) -> Graph {
    let values = try values(primal, direction)
    var builder = try TangentBuilder(self.primal, by: seed, of: outputs) { values[$0] }
    return builder.build()
  }

  /// The derivatives of a number by the primal's parameters, and by their direction, from those by all parameters
  /// of the tangent network.
  ///
  /// - Precondition: there are as many as ``network`` has parameters.
  public func parts(of derivatives: [Double]) -> (parameters: [Double], direction: [Double]) {
    let count = primal.parameterCount
    // The constants have places of their own, so that no number has to be asked where it belongs.
    var all = [Double](repeating: 0, count: 2 * count + TangentValues.constants)
    all.withUnsafeMutableBufferPointer { all in
      forEachPlace(derivatives) { all[$0] += $1 }
    }
    return (Array(all[..<count]), Array(all[count..<2 * count]))
  }

  /// Adds the derivatives by the primal's parameters alone to a number for each.
  func addParameters(of derivatives: [Double], to result: inout [Double]) {
    let count = primal.parameterCount
    result.withUnsafeMutableBufferPointer { result in
      forEachPlace(derivatives) { if $0 < count { result[$0] += $1 } }
    }
  }

  @inline(__always)
  private func forEachPlace(_ derivatives: [Double], _ body: (Int, Double) -> Void) {
    places.withUnsafeBufferPointer { places in
      derivatives.withUnsafeBufferPointer { derivatives in
        for index in places.indices { body(places[index], derivatives[index]) }
      }
    }
  }

  private func values(
    _ primal: Parameters, _ direction: [Double]?
  ) throws(CyclogradError) -> TangentValues {
    let count = self.primal.parameterCount
    if direction != nil, seed != .parameters {
      throw CyclogradError(
        .invalidOption, "the tangent is along inputs, which give the direction",
        advice: "leave the direction of parameters out")
    }
    guard primal.values.count == count, direction?.count ?? count == count else {
      throw CyclogradError(
        .shapeMismatch,
        "there are \(primal.values.count) parameters and a direction of "
          + "\(direction?.count ?? 0) for a network with \(count)",
        advice: "give a number for each parameter")
    }
    return TangentValues(parameters: primal.values, direction: direction)
  }
}

/// The values of a tangent network's parameters by their places: the primal's parameters, as many of the direction,
/// then the constants −1, 0 and 1.
struct TangentValues {
  let parameters: [Double]
  /// `nil` for zeros.
  let direction: [Double]?

  /// How many constants there are.
  static let constants = 3

  subscript(place: Int) -> Double { withLookup { $0(place) } }

  /// Calls `body` with what gives the value of a place.
  @inline(__always)
  func withLookup<Result>(_ body: ((Int) -> Double) -> Result) -> Result {
    let count = parameters.count
    return parameters.withUnsafeBufferPointer { parameters in
      (direction ?? []).withUnsafeBufferPointer { direction in
        body { place in
          if place < count { return parameters[place] }
          if place < 2 * count { return direction.isEmpty ? 0 : direction[place - count] }
          return Double(place - 2 * count - 1)
        }
      }
    }
  }
}

extension Network {
  /// The network of directional derivatives (`TangentNetwork`). Compiled once, it serves all directions and parameters.
  ///
  /// - Parameters:
  ///   - seed: what is differentiated by.
  ///   - groups: of which groups' activations derivatives are wanted; `nil` for the outputs.
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for groups that the network does not have, for a
  ///   network without inputs where these are the seed, and for activations whose next derivative is not known.
  /// - Complexity: O(edges) in time and memory.
  public func tangent(
    by seed: TangentSeed = .inputs, of groups: [String]? = nil
  ) throws(CyclogradError) -> TangentNetwork {
    try TangentNetwork(self, by: seed, of: groups)
  }
}
