/// Neighbouring samples of a batch that one worker computes, side by side in some number of lanes.
struct SampleGroup: Sendable {
  var samples: Range<Int>
  var lanes: Int
}

extension Schedule {
  /// Fewer samples than this are computed one after the other.
  private static let fewest = 3
  /// With more units than this, vectors of 16 lanes do not fit the caches.
  private static let narrowUnits = 1 << 12
  /// Beyond this the lanes would need more memory than the batch itself.
  private static let mostUnits = 1 << 22

  /// How a batch is divided: a matter of speed alone, as a sample's result is the same in any group.
  ///
  /// A network that is one system has its samples solved one by one.
  func groups(_ count: Int) -> [SampleGroup] {
    let isSingle =
      count < Self.fewest || network.unitCount > Self.mostUnits || granularity == .network
    let lanes = isSingle ? 1 : (count <= 8 || network.unitCount > Self.narrowUnits ? 8 : 16)
    return stride(from: 0, to: count, by: lanes).flatMap { first in
      let samples = first..<min(first + lanes, count)
      if samples.count >= Self.fewest {
        // The last few need not take as long as many.
        return [SampleGroup(samples: samples, lanes: samples.count <= 8 ? min(lanes, 8) : lanes)]
      }
      return samples.map { SampleGroup(samples: $0..<$0 + 1, lanes: 1) }
    }
  }
}
