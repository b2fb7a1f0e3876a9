import Cyclograd
import CyclogradReports

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

typealias ErrorText = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
typealias Numbers = UnsafePointer<Double>
typealias MutableNumbers = UnsafeMutablePointer<Double>

/// Runs what a call does, with its token if it has one; `nil`, and the error's text, if it fails.
func call<Result>(
  _ token: OpaquePointer?, _ error: ErrorText?, _ body: () throws -> Result
) -> Result? {
  error?.pointee = nil
  do {
    guard let token else { return try body() }
    return try object(token, as: TokenHandle.self).run(body)
  } catch let found {
    error?.pointee = text(json(found).line)
    return nil
  }
}

/// The same for a call that says only whether it has worked.
func attempt(_ token: OpaquePointer?, _ error: ErrorText?, _ body: () throws -> Void) -> Int32 {
  call(token, error, body) == nil ? 0 : 1
}

/// A copy of a text for the caller, who gives it back by `cg_free`.
func text(_ string: String) -> UnsafeMutablePointer<CChar> {
  guard let copy = strdup(string) else { fatalError("no memory for a text") }
  return copy
}

private func json(_ error: any Error) -> JSONValue {
  let known = Wording.spoken(
    error as? CyclogradError ?? CyclogradError(.init(rawValue: "internal"), "\(error)"))
  return .object([
    ("code", .string(known.code.rawValue)), ("message", .string(known.message)),
    ("advice", .optional(known.advice)), ("file", .optional(known.location.file)),
    ("line", known.location.line.map { .integer($0) } ?? .null),
    ("column", known.location.column.map { .integer($0) } ?? .null),
    ("subject", .optional(known.location.subject)), ("text", .string(known.description)),
  ])
}

/// A copy of a borrowed matrix.
///
/// - Throws: `shape-mismatch` for sizes without a meaning.
func matrix(
  _ numbers: Numbers?, rows: Int64, columns: Int, _ what: String
) throws(CyclogradError) -> Matrix {
  // As many as can be numbered, also where rows have no columns: what is made of them has a number for each row at least.
  guard rows >= 0, columns >= 0, rows <= Int64(Int32.max),
    case let (count, overflow) = Int(rows).multipliedReportingOverflow(by: columns),
    !overflow, count <= Int.max / MemoryLayout<Double>.stride, count == 0 || numbers != nil
  else {
    throw CyclogradError(
      .shapeMismatch, "\(what) of \(rows) rows cannot be", advice: "give a matrix of that size")
  }
  return Matrix(
    rows: Int(rows), columns: columns,
    elements: Array(UnsafeBufferPointer(start: numbers, count: count)))
}

/// The caller's parameters, or those that a network begins with.
func parameters(_ numbers: Numbers?, _ simulator: SimulatorHandle) -> Parameters {
  parameters(numbers, or: simulator.parameters)
}

/// The same for a network without a simulator.
func parameters(_ numbers: Numbers?, or known: Parameters) -> Parameters {
  guard let numbers else { return known }
  return Parameters(Array(UnsafeBufferPointer(start: numbers, count: known.values.count)))
}

extension MutableNumbers {
  /// Copies numbers to the caller.
  func take(_ numbers: [Double]) {
    numbers.withUnsafeBufferPointer { numbers in
      guard let start = numbers.baseAddress else { return }
      update(from: start, count: numbers.count)
    }
  }
}
