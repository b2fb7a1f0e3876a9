import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("A network's parameters in a file")
struct ParametersFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder("p.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  private func compile(_ name: String) throws -> (network: Network, parameters: Parameters) {
    try GraphFile.read(packageFolder + "graphs/\(name).yaml").resolved().graph.compile()
  }

  private func failure(_ network: Network) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try ParametersFile.read(path, for: network) }
  }

  @Test(arguments: [
    "autoencoder-v0", "convolution", "feedback", "hopfield", "islands", "softmax", "xor",
  ])
  func roundTrip(_ name: String) throws {
    let (network, parameters) = try compile(name)
    try ParametersFile.write(parameters, of: network, to: path)
    #expect(try ParametersFile.read(path, for: network) == parameters)
    let file = try SafetensorsFile.read(path)
    #expect(file.metadata["neurons"] == String(network.neuronCount))
    #expect(file.contains("weight.tie") == (network.weightParameterCount < network.edgeCount))
    guard Python.hasSafetensors, Python.hasSciPy else { return }
    let program = """
      import sys, safetensors.numpy as s, scipy.sparse as sp
      t = s.load_file(sys.argv[1])
      w = sp.csr_matrix((t['weight.data'], t['weight.indices'], t['weight.indptr']))
      print(w.nnz, w.shape[0], len(t['bias']), w.has_canonical_format)
      """
    let (edges, units) = (network.edgeCount, network.unitCount)
    #expect(Python.run(program, path) == "\(edges) \(units) \(units) True\n")
  }

  @Test("Of large networks that share their parameters each stands there once")
  func shared() throws {
    func network(_ steps: Int, second: String = "w") throws -> (Network, Parameters) {
      try Graph("over time", seed: 3) {
        Group("h0", size: 3, bias: ParameterRule(.uniform(lower: -1, upper: 1), share: "b"))
        for t in 1...steps {
          Group(
            "h\(t)", size: 3, activation: .tanh,
            bias: ParameterRule(.uniform(lower: -1, upper: 1), share: "b"))
          Connection(
            "h\(t - 1)", to: "h\(t)",
            weight: ParameterRule(.normal(deviation: 0.5), share: t == 2 ? second : "w"))
        }
      }.compile()
    }
    let (long, parameters) = try network(40)
    try ParametersFile.write(parameters, of: long, manyEdges: 100, to: path)
    let file = try SafetensorsFile.read(path)
    #expect(file.names == ["parameters"] && long.parameterCount == 12)
    #expect(try ParametersFile.read(path, for: long) == parameters)
    for other in try [network(41).0, network(40, second: "v").0, compile("xor").network] {
      #expect(failure(other)?.code == .shapeMismatch)
    }
    try SafetensorsFile.write(
      [("parameters", SafetensorsTensor(.f64(Array(repeating: .nan, count: 12))))],
      metadata: file.metadata, to: path)
    #expect(failure(long)?.code == .invalidValue)
    // Small ones are written by edges.
    try ParametersFile.write(parameters, of: long, to: path)
    #expect(try SafetensorsFile.read(path).names.contains("weight.data"))
    #expect(try ParametersFile.read(path, for: long) == parameters)
  }

  @Test func otherNetworksAreRefused() throws {
    let (network, parameters) = try compile("feedback")
    try ParametersFile.write(parameters, of: network, to: path)
    #expect(failure(try compile("xor").network)?.code == .shapeMismatch)
    #expect(failure(try compile("hopfield").network)?.code == .shapeMismatch)
  }

  @Test func tiedEntriesMustAgree() throws {
    let (network, parameters) = try compile("convolution")
    try ParametersFile.write(parameters, of: network, to: path)
    let file = try SafetensorsFile.read(path)
    var tensors = try file.names.map { ($0, try file.tensor($0)) }
    let place = try #require(tensors.firstIndex { $0.0 == "weight.data" })
    guard case .f64(var values) = tensors[place].1.values else { return }
    values[0] += 1
    tensors[place].1 = SafetensorsTensor(.f64(values))
    try SafetensorsFile.write(tensors, metadata: file.metadata, to: path)
    let error = failure(network)
    #expect(error?.message.contains("tied") == true, "\(error?.description ?? "")")
    #expect(error?.location.subject?.hasPrefix("unit ") == true)
  }
}
