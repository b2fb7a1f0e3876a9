import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("NumPy files")
struct NumpyFileTests {
  private func failure(_ bytes: [UInt8]) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try NumpyFile.parse(.holding(bytes), file: "f") }
  }

  private func elements<Integer: FixedWidthInteger>(
    _ type: String, _ values: [Integer]
  ) throws -> [Double] {
    let data = values.flatMap { NumpyBytes.bytes($0, big: type.hasPrefix(">")) }
    let array = try NumpyFile.parse(
      .holding(NumpyBytes.make(type, "(\(values.count),)", data)), file: "f")
    #expect(array.shape == [values.count])
    return array.elements
  }

  @Test func allTypesInBothByteOrders() throws {
    for order in ["<", ">"] {
      #expect(try elements(order + "i2", [Int16(-2), 300]) == [-2, 300])
      #expect(try elements(order + "i4", [Int32(-70000), 1]) == [-70000, 1])
      #expect(try elements(order + "i8", [Int64(-1) << 40, 3]) == [-1_099_511_627_776, 3])
      #expect(try elements(order + "u2", [UInt16(65535)]) == [65535])
      #expect(try elements(order + "u4", [UInt32.max]) == [4_294_967_295])
      #expect(try elements(order + "u8", [UInt64.max]) == [18_446_744_073_709_551_616])
      let floats: [Double] = [1.5, -0.0, .infinity, 1e-40]
      #expect(try elements(order + "f8", floats.map(\.bitPattern)) == floats)
      #expect(
        try elements(order + "f4", floats.map { Float($0).bitPattern })
          == floats.map { Double(Float($0)) })
      #expect(
        try elements(order + "f2", [0x3C00, 0xC000, 0x0001] as [UInt16]) == [1, -2, 0x1p-24])
    }
    #expect(try elements("|i1", [Int8(-3), 4]) == [-3, 4])
    #expect(try elements("|u1", [UInt8(255)]) == [255])
    #expect(try elements("|b1", [UInt8(0), 1]) == [0, 1])
    #expect(try elements("<b1", [UInt8(1)]) == [1])
  }

  @Test func bothOrdersAndAllVersions() throws {
    let data = (1...6).flatMap { NumpyBytes.bytes(Double($0).bitPattern) }
    let rows = try NumpyFile.parse(.holding(NumpyBytes.make("<f8", "(2, 3)", data)), file: "f")
    #expect(rows == NumpyArray(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6]))
    let columns = try NumpyFile.parse(
      .holding(NumpyBytes.make("<f8", "(2, 3)", data, fortran: true)), file: "f")
    #expect(columns == NumpyArray(shape: [2, 3], elements: [1, 3, 5, 2, 4, 6]))
    let header = "{\"shape\":(3,2),'descr':'<f8','fortran_order':False}  "
    for version in UInt8(1)...3 {
      let array = try NumpyFile.parse(
        .holding(NumpyBytes.wrap(header, data, version: version)), file: "f")
      #expect(array.shape == [3, 2])
    }
    #expect(failure(NumpyBytes.wrap(header, data, version: 4))?.message.contains("4.0") == true)
  }

  @Test func matricesComeBackBitForBit() throws {
    let folder = try TemporaryFolder()
    var random = TestRandom(5)
    let elements = (0..<700).map { _ in Double(bitPattern: random.next()) }
    try NumpyFile.write(Matrix(rows: 7, columns: 100, elements: elements), to: folder("m.npy"))
    let array = try NumpyFile.read(folder("m.npy"))
    #expect(array.shape == [7, 100])
    #expect(array.elements.map(\.bitPattern) == elements.map(\.bitPattern))
  }

  @Test func theHeaderIsTheOneThatNumPyWrites() throws {
    let folder = try TemporaryFolder()
    try NumpyFile.write(Matrix([[1, 2]]), to: folder("m.npy"))
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder("m.npy"))))
    #expect(bytes.count == 128 + 16)
    #expect(bytes[..<10] == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    let header = String(decoding: bytes[10..<128], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }  "))
    #expect(header.hasSuffix(" \n"))
  }

  @Test(arguments: [
    ("|O", "Python objects"), ("<c16", "complex"), ("<U5", "text"), ("|S3", "byte strings"),
    ("|V8", "structured"), ("<M8[ns]", "dates"), ("<f16", "<f16"), ("|f8", "byte order"),
    ("f8", "not an element type"), ("", "not an element type"), ("<", "not an element type"),
    ("<f88", "<f88"), ("=f8", "not an element type"),
  ])
  func unsupportedTypesAreRefusedByName(_ type: String, _ reason: String) {
    let error = failure(NumpyBytes.make(type, "(1,)", [UInt8](repeating: 0, count: 16)))
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func structuredTypesAreRefusedByName() {
    let header = "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }"
    #expect(failure(NumpyBytes.wrap(header, []))?.message.contains("structured") == true)
  }

  @Test(arguments: [
    ("(9223372036854775808,)", "too large"), ("(9223372036854775807,)", "claims"),
    ("(4294967296, 4294967296)", "claims"), ("(1152921504606846976,)", "claims"),
    ("(1000000000000,)", "promises"), ("(3,)", "promises"), ("(1,)", "promises"),
    ("(2, 2, 2)", "3 dimensions"), ("(2)", "comma"), ("(-1,)", "number"), ("[2]", "shape"),
    ("(2,", "a number"), ("'2'", "shape"), ("()", "promises"), ("(2,),,", "string"),
    ("(2,), 'shape': (2,)", "twice"), ("(2,), 'x': True", "unknown"), ("(2,)}  x#", "follows"),
  ])
  func shapesThatCannotBeAreRefused(_ shape: String, _ reason: String) {
    let error = failure(NumpyBytes.make("<f8", shape, [1.0, 2.0]))
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func emptyDimensionsDoNotHideOverflow() {
    let huge = "(9223372036854775807, 9223372036854775807, 0)"
    #expect(failure(NumpyBytes.make("<f8", huge, [Double]())) != nil)
    #expect(failure(NumpyBytes.wrap("{'descr': '<f8'}", [])) != nil)
    #expect(failure([]) != nil)
  }

  @Test(arguments: ["<f8", "|b1", ">i4"])
  func damagedFilesNeverCrash(_ type: String) {
    let size = type == "<f8" ? 8 : type == ">i4" ? 4 : 1
    let data = [UInt8](repeating: 1, count: 6 * size)
    let refused = HostileInput.refusals(
      NumpyBytes.make(type, "(2, 3)", data, fortran: true),
      check: { (array: NumpyArray) in array.elements.count == array.shape.reduce(1, *) },
      read: { try NumpyFile.parse(.holding($0), file: "f") })
    #expect(refused > 500)
  }
}
