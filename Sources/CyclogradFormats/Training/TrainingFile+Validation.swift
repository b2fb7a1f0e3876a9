package import Cyclograd

extension TrainingFile {
  /// How the network is measured on the validation samples, if there are any.
  package func validation(of data: PreparedData) throws -> Validation? {
    guard let samples = data.parts[.validation] else { return nil }
    return task.validation(
      on: try SampleTable(inputs: samples.inputs, targets: samples.targets),
      labels: samples.labels, reporting: metrics, monitored: selection,
      ignoresMissingTargets: options.loss.takesMissingTargets)
  }
}
