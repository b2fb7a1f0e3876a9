import Cyclograd
import CyclogradFormats
import CyclogradReports

/// The derivatives that are the largest by magnitude, of equal ones the first: of weights and biases, tied ones once, and
/// of what else a gradient has.
struct GradientRanking {
  /// A derivative, and what it is by.
  struct Entry {
    /// `weight`, `bias`, `input` or `start`.
    var kind: String
    /// The sample, or the time, of an input; `nil` for what all of them share.
    var place: Place?
    /// Where a weight's edge comes from.
    var source: String?
    var target: String
    /// The unit of the target; `nil` where the target's name says it.
    var unit: Int?
    var value: Double
    var derivative: Double
  }

  /// Where an input stands.
  enum Place {
    case sample(Int)
    case time(Double)
  }

  /// What the column of places is called.
  private let placeName: String
  private let count: Int
  private var kept: [(entry: Entry, number: Int)] = []
  private var offered = 0
  /// What a magnitude has to exceed: once there are enough, that of the smallest.
  private var least = -1.0

  /// Ranks the derivatives of parameters.
  ///
  /// - Parameters:
  ///   - count: how many are listed at most.
  ///   - placeName: what the samples or times of inputs are called.
  ///   - gradient: a number for each parameter.
  init(
    _ count: Int, placeName: String, _ network: Network, _ parameters: Parameters,
    _ gradient: [Double]
  ) {
    self.placeName = placeName
    self.count = min(count, 1 << 40)
    var isKnown = [Bool](repeating: false, count: gradient.count)
    network.forEachParameterUse { use in
      guard !isKnown[use.parameter] else { return }
      isKnown[use.parameter] = true
      offer(
        Entry(
          kind: use.source == nil ? "bias" : "weight", source: use.source, target: use.target,
          unit: use.unit, value: parameters.values[use.parameter],
          derivative: gradient[use.parameter]))
    }
  }

  /// Adds those of inputs: a row for each place, NaN where there are none.
  mutating func add(
    inputs names: [String], _ values: Matrix, _ gradient: Matrix, places: [Place]
  ) {
    for row in 0..<gradient.rows {
      for (column, name) in names.enumerated() {
        offer(
          Entry(
            kind: "input", place: places[row], target: name, value: values[row, column],
            derivative: gradient[row, column]))
      }
    }
  }

  /// Adds those of z of all units at the beginning of a course.
  mutating func add(start names: [String], _ values: some Sequence<Double>, _ gradient: [Double]) {
    for ((name, value), derivative) in zip(zip(names, values), gradient) {
      offer(Entry(kind: "start", target: name, value: value, derivative: derivative))
    }
  }

  /// Takes an entry into consideration; not one that is NaN.
  private mutating func offer(_ entry: Entry) {
    guard abs(entry.derivative) > least else { return }
    kept.append((entry, offered))
    offered += 1
    // Sorted now and then only, so that the work for each entry stays small.
    if kept.count >= 2 * count + 1000 {
      kept = sorted()
      least = abs(kept[count - 1].entry.derivative)
    }
  }

  /// The largest ones that were offered so far.
  private func sorted() -> [(entry: Entry, number: Int)] {
    let order = kept.sorted {
      (abs($1.entry.derivative), $0.number) < (abs($0.entry.derivative), $1.number)
    }
    return Array(order.prefix(count))
  }

  /// Writes the table to standard output.
  func write() throws {
    let rows = sorted().lazy.map { item -> [TableRows.Cell] in
      let entry = item.entry
      return [
        entry.place?.cell ?? .missing, .text(entry.kind),
        entry.source.map(TableRows.Cell.text) ?? .missing, .text(entry.target),
        entry.unit.map(TableRows.Cell.integer) ?? .missing, .number(entry.value),
        .number(entry.derivative),
      ]
    }
    try TableFile.write(
      header: [placeName, "kind", "source", "target", "unit", "value", "gradient"], rows: rows,
      to: "-", as: .csv)
  }

  var json: JSONValue {
    .list(
      sorted().map { item -> JSONValue in
        let entry = item.entry
        return .object([
          (placeName, entry.place?.json ?? .null), ("kind", .string(entry.kind)),
          ("source", .optional(entry.source)), ("target", .string(entry.target)),
          ("unit", entry.unit.map(JSONValue.integer) ?? .null), ("value", .number(entry.value)),
          ("gradient", .number(entry.derivative)),
        ])
      })
  }
}

extension GradientRanking.Place {
  fileprivate var cell: TableRows.Cell {
    switch self {
    case .sample(let number): .integer(number)
    case .time(let time): .number(time)
    }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .sample(let number): .integer(number)
    case .time(let time): .number(time)
    }
  }
}
