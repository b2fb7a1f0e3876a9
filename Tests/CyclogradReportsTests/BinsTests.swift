import Cyclograd
import Foundation
import Testing

@testable import CyclogradReports

@Suite("Bins of histograms")
struct BinsTests {
  /// Every value counted in the bin whose centre is nearest, in the measure of the axis.
  private func nearest(_ bins: Bins, _ values: [Double]) -> [Double] {
    func measure(_ value: Double) -> Double {
      bins.kind == .linear ? value : log(max(value, 1e-300))
    }
    var counts = bins.centres.map { _ in 0.0 }
    for value in values {
      let distances = bins.centres.map { abs(measure($0) - measure(value)) }
      counts[distances.indices.min { distances[$0] < distances[$1] }!] += 1
    }
    return counts
  }

  @Test("Values that lie together are told apart, although few lie far away")
  func skewed() {
    let values = (1...90).map { 0.1 + 0.003 * Double($0) } + [3, 9, 12, 19]
    let bins = Bins(holding: values, count: 40)
    #expect(bins.kind == .logarithmic)
    let counts = bins.counts(values)
    #expect(counts == nearest(bins, values))
    #expect(counts.reduce(0, +) == Double(values.count))
    #expect(counts.max()! < 30)
  }

  @Test("Values that are spread are counted in equal intervals from 0")
  func even() {
    let values = (0..<100).map { 0.013 + 0.01 * Double($0) }
    let bins = Bins(holding: values, count: 10)
    #expect(bins.kind == .linear)
    #expect(bins.counts(values) == nearest(bins, values))
  }

  @Test("Zeros, equal values and none at all have their place")
  func extremes() {
    for values in [[], [0, 0], [0.5], [0, 1e-12, 1e-12, 1e-12, 1], [0, 0, 0, 1e300]] as [[Double]] {
      let bins = Bins(holding: values, count: 40)
      #expect(bins.centres.count == 40 && bins.centres.allSatisfy(\.isFinite))
      #expect(bins.counts(values).reduce(0, +) == Double(values.count))
    }
  }
}
