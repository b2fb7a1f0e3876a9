/// What a one-dimensional array becomes as a table.
public enum VectorLayout: String, Hashable, Sendable, CaseIterable {
  /// Many samples of one number each.
  case column
  /// One sample of many numbers.
  case row
}
