import Cyclograd
import CyclogradFormats
import Foundation
import Testing

/// Weights and biases from files that have several arrays, each by a name.
@Suite("Graph files name arrays of other files")
struct ArrayFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func document(_ connection: String, bias: String = "0") throws -> GraphDocument {
    let text = """
      format: cyclograd/1
      groups:
        - {name: x, size: 3, bias: \(bias)}
        - {name: y, size: 2}
      connections: [{from: x, to: y, \(connection)}]
      """
    return try GraphFile.read(folder.write(text, "g.yaml"))
  }

  private func safetensors(_ tensors: [String: SafetensorsTensor]) throws {
    try SafetensorsFile.write(tensors.map { ($0.key, $0.value) }, to: folder("m.safetensors"))
  }

  private let rows: [Double] = [1, 0.1, -2, 3, 0, 5]

  @Test("A tensor of PyTorch's has a row for each target")
  func tensors() throws {
    try safetensors([
      "f.weight": .init(shape: [2, 3], values: .f64(rows)), "f.bias": .init(.f64([7, 8, 9])),
    ])
    let graph = try document(
      "weight: {file: m.safetensors, tensor: f.weight}",
      bias: "{file: m.safetensors, tensor: f.bias, trainable: false}"
    ).resolved()
    #expect(graph.graph.connections[0].weight.initial == .list(rows))
    #expect(graph.graph.groups[0].units[0].bias == .frozen([7, 8, 9]))
    #expect(graph.remarks.isEmpty)
  }

  @Test("Narrow floats are widened, which changes none of them, and this is said")
  func widening() throws {
    try safetensors(["w": .init(shape: [2, 3], values: .f32(rows.map(Float.init)))])
    let resolved = try document("weight: {file: m.safetensors, tensor: w}").resolved()
    #expect(resolved.graph.connections[0].weight.initial == .list(rows.map { Double(Float($0)) }))
    #expect(resolved.remarks == ["1 array of 32-bit floats in m.safetensors: widened to 64 bits"])
  }

  /// 1, −2 and 0.5 in either format of 16 bits, as the standards have them.
  @Test(
    "Halves and bfloat16",
    arguments: [
      ("F16", [0x3C00, 0xC000, 0x3800], "16-bit floats"),
      ("BF16", [0x3F80, 0xC000, 0x3F00], "bfloat16"),
    ])
  func halves(_ type: String, _ bits: [UInt16], _ name: String) throws {
    let header = #"{"w":{"dtype":"\#(type)","shape":[3],"data_offsets":[0,6]}}"#
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    bytes += Array(header.utf8) + bits.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    _ = try folder.write(bytes, "m.safetensors")
    let resolved = try document("weight: 1", bias: "{file: m.safetensors, tensor: w}").resolved()
    #expect(resolved.graph.groups[0].units[0].bias.initial == .list([1, -2, 0.5]))
    #expect(resolved.remarks == ["1 array of \(name) in m.safetensors: widened to 64 bits"])
  }

  @Test("An array of an .npz file, beside one that is a sparse matrix by itself")
  func archives() throws {
    try NpzFile.write(
      [
        (name: "U.weight", array: NumpyArray(shape: [2, 3], elements: rows)),
        (name: "b", array: NumpyArray(shape: [3], elements: [7, 8, 9])),
      ], to: folder("deq.npz"))
    let graph = try document(
      "weight: {file: deq.npz, array: U.weight}", bias: "{file: deq.npz, array: b}"
    ).resolved().graph
    #expect(graph.connections[0].weight.initial == .list(rows))
    #expect(graph.groups[0].units[0].bias.initial == .list([7, 8, 9]))
  }

  @Test("Kernels are flattened, and ties keep their arrays")
  func kernels() throws {
    try safetensors(["k": .init(shape: [1, 1, 2, 2], values: .f64([1, 2, 3, 4]))])
    let weight = try document("weight: {kernel: {file: m.safetensors, tensor: k}}")
    #expect(weight.graph.connections[0].weight == .kernel(.file("m.safetensors", array: "k")))
    #expect(try weight.resolved().graph.connections[0].weight == .kernel([1, 2, 3, 4]))
    try NpzFile.write(
      [(name: "k", array: NumpyArray(shape: [1, 1, 2, 2], elements: [1, 2, 3, 4]))],
      to: folder("k.npz"))
    let archived = try document("weight: {kernel: {file: k.npz, array: k}}")
    #expect(try archived.resolved().graph.connections[0].weight == .kernel([1, 2, 3, 4]))
  }

  @Test("What names an array is written as it was read")
  func roundTrip() throws {
    for weight in [
      ParameterRule.file("a/m.safetensors", array: "layers.0.weight").frozen(),
      .file("m.NPZ", array: "U").shared("s"), .single(.file("m.npz", array: "1")),
    ] {
      let graph = Graph("g") {
        Group("x", size: 3, bias: .file("m.npz", array: "b"))
        Connection("x", to: "x", weight: weight)
      }
      #expect(try GraphFile.parse(GraphFile.text(for: graph)).graph == graph)
      #expect(try GraphFile.parse(GraphFile.json(for: graph)).graph == graph)
    }
    let graph = Graph("g") {
      Group("x", size: 3)
      Connection("x", to: "x", weight: .file("m.csv", array: "b"))
    }
    #expect(throws: CyclogradError.self) { try GraphFile.text(for: graph) }
  }

  @Test(
    "What does not fit is refused, and the message says what there is",
    arguments: [
      ("{file: m.safetensors}", "has arrays by name", "\"bias\", \"count\", \"deep\", \"w\""),
      ("{file: deq.npz}", "has arrays by name", "{file: deq.npz, array: NAME} with one of \"U\""),
      ("{file: m.safetensors, tensor: wieght}", "no tensor \"wieght\"", "it has \"bias\""),
      ("{file: deq.npz, array: V}", "no array \"V\"", "did you mean \"U\"?"),
      ("{file: m.safetensors, tensor: w}", "\"w\" of m.safetensors is a 3 × 2 matrix", "row"),
      ("{file: m.safetensors, tensor: deep}", "an array of 2 × 3 × 2 numbers", ""),
      ("{file: m.safetensors, tensor: count}", "numbers of the type I64, not floats", "F32"),
      ("{file: m.safetensors, array: w}", "m.safetensors has no 'array'", "a 'tensor'"),
      ("{file: w.npy, tensor: w}", "w.npy has no 'tensor'", "an .npz file an 'array'"),
      ("{normal: 1, tensor: w}", "'tensor' applies to 'file' only", ""),
      ("{tensor: w}", "'tensor' needs 'file' beside it", ""),
      ("{single: 1, array: w}", "'array' belongs beside 'file', inside 'single'", ""),
      ("{file: m.npz, tensor: w, array: w}", "only one of them", ""),
      ("{file: deq.pt}", "Python objects (pickle)", "safetensors.torch.save_file"),
    ])
  func refusals(_ weight: String, _ message: String, _ advice: String) throws {
    try safetensors([
      "w": .init(shape: [3, 2], values: .f64(rows)), "bias": .init(.f64([1])),
      "deep": .init(shape: [2, 3, 2], values: .f64(rows + rows)), "count": .init(.i64([1])),
    ])
    try NpzFile.write(
      [(name: "U", array: NumpyArray(shape: [1], elements: [1]))], to: folder("deq.npz"))
    let error = #expect(throws: CyclogradError.self) {
      try document("weight: \(weight)").resolved()
    }
    #expect(error?.location.line == 5)
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(
      advice.isEmpty || error?.description.contains(advice) == true, "\(String(describing: error))")
  }
}
