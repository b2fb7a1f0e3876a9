extension [String] {
  /// The values of an option that takes a list and may be given several times, as one list; `nil` where it is not given.
  var joinedList: String? { isEmpty ? nil : joined(separator: ",") }
}
