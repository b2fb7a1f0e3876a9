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

  /// The machine's memory, or what its container or the process may use of it.
  static var available: Double {
    let memory = Double(MachineMemory.total)
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return memory }
    return min(memory, Double(limit.rlim_cur))
  }

  /// Refuses a batch of samples that cannot be held.
  static func check(samples: Int, of network: Network) throws(CyclogradError) {
    let numbers = Double(samples) * Double(2 * network.unitCount + network.neuronCount + 64)
    guard 8 * numbers <= available else {
      throw CyclogradError(
        .tooLarge,
        "\(samples) samples of \(network.unitCount) units need some "
          + "\(Int(min(8 * numbers / 1e9, 1e12)) + 1) GB, and \(Int(available / 1e9)) GB are there",
        advice: "solve fewer samples at once")
    }
  }

  static func check(edges: Int, units: Int) throws(GraphPartError) {
    let needed = Double(edges) * Double(bytesPerEdge) + Double(units) * Double(bytesPerUnit)
    let available = Self.available
    guard needed <= available else {
      let gigabytes = (needed / 1e9).rounded(.up)
      throw GraphPartError(
        part: .graph, code: .tooLarge,
        message: "\(units) units and about \(edges) edges need some \(Int(gigabytes)) GB, "
          + "and there are \(Int(available / 1e9)) GB",
        advice: "make the graph smaller or sparser")
    }
  }
}
