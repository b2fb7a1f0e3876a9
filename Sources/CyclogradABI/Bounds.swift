import CCyclogradABI
import Cyclograd
import CyclogradReports

/// See the header.
@c @implementation
public func cg_bound(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, _ samples: Int64, _ options: UnsafePointer<CChar>,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let simulator = handles.simulator
    let values = CyclogradABI.parameters(parameters, handles)
    var options = try Options(options, "bounds")
    let box = try box(
      around: try matrix(
        inputs, rows: samples, columns: simulator.network.inputCount, "a batch of samples"),
      &options)
    let bounds = Bounds.Options(
      methods: try BoundMethod.direct(named: try options.string("method") ?? "best"),
      threads: simulator.options.threads, keepsStates: try options.boolean("states") ?? false)
    let functionals = try options.rows("functionals")
    let progress = TaskProgress.current
    progress?.begin("bounding samples", of: box.samples.rows)
    defer { progress?.end() }
    let advance: @Sendable (Int) -> Void = { _ in progress?.advance(by: 1) }
    let rows: [BoundedSample]
    if try options.boolean("margins") ?? false {
      let (splits, seconds) = (try options.integer("splits"), try options.number("seconds"))
      let certification = Certification.Options(
        bounds: bounds, attacks: try options.boolean("attack") ?? false,
        // A time alone allows any number.
        splits: splits ?? (seconds == nil ? 0 : .max), seconds: seconds)
      let targets = try options.integers("targets")
      try options.end()
      if functionals != nil {
        throw CyclogradError(
          .invalidOption, "functionals and margins both say what is bounded",
          advice: "give one of them")
      }
      let found = try Certification(
        of: values, over: box, targets: targets, by: simulator, options: certification,
        progress: advance)
      rows = found.rows.map(BoundedSample.init)
    } else {
      try options.end()
      let found = try Bounds(
        of: values, over: box, functionals: functionals?.map(OutputFunctional.init), by: simulator,
        options: bounds, progress: advance)
      rows = found.rows.map(BoundedSample.init)
    }
    return text(JSONValue.list(rows.enumerated().map { $1.json(row: $0) }).line)
  }
}

private func box(around samples: Matrix, _ options: inout Options) throws -> InputBox {
  guard let radius = try options.numbers("radius") else {
    throw CyclogradError(
      .invalidOption, "nothing says how far inputs may move", advice: "give a radius")
  }
  let range = try options.numbers("range")
  if let range, range.count != 2 || !(range[0] <= range[1]) {
    throw CyclogradError(
      .invalidOption, "the range is \(range)", advice: "give two numbers, the smaller one first")
  }
  let isByRow = radius.count == samples.elements.count && samples.rows > 1
  return try InputBox(
    around: samples,
    radius: isByRow
      ? Matrix(rows: samples.rows, columns: samples.columns, elements: radius) : Matrix([radius]),
    range: range.map { $0[0]...$0[1] }, changes: try options.integer("changes"))
}

/// See the header.
@c @implementation
public func cg_sensitivity(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ options: UnsafePointer<CChar>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    var options = try Options(options, "sensitivities")
    let sensitivity = try Sensitivity(
      handles.simulator.network, CyclogradABI.parameters(parameters, handles),
      outputs: try options.integers("outputs"), inputs: try options.integers("inputs"),
      threads: handles.simulator.options.threads)
    let isMatrix = try options.boolean("matrix") ?? false
    let norms = try options.strings("norms") ?? ["infinity", "one", "two"]
    try options.end()
    var entries = try norms.map { name -> (key: String, value: JSONValue) in
      switch name {
      case "infinity": ("infinity_norm", try sensitivity.infinityNorm().json)
      case "one": ("one_norm", try sensitivity.oneNorm().json)
      case "two": ("two_norm", try sensitivity.twoNorm().json)
      default:
        throw CyclogradError(
          .invalidOption, "there is no norm '\(name)'", advice: "the norms are infinity, one, two")
      }
    }
    if isMatrix {
      let rows = try sensitivity.rows(0..<sensitivity.outputs.count)
      entries.append(
        ("matrix", .list((0..<rows.rows).map { .numbers(Array(rows[row: $0])) })))
    }
    return text(JSONValue.object(entries).line)
  }
}
