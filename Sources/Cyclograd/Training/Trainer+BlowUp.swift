/// Trainings that blow up.
extension Trainer {
  /// The group whose parameters have grown most since the beginning.
  var fastestGrowing: Int {
    var sizes = [Double](repeating: 0, count: groups.count)
    for segment in segments {
      for index in segment.range {
        sizes[segment.group] = max(sizes[segment.group], abs(state.parameters.values[index]))
      }
    }
    let growth = sizes.indices.map { sizes[$0] / max(initialSize[$0], 0.1) }
    return growth.indices.max { growth[$0] < growth[$1] } ?? 0
  }

  func blowUp(_ group: Int, _ what: String) -> CyclogradError {
    CyclogradError(
      .blownUp, "the training blows up: \(what)",
      at: .init(subject: "step \(state.steps + 1), parameter group \(groups[group].name)"),
      advice: "lower the learning rate, or limit the gradient's norm")
  }
}

extension CyclogradError.Code {
  /// A training whose parameters or losses grow without bound.
  public static let blownUp = CyclogradError.Code(rawValue: "blown-up")
}
