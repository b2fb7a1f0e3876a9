import Glibc

/// Copies memory; much of it on all processors, since new pages cost more than copying.
enum LargeCopy {
  private static let pieceSize = 1 << 22

  static func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
    precondition(source.count <= target.count)
    guard let from = source.baseAddress, let to = target.baseAddress, source.count > 0 else {
      return
    }
    nonisolated(unsafe) let places = (from: from, to: to)
    let total = source.count
    let count = (total + pieceSize - 1) / pieceSize
    if count == 1 {
      memcpy(to, from, total)
      return
    }
    Workers.forEach(count) { index in
      let piece = Workers.piece(index, of: count, total: total)
      memcpy(places.to + piece.lowerBound, places.from + piece.lowerBound, piece.count)
      return true
    }
  }
}
