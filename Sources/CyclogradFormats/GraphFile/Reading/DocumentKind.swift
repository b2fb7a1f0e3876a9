import Cyclograd
import Yams

/// The kinds of YAML files that people write, told apart by their formats.
enum DocumentKind: String, CaseIterable {
  case graph = "a graph file"
  case training = "a training file"
  case study = "a study file"

  private var format: String {
    switch self {
    case .graph: Keywords.format
    case .training: TrainingFile.format
    case .study: StudyFile.format
    }
  }

  private var command: String {
    switch self {
    case .graph: "inspect, solve and other commands"
    case .training: "train, evaluate and report training"
    case .study: "study"
    }
  }

  /// Refuses a file of another kind by that kind's name, before any of its keys are called unknown.
  func check(_ root: Element) throws {
    guard case .mapping(let pairs) = root.node else { return }
    for pair in pairs {
      guard case .scalar(let key) = pair.key, key.string == "format",
        case .scalar(let value) = pair.value,
        let other = Self.allCases.first(where: { $0.format == value.string }), other != self
      else { continue }
      throw try root.source.element(pair.value).failure(
        "this is \(other.rawValue), not \(rawValue)",
        advice: "cyclograd \(other.command) take\(other == .study ? "s" : "") it")
    }
  }
}
