/// Why a matrix could not be analysed, factored or solved with.
public struct FactorizationError: Error, Hashable, Sendable {
  /// A stable, machine-readable name for a kind of error.
  ///
  /// The set is open: later versions may add codes, so a `switch` over codes needs a `default`.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name, in kebab case.
    public let rawValue: String

    /// Creates a code with the given name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name, in kebab case.
    public var description: String { rawValue }

    /// The matrix has no inverse: a pivot is exactly zero, or no pivot exists for some column.
    public static let singular = Code(rawValue: "singular")
    /// A Cholesky factorization met a pivot that is not positive.
    public static let notPositiveDefinite = Code(rawValue: "not-positive-definite")
    /// A library could not get the memory it asked for.
    public static let outOfMemory = Code(rawValue: "out-of-memory")
    /// A size, or the predicted number of factor entries, does not fit in 32 bits.
    public static let tooLarge = Code(rawValue: "too-large")
    /// A value is NaN or infinite, or the factorization overflowed.
    public static let notFinite = Code(rawValue: "not-finite")
    /// This build does not contain the requested method.
    public static let unavailable = Code(rawValue: "unavailable")
    /// An argument of wrong length or shape.
    public static let invalidArgument = Code(rawValue: "invalid-argument")
    /// A solve without a usable factor: `factor` was never called, or its last call threw.
    public static let notFactored = Code(rawValue: "not-factored")
    /// A library reported something that its documentation rules out.
    public static let internalError = Code(rawValue: "internal-error")
  }

  /// The kind of error.
  public var code: Code
  /// What was wrong, as a clause without a final full stop.
  public var message: String
  /// The status code as the numerical library returned it, when the error came from a library.
  public var libraryStatus: Int?

  /// Creates an error.
  public init(_ code: Code, _ message: String, libraryStatus: Int? = nil) {
    self.code = code
    self.message = message
    self.libraryStatus = libraryStatus
  }
}

extension FactorizationError: CustomStringConvertible {
  /// The message, followed by the library's status code where there is one.
  public var description: String {
    guard let libraryStatus else { return message }
    return "\(message) (status \(libraryStatus))"
  }
}
