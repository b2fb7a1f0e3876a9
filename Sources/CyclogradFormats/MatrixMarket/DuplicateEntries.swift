/// What to do about places of a matrix for which a file has several entries.
public enum DuplicateEntries: String, Hashable, Sendable, CaseIterable {
  /// They are an error.
  case refuse
  /// Their values are added, as SciPy does.
  case sum
}
