import TestSupport
import Testing

@testable import Cyclograd

@Suite("Maps of some neurons")
struct SliceMapTests {
  private static let graph = Graph("kinds", seed: 3) {
    Group("a", size: 7, activation: .tanh)
    Group("p", size: 5, activation: .softmax)
    Group(
      "g", shape: [6], combine: .product,
      units: [Group.Unit(.logistic), Group.Unit(.tanh)])
    Group("y", size: 4, role: .output)
    Connection("a", to: "y")
  }

  private func slice() throws -> NetworkSlice {
    try Self.graph.draft(parts: 1, index: 0).slice()
  }

  /// Activations and slopes of a map at given z; what it does not compute is NaN.
  private func evaluate(_ map: SliceMap, _ z: [Double], lanes: Int = 1) -> ([Double], [Double]) {
    var a = [Double](repeating: .nan, count: map.neuronCount * lanes)
    var slope = [Double](repeating: .nan, count: map.unitCount * lanes)
    map.evaluate(z: z, activation: &a, slope: &slope, lanes: lanes)
    return (a, slope)
  }

  private func numbers(_ count: Int) -> [Double] {
    let random = CounterRandom(seed: 8, purpose: .bias, index: 0)
    return (0..<count).map { random.normal($0) }
  }

  @Test("A part computes the same as the whole, and nothing else")
  func parts() throws {
    let map = try slice().map
    let z = numbers(map.unitCount)
    let (a, slope) = evaluate(map, z)
    for neurons in [[0..<22], [], [2..<4, 7..<12, 13..<15, 21..<22], [12..<20], [6..<12]] {
      let part = map.restricted(to: neurons)
      let units = map.units(of: neurons)
      let (found, foundSlope) = evaluate(part, z)
      for neuron in 0..<22 {
        let isIn = neurons.contains { $0.contains(neuron) }
        #expect(isIn ? found[neuron] == a[neuron] : found[neuron].isNaN)
      }
      for unit in 0..<map.unitCount {
        let isIn = units.contains { $0.contains(unit) }
        #expect(isIn ? foundSlope[unit] == slope[unit] : foundSlope[unit].isNaN)
      }
      #expect(zip(units, units.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }
    #expect(map.softmaxGroups == [7..<12])
    #expect(
      (0..<22).map { map.unit(ofNeuron: $0) } == Array(0..<12) + (0..<6).map { 12 + 2 * $0 }
        + Array(24..<28))
  }

  @Test("Neurons that were dealt out are computed as in the file's order")
  func dealtOut() throws {
    let slice = try slice()
    let map = slice.map
    let z = numbers(map.unitCount)
    let (a, slope) = evaluate(map, z)
    for numbers: [Int32] in [[1, 3, 7, 8, 9, 10, 11, 13, 20], [], [12, 17, 18, 21], [0]] {
      let other = slice.map(ofNeurons: numbers)
      let units = numbers.flatMap { neuron -> [Int] in
        let first = map.unit(ofNeuron: Int(neuron))
        return (12..<18).contains(neuron) ? [first, first + 1] : [first]
      }
      #expect(other.neuronCount == numbers.count && other.unitCount == units.count)
      let (found, foundSlope) = evaluate(other, units.map { z[$0] })
      #expect(found == numbers.map { a[Int($0)] })
      #expect(foundSlope == units.map { slope[$0] })
    }
  }

  @Test("Samples side by side are computed as one by one")
  func lanes() throws {
    let map = try slice().map
    let z = numbers(3 * map.unitCount)
    let (a, slope) = evaluate(map, z, lanes: 3)
    for lane in 0..<3 {
      let (found, foundSlope) = evaluate(map, (0..<map.unitCount).map { z[3 * $0 + lane] })
      #expect(found == (0..<22).map { a[3 * $0 + lane] })
      #expect(foundSlope == (0..<map.unitCount).map { slope[3 * $0 + lane] })
    }
  }

  @Test("Every neuron has the owner that the bounds say")
  func owners() throws {
    for parts in [1, 2, 3, 30] {
      let slice = try Self.graph.draft(parts: parts, index: 0).slice()
      for neuron in 0..<22 {
        let owner = slice.owner(ofNeuron: neuron)
        #expect((slice.starts[owner]..<slice.starts[owner + 1]).contains(neuron))
      }
    }
  }
}
