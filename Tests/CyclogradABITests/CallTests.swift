import CCyclogradABI
import Cyclograd
import CyclogradABI
import Foundation
import TestSupport
import Testing

/// A ring of three neurons in compressed rows, through the C interface.
final class Ring {
  static let starts: [Int32] = [0, 1, 3, 4]
  static let columns: [Int32] = [2, 0, 1, 1]
  static let weights = [0.5, -0.75, 0.25, 1.5]
  static let biases = [0.1, 0.2, -0.3]
  let network: OpaquePointer
  let simulator: OpaquePointer

  init(options: String? = nil, activation: String = "{\"activation\": \"tanh\"}") throws {
    network = try Self.make(activation)
    var error: UnsafeMutablePointer<CChar>?
    guard let made = cg_simulator_create(network, options, nil, &error) else {
      cg_network_release(network)
      throw Refusal(error)
    }
    simulator = made
  }

  deinit {
    cg_simulator_release(simulator)
    cg_network_release(network)
  }

  static func make(_ options: String, bytes: Int32 = 4) throws -> OpaquePointer {
    var error: UnsafeMutablePointer<CChar>?
    return try starts.withUnsafeBytes { starts in
      try columns.withUnsafeBytes { columns in
        try weights.withUnsafeBufferPointer { weights in
          try biases.withUnsafeBufferPointer { biases in
            var matrix = cg_csr(
              neurons: 3, row_starts: starts.baseAddress!, columns: columns.baseAddress!,
              index_bytes: bytes, weights: weights.baseAddress!, biases: biases.baseAddress,
              inputs: nil, input_count: 0, outputs: nil, output_count: 0)
            guard let network = cg_network_from_csr(&matrix, options, nil, &error) else {
              throw Refusal(error)
            }
            return network
          }
        }
      }
    }
  }
}

/// The error that a call has left.
struct Refusal: Error {
  let code: String?
  let message: String?
  let advice: String?
  /// All of it in one sentence.
  let text: String?

  init(_ text: UnsafeMutablePointer<CChar>?) {
    let data = Data(String(cString: text!).utf8)
    cg_free(text)
    let fields = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    code = fields?["code"] as? String
    message = fields?["message"] as? String
    advice = fields?["advice"] as? String
    self.text = fields?["text"] as? String
  }
}

/// Calls stand outside of the macros: a pointer that is made for an argument within one does not last.
@Suite("The C interface does what the library does")
struct CallTests {
  @Test("It says its version and what it has")
  func features() throws {
    #expect(cg_abi_version() == CG_ABI_VERSION)
    let text = cg_features()
    defer { cg_free(text) }
    let features = try #require(
      try JSONSerialization.jsonObject(with: Data(String(cString: text).utf8)) as? [String: Any])
    #expect((features["backends"] as? [String])?.contains("automatic") == true)
    #expect(cg_status_name(0).map { String(cString: $0) } == "converged")
    #expect(cg_status_name(99) == nil)
  }

  @Test("States, derivatives and evidence are the library's, bit for bit")
  func solving() throws {
    let ring = try Ring()
    let (network, values) = try WeightMatrixGraph.ring.compile()
    let simulator = try Simulator(network)
    let inputs = Matrix([[0.5, -1, 0.25], [0, 0, 2]])
    let expected = try simulator.equilibrium(values, inputs: inputs)
    let equilibrium = cg_solve(ring.simulator, nil, inputs.elements, 2, nil, 0, 0, nil, nil)!
    defer { cg_equilibrium_release(equilibrium) }
    var outputs = [Double](repeating: 0, count: 6)
    cg_equilibrium_read(equilibrium, CG_OUTPUTS, &outputs)
    #expect(outputs == expected.outputs.elements)
    cg_equilibrium_read(equilibrium, CG_STATES, &outputs)
    #expect(outputs == expected.states.elements)
    var status = [Int32](repeating: -1, count: 2)
    var residual = [0.0, 0]
    var iterations = [Int64](repeating: 0, count: 2)
    cg_equilibrium_evidence(equilibrium, &status, &residual, &iterations)
    #expect(status == [0, 0])
    #expect(residual == expected.evidence.map(\.residual))
    #expect(iterations == expected.evidence.map { Int64($0.iterations) })

    let v = Matrix([[1, 2, 3], [-1, 0, 1]])
    let gradient = try simulator.differentiate(.outputs(v), at: expected).get()
    var (byParameters, byInputs) = (
      [Double](repeating: 0, count: 7), [Double](repeating: 0, count: 6)
    )
    let worked1 = cg_vjp(
      ring.simulator, equilibrium, v.elements, 0, &byParameters, &byInputs, nil, nil)
    #expect(worked1 == 1)
    #expect(byParameters == gradient.parameters)
    #expect(byInputs == gradient.inputs.elements)

    // ⟨v, J u⟩ = ⟨Jᵀ v, u⟩
    var change = [Double](repeating: 0, count: 6)
    let u = [0.1, 0.2, 0.3, -0.1, 0.5, 0.7]
    let worked2 = cg_jvp(ring.simulator, equilibrium, nil, u, &change, nil, nil)
    #expect(worked2 == 1)
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    #expect(abs(dot(v.elements, change) - dot(byInputs, u)) < 1e-12)

    let moved = cg_update(ring.simulator, equilibrium, nil, [0.5, -1, 0.5, 0, 0, 2], nil, nil)!
    defer { cg_equilibrium_release(moved) }
    let fresh = try simulator.equilibrium(values, inputs: Matrix([[0.5, -1, 0.5], [0, 0, 2]]))
    cg_equilibrium_read(moved, CG_OUTPUTS, &outputs)
    for (a, b) in zip(outputs, fresh.outputs.elements) { #expect(abs(a - b) < 1e-9) }
    cg_equilibrium_read(equilibrium, CG_OUTPUTS, &outputs)
    #expect(outputs == expected.outputs.elements)
  }

  @Test("The layout says where parameters stand")
  func layout() throws {
    let ring = try Ring()
    var info = cg_network_info()
    cg_network_get_info(ring.network, &info)
    #expect(info.neurons == 3)
    #expect(info.parameters == 7)
    var (starts, columns) = ([Int64](repeating: 0, count: 4), [Int32](repeating: 0, count: 4))
    var (weights, biases) = ([Int32](repeating: 0, count: 4), [Int32](repeating: 0, count: 3))
    var values = [Double](repeating: 0, count: 7)
    cg_network_layout(ring.network, &starts, &columns, &weights, &biases)
    cg_network_parameters(ring.network, &values)
    #expect(starts == Ring.starts.map { Int64($0) })
    #expect(columns == Ring.columns)
    #expect(weights.map { values[Int($0)] } == Ring.weights)
    #expect(biases.map { values[Int($0)] } == Ring.biases)
  }

  @Test("Matrices without arrays, and sizes that cannot be, are errors")
  func missingArrays() throws {
    var error: UnsafeMutablePointer<CChar>?
    func network(_ change: (inout cg_csr) -> Void) -> String? {
      Ring.starts.withUnsafeBytes { starts in
        Ring.columns.withUnsafeBytes { columns in
          Ring.weights.withUnsafeBufferPointer { weights in
            var matrix = cg_csr(
              neurons: 3, row_starts: starts.baseAddress, columns: columns.baseAddress,
              index_bytes: 4, weights: weights.baseAddress, biases: nil, inputs: nil,
              input_count: 0, outputs: nil, output_count: 0)
            change(&matrix)
            guard let made = cg_network_from_csr(&matrix, nil, nil, &error) else {
              return Refusal(error).code
            }
            cg_network_release(made)
            return nil
          }
        }
      }
    }
    #expect(network { _ in } == nil)
    #expect(network { $0.row_starts = nil } == "invalid-graph")
    #expect(network { $0.columns = nil } == "invalid-graph")
    #expect(network { $0.weights = nil } == "invalid-graph")
    let far: [Int64] = [.max]
    far.withUnsafeBufferPointer { far in
      #expect(
        network {
          $0.inputs = far.baseAddress
          $0.input_count = 1
        } == "invalid-graph")
    }
    #expect(throws: Refusal.self) { try Ring.make(#"{"activation": ["tanh"]}"#) }
    let ring = try Ring()
    for samples in [Int64.max, 1 << 40] {
      #expect(cg_solve(ring.simulator, nil, [0, 0, 0], samples, nil, 0, 0, nil, &error) == nil)
      #expect(Refusal(error).code == "shape-mismatch")
      #expect(cg_bound(ring.simulator, nil, nil, samples, "{\"radius\": 0.1}", nil, &error) == nil)
      _ = Refusal(error)
    }
  }

  @Test("Networks and parameters are written and read")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ring = try Ring()
    let values = (0..<7).map { 0.25 * Double($0) - 0.5 }
    var error: UnsafeMutablePointer<CChar>?
    for (name, hasEdges) in [("net.yaml", true), ("net.npz", true), ("p.safetensors", false)] {
      let path = folder.appendingPathComponent(name).path
      guard let said = cg_network_write(ring.network, values, path, nil, nil, &error) else {
        throw Refusal(error)
      }
      cg_free(said)
      guard hasEdges else {
        var read = [Double](repeating: 0, count: 7)
        #expect(cg_network_read_parameters(ring.network, path, &read, nil, &error) == 1)
        #expect(read == values)
        continue
      }
      let options =
        name == "net.npz"
        ? "{\"activation\": \"tanh\", \"inputs\": \"0..2\", \"outputs\": \"0..2\"}" : nil
      let other = try #require(cg_network_read(path, options, nil, nil))
      defer { cg_network_release(other) }
      var read = [Double](repeating: 0, count: 7)
      cg_network_parameters(other, &read)
      #expect(Array(read.prefix(4)) == Array(values.prefix(4)), "\(name)")
    }
    #expect(cg_network_write(ring.network, nil, folder.path + "/net.xyz", nil, nil, &error) == nil)
    #expect(Refusal(error).code == "invalid-option")
    var (edges, biases) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 3))
    cg_network_factors(ring.network, &edges, &biases)
    #expect(edges == [1, 1, 1, 1] && biases == [1, 1, 1])
  }

  @Test("One bias for all neurons is a number or a text, and nothing else")
  func bias() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv").path
    try Data("source,target,weight\na,b,2\n".utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let others = "\"activation\": \"tanh\", \"inputs\": \"a\", \"outputs\": \"b\""
    var error: UnsafeMutablePointer<CChar>?
    for bias in ["0.5", "\"0.5\""] {
      let options = "{\"bias\": \(bias), \(others)}"
      guard let network = cg_network_read(path, options, nil, &error) else {
        throw Refusal(error)
      }
      var values = [Double](repeating: 0, count: 3)
      cg_network_parameters(network, &values)
      #expect(values == [2, 0.5, 0.5])
      cg_network_release(network)
    }
    for (bias, message) in [
      ("[1, 2]", "'bias' is not a number or a text"),
      ("true", "'bias' is not a number or a text"),
      ("\"nan\"", "the bias is \"nan\", which is not a finite number"),
    ] {
      let network = cg_network_read(path, "{\"bias\": \(bias), \(others)}", nil, &error)
      #expect(network == nil)
      let refusal = Refusal(error)
      #expect(refusal.message == message)
    }
  }

  @Test(
    "What is wrong comes back as code, message and advice",
    arguments: [
      ("{\"activation\": \"tnah\"}", "invalid-option"),
      ("{\"activaton\": \"tanh\"}", "invalid-option"),
      ("[1]", "invalid-option"), ("{\"activation\": [\"tanh\", \"relu\"]}", "shape-mismatch"),
      ("{\"activation\": 3}", "invalid-option"),
    ])
  func errors(options: String, code: String) throws {
    do {
      cg_network_release(try Ring.make(options))
      Issue.record("\(options) was taken")
    } catch let error as Refusal {
      #expect(error.code == code)
      #expect(error.message?.isEmpty == false)
    }
    var error: UnsafeMutablePointer<CChar>?
    let made3 = cg_network_read("/nowhere/at/all.yaml", nil, nil, &error)
    #expect(made3 == nil)
    #expect(Refusal(error).code == "file")
    // Nobody has to want the error.
    let made4 = cg_network_read("/nowhere/at/all.yaml", nil, nil, nil)
    #expect(made4 == nil)
    #expect(throws: Refusal.self) { try Ring.make("{}", bytes: 2) }
  }

  @Test("Errors and remarks speak of options by the names that they have here")
  func namesOfOptions() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var error: UnsafeMutablePointer<CChar>?
    func refusal(_ rows: String, _ options: String) throws -> Refusal {
      try rows.write(toFile: path, atomically: true, encoding: .utf8)
      let network = cg_network_read(path, options, nil, &error)
      cg_network_release(network)
      return Refusal(error)
    }
    let edges = "source,target,weight\na,b,0.5\nb,a,0.25\n"
    let signs = try refusal(edges, #"{"sign": "a=1", "activation": "tanh"}"#)
    #expect(signs.message == "sign without sign_column")
    let rows = try refusal("1,2,3\n2,3,1\n3,1,2\n", "{}")
    #expect(
      rows.advice
        == "give option 'from' edge-list for source, target, weight, or option 'from' table for a matrix"
    )
    let neurons = try refusal(edges, #"{"activation": "tanh", "inputs": "x", "outputs": "a"}"#)
    #expect(neurons.text?.contains("--") == false)
    #expect(neurons.text?.contains("inputs") == true)

    try "10,12,0.5\n12,99,0.5\n99,10,1\n10,99,4\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    let options =
      #"{"from": "edge-list", "activation": "tanh", "inputs": "10", "outputs": "12"}"#
    let network = try #require(cg_network_read(path, options, nil, nil))
    defer { cg_network_release(network) }
    let remarks = cg_network_describe(network, "remarks", &error)
    defer { cg_free(remarks) }
    #expect(
      String(cString: try #require(remarks))
        == #"["the 3 ids are names; ids numbers takes them as numbers of neurons"]"#)
  }

  @Test("Numbers in options are rounded once, and truth values are no numbers")
  func numbersOfOptions() throws {
    let ring = try Ring()
    let (network, values) = try WeightMatrixGraph.ring.compile()
    let inputs = Matrix([[0.5, -1, 0.25]])
    var error: UnsafeMutablePointer<CChar>?
    for radius in [8.0 / 255, 0.1 + 0.2, 1.0 / 3, 0.013725490196078431] {
      let expected = try Bounds(
        of: values, over: InputBox(around: inputs, radius: Matrix([[radius]])),
        by: Simulator(network)
      ).rows[0]
      let found = cg_bound(
        ring.simulator, nil, inputs.elements, 1, "{\"radius\": \(radius)}", nil, &error)
      let text = try #require(found)
      defer { cg_free(text) }
      let lower = "\"lower\": [" + expected.lower.map { "\($0)" }.joined(separator: ", ") + "]"
      #expect(String(cString: text).contains(lower), "\(radius)")
    }
    for options in ["{\"radius\": [true]}", "{\"radius\": true}", "{\"radius\": [[0.1]]}"] {
      #expect(cg_bound(ring.simulator, nil, inputs.elements, 1, options, nil, &error) == nil)
      #expect(Refusal(error).code == "invalid-option")
    }
  }

  @Test("Boxes of networks without inputs have no radius")
  func boxesWithoutInputs() throws {
    let graph = """
      format: cyclograd/1
      groups:
        - {name: a, size: 1, bias: 1}
      edges:
        - [a.0, a.0, 0.5]
      outputs: [a]
      """
    var error: UnsafeMutablePointer<CChar>?
    let parsed = cg_network_parse(graph, Int64(graph.utf8.count), nil, nil, &error)
    let network = try #require(parsed)
    defer { cg_network_release(network) }
    let made = cg_simulator_create(network, nil, nil, &error)
    let simulator = try #require(made)
    defer { cg_simulator_release(simulator) }
    for radius in ["[]", "0.1"] {
      let text = cg_bound(simulator, nil, nil, 2, "{\"radius\": \(radius)}", nil, &error)
      cg_free(try #require(text))
    }
    #expect(cg_bound(simulator, nil, nil, 2, "{\"radius\": [1, 2, 3]}", nil, &error) == nil)
    #expect(Refusal(error).code == "shape-mismatch")
  }

  @Test("Parameters that are not finite are not written")
  func parametersThatAreNotFinite() throws {
    let ring = try Ring()
    var values = [Double](repeating: 0.5, count: 7)
    values[1] = .nan
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml").path
    var error: UnsafeMutablePointer<CChar>?
    #expect(cg_network_write(ring.network, values, path, nil, nil, &error) == nil)
    #expect(Refusal(error).code == "invalid-value")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(
    "What a file of parameters says of its training comes back, classes alone as well",
    arguments: [
      (#"{\"format\": \"cyclograd-inputs/1\", \"classes\": [\"no\", \"yes\"]}"#, true),
      (#"{\"format\": \"cyclograd-inputs/1\"}"#, false),
    ])
  func preparation(text: String, isKept: Bool) throws {
    let ring = try Ring()
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var error: UnsafeMutablePointer<CChar>?
    let options = #"{"preparation": ""# + text + #""}"#
    let written = cg_network_write(ring.network, nil, path, options, nil, &error)
    cg_free(try #require(written))
    let read = cg_read_preparation(path, nil, &error)
    defer { cg_free(read) }
    let found = String(cString: try #require(read))
    #expect(found.contains("classes") == isKept)
    #expect((found == "null") == !isKept)
  }

  @Test("A token ends calls, and is told of progress")
  func tokens() throws {
    let ring = try Ring(
      options:
        "{\"backend\": \"edge-list\", \"tolerance\": 1e-300, \"maximum_iterations\": 1099511627776}",
      activation: "{\"activation\": \"cos\"}")
    let token = cg_token_create(nil, nil)
    defer { cg_token_release(token) }
    nonisolated(unsafe) let shared = token
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.05)
      cg_token_cancel(shared)
    }
    var error: UnsafeMutablePointer<CChar>?
    let made5 = cg_solve(ring.simulator, nil, [9.5, 1, 0.25], 1, nil, 0, 0, token, &error)
    #expect(made5 == nil)
    #expect(Refusal(error).code == "cancelled")
  }
}

/// The same ring as the library has it.
enum WeightMatrixGraph {
  static let ring = Graph(
    name: "",
    groups: [
      Group(
        "n", shape: [3], role: [.input, .output],
        units: [.init(.tanh, bias: ParameterRule(.list(Ring.biases)))])
    ],
    connections: [
      Connection(
        "n", to: "n",
        .entries(
          SparseEntries(rows: [0, 1, 1, 2], columns: Ring.columns, values: Ring.weights)))
    ])
}
