/// What went wrong, where, and what to do about it.
///
/// Every error that the library throws has this one shape. ``Code`` is open: new codes may appear
/// in later versions, so a `switch` over codes needs a `default`.
public struct CyclogradError: Error, Hashable, Sendable {
  /// A stable, machine-readable name for a kind of error.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name, in kebab case.
    public let rawValue: String

    /// Creates a code with the given name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name, in kebab case.
    public var description: String { rawValue }

    /// A graph that contradicts itself: an unknown group, a duplicate edge, a list of wrong length.
    public static let invalidGraph = Code(rawValue: "invalid-graph")
    /// A file that could not be opened, read or written.
    public static let file = Code(rawValue: "file")
    /// A file whose content is not of the expected format.
    public static let malformedFile = Code(rawValue: "malformed-file")
    /// An array or table whose shape does not fit.
    public static let shapeMismatch = Code(rawValue: "shape-mismatch")
    /// A number that is NaN, infinite, or outside the range in which the operation has a meaning.
    public static let invalidValue = Code(rawValue: "invalid-value")
    /// Sizes whose product or sum exceeds what can be represented or held in memory.
    public static let tooLarge = Code(rawValue: "too-large")
    /// An option that is unknown, or that does not apply here.
    public static let invalidOption = Code(rawValue: "invalid-option")
    /// Someone asked for numbers, but no equilibrium or no adjoint was found for some samples.
    public static let notConverged = Code(rawValue: "not-converged")
    /// Someone asked for derivatives where a neuron stands on a kink of its activation, and kinks are refused.
    public static let notDifferentiable = Code(rawValue: "not-differentiable")
  }

  /// A place in a file, or a named part of a graph, or both.
  public struct Location: Hashable, Sendable {
    /// The file's path, as the user gave it.
    public var file: String?
    /// The line, counted from 1.
    public var line: Int?
    /// The column, counted from 1.
    public var column: Int?
    /// What in the graph is meant, for example `neuron h.3` or `connection 2 (x to h)`.
    public var subject: String?

    /// Creates a location from the parts that are known.
    public init(
      file: String? = nil, line: Int? = nil, column: Int? = nil, subject: String? = nil
    ) {
      self.file = file
      self.line = line
      self.column = column
      self.subject = subject
    }
  }

  /// The kind of error.
  public var code: Code
  /// What was wrong, as a clause without a final full stop.
  public var message: String
  /// Where it was found.
  public var location: Location
  /// What to do about it, as a clause without a final full stop.
  public var advice: String?

  /// Creates an error.
  public init(
    _ code: Code, _ message: String, at location: Location = Location(), advice: String? = nil
  ) {
    self.code = code
    self.message = message
    self.location = location
    self.advice = advice
  }
}

extension CyclogradError: CustomStringConvertible {
  /// `file:line:column: subject: message (advice)`, each part where it is known.
  public var description: String {
    var text = ""
    if let file = location.file {
      text += file
      if let line = location.line {
        text += ":\(line)"
        if let column = location.column { text += ":\(column)" }
      }
      text += ": "
    } else if let line = location.line {
      text += "line \(line): "
    }
    if let subject = location.subject { text += "\(subject): " }
    text += message
    if let advice { text += "; \(advice)" }
    return text
  }
}

extension Error {
  /// The error of a library's function with who asked for it.
  func located(at subject: String) -> CyclogradError {
    var error =
      self as? CyclogradError
      ?? CyclogradError(.invalidOption, "\(self)", advice: "use the backend automatic")
    if error.location.subject == nil { error.location.subject = subject }
    return error
  }
}
