import Cyclograd

/// The type of a tensor's numbers, by its name in the file.
enum SafetensorsType: String {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// The number of bytes of a number.
  var size: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool: 1
    }
  }

  func values(
    _ data: UnsafeRawBufferPointer, _ path: String, _ name: String
  ) throws -> SafetensorsTensor.Values {
    switch self {
    case .f64: return .f64(doubles(data))
    case .f32:
      return .f32((integers(data) as [UInt32]).map { Float(bitPattern: $0) })
    case .f16: return .f32((integers(data) as [UInt16]).map { Float(Float16(bitPattern: $0)) })
    case .bf16:
      return .f32((integers(data) as [UInt16]).map { Float(bitPattern: UInt32($0) << 16) })
    case .i64: return .i64(integers(data))
    case .i32: return .i32(integers(data))
    case .i16: return .i16(integers(data))
    case .i8: return .i8(integers(data))
    case .u64: return .u64(integers(data))
    case .u32: return .u32(integers(data))
    case .u16: return .u16(integers(data))
    case .u8: return .u8(integers(data))
    case .bool:
      guard data.allSatisfy({ $0 <= 1 }) else {
        throw CyclogradError(
          .malformedFile, "a truth value is neither 0 nor 1",
          at: CyclogradError.Location(file: path, subject: "tensor \(Excerpt.quoted(name))"))
      }
      return .bool(data.map { $0 == 1 })
    }
  }

  private func doubles(_ data: UnsafeRawBufferPointer) -> [Double] {
    guard LittleEndian.isNative else {
      return (integers(data) as [UInt64]).map { Double(bitPattern: $0) }
    }
    return [Double](unsafeUninitializedCapacity: data.count / 8) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: data)
      count = data.count / 8
    }
  }

  private func integers<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ data: UnsafeRawBufferPointer
  ) -> [Integer] {
    let size = MemoryLayout<Integer>.size
    let stored = [Integer](unsafeUninitializedCapacity: data.count / size) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: data)
      count = data.count / size
    }
    return LittleEndian.isNative ? stored : stored.map { Integer(littleEndian: $0) }
  }
}
