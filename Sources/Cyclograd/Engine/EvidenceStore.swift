import Synchronization

/// The evidence of a batch, filled by several threads, each for its own samples.
///
/// What an executor has left out counts as stalled.
final class EvidenceStore: Sendable {
  private let content: Mutex<[SampleEvidence]>

  init(_ count: Int) { content = Mutex(Array(repeating: .init(status: .stalled), count: count)) }

  func set(_ samples: Range<Int>, _ evidence: [SampleEvidence]) {
    content.withLock { $0.replaceSubrange(samples, with: evidence) }
  }

  var evidence: [SampleEvidence] { content.withLock { $0 } }
}
