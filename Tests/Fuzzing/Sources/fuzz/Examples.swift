import Cyclograd
import CyclogradFormats
import Foundation

/// Small networks, and files of them that some targets read beside what is fuzzed.
enum Examples {
  /// A folder of this process alone.
  static let folder = NSTemporaryDirectory() + "cyclograd-fuzz-\(getpid())/"

  static func path(_ name: String) -> String { folder + name }

  /// One unit for each neuron.
  static let plain = Graph("plain", seed: 3) {
    Group("x", size: 2, role: .input, bias: .frozen(0))
    Group("h", shape: [1, 2], activation: .tanh, bias: [0.1, -0.25])
    Group("y", size: 1, role: .output, bias: .uniform(-1...1, scaled: .fanIn))
    Connection("x", to: "h")
    Connection("h", to: "h", self: false, weight: .frozen(0.5))
    Connection("h", to: "y", weight: .shared("out"))
  }

  /// Neurons of several units.
  static let gates = Graph("gates", seed: 4) {
    Group("x", size: 2, role: .input, bias: .frozen(0))
    Group("g", size: 2, combine: .product, units: [.init(.tanh, bias: 0.5), .init(.logistic)])
    Group("y", size: 1, role: .output)
    Connection("x", to: "g")
    Connection("x", to: "g", unit: 1)
    Connection("g", to: "y")
    Connection("g", to: "g", unit: 1, self: false, weight: 0.25)
  }

  static let compiled: (network: Network, parameters: Parameters) = {
    do { return try plain.compile() } catch { fatalError("\(error)") }
  }()

  /// Writes what targets read beside their input.
  static func prepare() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try write(plain, "szekeres", "n.dat")
    try Data(Seeds.training.utf8).write(to: URL(fileURLWithPath: path("training.yaml")))
  }

  /// A graph in a format, by way of a graph file.
  static func write(_ graph: Graph, _ format: String, _ name: String) throws {
    let source = path("source.yaml")
    try GraphFile.write(graph, to: source)
    _ = try NetworkFormat.named(format).write(NetworkFormat.read(source), to: path(name))
  }

  static func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
