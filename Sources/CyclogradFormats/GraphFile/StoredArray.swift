import Cyclograd

/// An array of a file as 64-bit floats.
struct StoredArray {
  /// The extent in each dimension; none for a single number.
  let shape: [Int]
  /// The numbers, the last index running fastest.
  let elements: [Double]
  /// The type of the floats in the file, where they have fewer than 64 bits.
  let narrowType: String?

  init(shape: [Int], elements: [Double], narrowType: String? = nil) {
    self.shape = shape
    self.elements = elements
    self.narrowType = narrowType
  }

  /// An array of NumPy's.
  init(_ content: NumpyContent) throws {
    let type = content.header.type
    self.init(
      shape: content.header.shape, elements: try content.doubles(),
      narrowType: type.kind == .float && type.size < 8 ? "\(8 * type.size)-bit floats" : nil)
  }

  /// A tensor, which must be of floats: integers in files of weights are mostly quantized, and stand for other
  /// numbers.
  init(_ tensor: SafetensorsTensor, type: SafetensorsType, name: String, path: String) throws {
    switch tensor.values {
    case .f64(let values): self.init(shape: tensor.shape, elements: values)
    case .f32(let values):
      self.init(
        shape: tensor.shape, elements: values.map(Double.init),
        narrowType: type == .f32 ? "32-bit floats" : type == .f16 ? "16-bit floats" : "bfloat16")
    case .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool:
      throw CyclogradError(
        .malformedFile, "the tensor has numbers of the type \(type.rawValue), not floats",
        at: .init(file: path, subject: "tensor \(Excerpt.quoted(name))"),
        advice: "store weights as F64, F32, F16 or BF16")
    }
  }
}

/// Arrays whose numbers were widened to 64 bits, to be told to people.
struct WidenedArrays {
  private var counts: [(file: String, type: String, count: Int)] = []

  /// One sentence for each file and type.
  var remarks: [String] {
    counts.map {
      "\($0.count) \($0.count == 1 ? "array" : "arrays") of \($0.type) in \($0.file): widened to 64 bits"
    }
  }

  mutating func note(_ array: StoredArray, in file: String) {
    guard let type = array.narrowType else { return }
    if let index = counts.firstIndex(where: { $0.file == file && $0.type == type }) {
      counts[index].count += 1
    } else {
      counts.append((file, type, 1))
    }
  }
}
