import Glibc

/// Finds words in bytes.
enum ByteSearch {
  /// Whether a word occurs anywhere.
  static func contains(_ text: UnsafeBufferPointer<UInt8>, _ word: String) -> Bool {
    let word = Array(word.utf8)
    guard let base = text.baseAddress, let first = word.first else { return false }
    var next = base
    let end = base + text.count
    while end - next >= word.count,
      let found = memchr(next, Int32(first), end - next - word.count + 1)
    {
      let place = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
      if memcmp(place, word, word.count) == 0 { return true }
      next = place + 1
    }
    return false
  }
}
