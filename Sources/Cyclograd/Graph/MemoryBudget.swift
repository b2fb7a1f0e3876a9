#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Refuses sizes that the machine cannot hold, before an allocation fails.
enum MemoryBudget {
  /// What compilation needs at its peak; measured, rounded up.
  private static let bytesPerEdge = 48
  private static let bytesPerUnit = 160

  static func check(edges: Int, units: Int) throws(GraphPartError) {
    let needed = Double(edges) * Double(bytesPerEdge) + Double(units) * Double(bytesPerUnit)
    let available = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    guard needed <= available else {
      let gigabytes = (needed / 1e9).rounded(.up)
      throw GraphPartError(
        part: .graph, code: .tooLarge,
        message: "\(units) units and about \(edges) edges need some \(Int(gigabytes)) GB, "
          + "and this machine has \(Int(available / 1e9)) GB",
        advice: "make the graph smaller or sparser")
    }
  }
}
