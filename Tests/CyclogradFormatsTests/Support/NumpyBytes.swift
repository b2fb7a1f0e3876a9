/// NumPy files, made by hand.
enum NumpyBytes {
  static func make(_ type: String, _ shape: String, _ data: [UInt8], fortran: Bool = false)
    -> [UInt8]
  {
    let order = fortran ? "True" : "False"
    return wrap(
      "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }", data)
  }

  static func make(_ type: String, _ shape: String, _ data: [Double]) -> [UInt8] {
    make(type, shape, data.flatMap { bytes($0.bitPattern) })
  }

  static func wrap(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array((header + "\n").utf8)
    let size =
      version == 1 ? bytes(UInt16(text.count)) : bytes(UInt32(text.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + text + data
  }

  static func bytes<Integer: FixedWidthInteger>(_ value: Integer, big: Bool = false) -> [UInt8] {
    withUnsafeBytes(of: big ? value.bigEndian : value.littleEndian) { Array($0) }
  }
}
