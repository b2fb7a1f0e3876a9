/// A named file's numbers in as many dimensions as you like, the last index running fastest.
public struct SafetensorsTensor: Hashable, Sendable {
  /// The numbers, of one type.
  public enum Values: Hashable, Sendable {
    /// 64-bit floats.
    case f64([Double])
    /// 32-bit floats; those with 16 bits, F16 and BF16, are read as these.
    case f32([Float])
    /// 64-bit integers.
    case i64([Int64])
    /// 32-bit integers.
    case i32([Int32])
    /// 16-bit integers.
    case i16([Int16])
    /// 8-bit integers.
    case i8([Int8])
    /// Unsigned 64-bit integers.
    case u64([UInt64])
    /// Unsigned 32-bit integers.
    case u32([UInt32])
    /// Unsigned 16-bit integers.
    case u16([UInt16])
    /// Unsigned 8-bit integers.
    case u8([UInt8])
    /// Truth values.
    case bool([Bool])

    /// The number of numbers.
    public var count: Int {
      switch self {
      case .f64(let values): values.count
      case .f32(let values): values.count
      case .i64(let values): values.count
      case .i32(let values): values.count
      case .i16(let values): values.count
      case .i8(let values): values.count
      case .u64(let values): values.count
      case .u32(let values): values.count
      case .u16(let values): values.count
      case .u8(let values): values.count
      case .bool(let values): values.count
      }
    }
  }

  /// The extent in each dimension; none for a single number.
  public let shape: [Int]
  /// The numbers.
  public let values: Values

  /// Creates a tensor.
  ///
  /// - Precondition: there are as many numbers as the shape says.
  public init(shape: [Int], values: Values) {
    precondition(
      shape.allSatisfy { $0 >= 0 }
        && (shape.contains(0) ? 0 : shape.reduce(1, *)) == values.count,
      "a tensor of shape \(shape) with \(values.count) numbers")
    self.shape = shape
    self.values = values
  }

  /// Creates a tensor of one dimension.
  public init(_ values: Values) { self.init(shape: [values.count], values: values) }
}

extension SafetensorsTensor.Values {
  var type: SafetensorsType {
    switch self {
    case .f64: .f64
    case .f32: .f32
    case .i64: .i64
    case .i32: .i32
    case .i16: .i16
    case .i8: .i8
    case .u64: .u64
    case .u32: .u32
    case .u16: .u16
    case .u8: .u8
    case .bool: .bool
    }
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch self {
    case .f64(let values): try LittleEndian.withBytes(values, body)
    case .f32(let values): try LittleEndian.withBytes(values.map(\.bitPattern), body)
    case .i64(let values): try LittleEndian.withBytes(values, body)
    case .i32(let values): try LittleEndian.withBytes(values, body)
    case .i16(let values): try LittleEndian.withBytes(values, body)
    case .i8(let values): try LittleEndian.withBytes(values, body)
    case .u64(let values): try LittleEndian.withBytes(values, body)
    case .u32(let values): try LittleEndian.withBytes(values, body)
    case .u16(let values): try LittleEndian.withBytes(values, body)
    case .u8(let values): try LittleEndian.withBytes(values, body)
    case .bool(let values): try values.withUnsafeBytes(body)
    }
  }
}
