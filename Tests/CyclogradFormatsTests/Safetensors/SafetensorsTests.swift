import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Safetensors")
struct SafetensorsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func parse(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try SafetensorsFile(.holding(bytes), "f")
  }

  private func parse(_ header: String, data: Int) throws -> SafetensorsFile {
    try parse(
      NumpyBytes.bytes(UInt64(header.utf8.count)) + Array(header.utf8)
        + [UInt8](repeating: 0, count: data))
  }

  private let tensors: [(name: String, tensor: SafetensorsTensor)] = [
    ("a", SafetensorsTensor(shape: [2, 1, 2], values: .f64([1, 2, 3, 0.1]))),
    ("é\"\\\n", SafetensorsTensor(.i32([-1, 7]))),
    ("u", SafetensorsTensor(shape: [], values: .u8([255]))),
    ("b", SafetensorsTensor(.bool([true, false]))),
    ("f", SafetensorsTensor(.f32([0.5]))), ("none", SafetensorsTensor(.i64([]))),
  ]

  @Test func roundTrip() throws {
    try SafetensorsFile.write(tensors, metadata: ["k": "v\t"], to: folder("t.safetensors"))
    let file = try SafetensorsFile.read(folder("t.safetensors"))
    #expect(Set(file.names) == Set(tensors.map(\.name)))
    #expect(file.metadata == ["k": "v\t"])
    for (name, tensor) in tensors { #expect(try file.tensor(name) == tensor) }
    guard Python.hasSafetensors else { return }
    let program = """
      import sys, safetensors.numpy as s
      t = s.load_file(sys.argv[1]); print({k: t[k].tolist() for k in sorted(t)})
      """
    #expect(
      Python.run(program, folder("t.safetensors"))
        == "{'a': [[[1.0, 2.0]], [[3.0, 0.1]]], 'b': [True, False], 'f': [0.5], 'none': [], "
        + "'u': 255, 'é\"\\\\\\n': [-1, 7]}\n")
  }

  @Test(.enabled(if: Python.hasSafetensors, "python3 with safetensors is not installed"))
  func filesOfPython() throws {
    let program = """
      import sys, numpy as np, safetensors.numpy as s
      s.save_file({'d': np.arange(6.).reshape(2, 3), 'h': np.array([0.5, -2], 'f2'),
        'i': np.array([-5], 'i8'), 'u': np.array([[1, 2]], 'u1')}, sys.argv[1], {'a': 'ü'})
      """
    try #require(Python.run(program, folder("p")) != nil)
    let file = try SafetensorsFile.read(folder("p"))
    #expect(file.metadata == ["a": "ü"])
    #expect(
      try file.tensor("d") == SafetensorsTensor(shape: [2, 3], values: .f64([0, 1, 2, 3, 4, 5])))
    #expect(try file.tensor("h") == SafetensorsTensor(.f32([0.5, -2])))
    #expect(try file.tensor("i") == SafetensorsTensor(.i64([-5])))
    #expect(try file.tensor("u") == SafetensorsTensor(shape: [1, 2], values: .u8([1, 2])))
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,24]}}"#, "needs 16 bytes"),
    (#"{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}}"#, "the file has 24"),
    (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[16,8]}}"#, "from byte 16 to 8"),
    (#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, "15 bytes follow"),
    (#"{"a":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}"#, "unused bytes"),
    (
      #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}"#,
      "overlap"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[9223372036854775807,3],"data_offsets":[0,24]}}"#, "too large"
    ),
    (#"{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,24]}}"#, "a count"),
    (#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,24]}}"#, "a count"),
    (#"{"a":{"dtype":"C64","shape":[3],"data_offsets":[0,24]}}"#, "C64"),
    (#"{"a":{"dtype":"U8","shape":[24],"data_offsets":[0,24]},"a":{}}"#, "twice"),
    (#"{"a":{"dtype":"U8","shape":[24],"data_offsets":[0,24]}}x"#, "follows"),
    (#"{"a":{"dtype":"U8","dtype":"U8","shape":[24],"data_offsets":[0,24]}}"#, "twice"),
    (#"{"__metadata__":{"a":1}}"#, "expected"), ("", "expected"), (#"{"\ud800":{}}"#, "half"),
  ])
  func headersThatLie(_ header: String, _ reason: String) throws {
    #expect {
      try parse(header, data: 24)
    } throws: {
      let text = ($0 as? CyclogradError)?.message ?? ""
      if !text.contains(reason) { Issue.record("\(text)") }
      return text.contains(reason)
    }
  }

  @Test func damagedFiles() throws {
    try SafetensorsFile.write(tensors, to: folder("t"))
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("t"))))
    let refused = HostileInput.refusals(
      bytes, check: { (count: Int) in count <= tensors.count },
      read: { bytes in
        let file = try parse(bytes)
        for name in file.names { _ = try file.tensor(name) }
        return file.names.count
      })
    #expect(refused > bytes.count)
    #expect(throws: CyclogradError.self) { try parse(NumpyBytes.bytes(UInt64(1) << 63)) }
    #expect(throws: CyclogradError.self) { try parse(NumpyBytes.bytes(UInt64(90_000_000))) }
  }
}
