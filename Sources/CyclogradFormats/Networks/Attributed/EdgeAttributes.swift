import Cyclograd

/// What the attributes of an edge say of it.
struct EdgeAttributes {
  /// `nil` where the edge does not say it.
  var weight: Double?
  /// What the weight is multiplied by.
  var sign = 1.0
  var unit = 0
  var isFrozen = false

  init(
    _ attributes: Attributes, _ options: ImportOptions, at place: CyclogradError.Location,
    unread: inout [String: Int]
  ) throws {
    func failure(
      _ message: String, _ code: CyclogradError.Code = .malformedFile
    ) -> CyclogradError { CyclogradError(code, message, at: place) }
    let weightName = options.weightAttribute ?? AttributeName.weight
    for (name, value) in attributes {
      switch (name, value) {
      case (weightName, .number(let number)):
        guard number.isFinite else { throw failure("the weight is not finite", .invalidValue) }
        weight = number
      case (weightName, _):
        throw failure("the attribute \(weightName) must be a number, not \(value.kind)")
      case (AttributeName.unit, .number(let number)):
        guard let whole = Int(exactly: number), 0..<1_000_000 ~= whole else {
          throw failure("\(number) is not the number of a unit")
        }
        unit = whole
      case (AttributeName.trainable, .boolean(let isTrainable)): isFrozen = !isTrainable
      case (AttributeName.unit, _), (AttributeName.trainable, _):
        throw failure("the attribute \(name) cannot be \(value.kind)")
      case (options.signColumn, _): break
      default: unread[name, default: 0] += 1
      }
    }
    guard let column = options.signColumn else { return }
    guard let value = attributes[column] else {
      throw failure("the edge has no attribute \(Excerpt.quoted(column))")
    }
    _ = try WeightSigns(options).weight(weight ?? 1, value.word, at: place)
    sign = try WeightSigns(options).weight(1, value.word, at: place)
  }
}
