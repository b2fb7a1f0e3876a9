import Cyclograd
import CyclogradFormats

/// Files with numbers of all neurons, one row a sample.
enum StateFile {
  /// What is written.
  enum Content {
    /// z of all units.
    case states
    /// a of all neurons.
    case activations
  }

  /// Writes the numbers, NaN for samples without an equilibrium.
  static func write(_ content: Content, of equilibrium: Equilibrium, to path: String) throws {
    let network = equilibrium.network
    var (header, matrix) =
      switch content {
      case .states: (network.unitNames, equilibrium.states)
      case .activations: (network.neuronNames, equilibrium.neuronActivations)
      }
    for row in equilibrium.failedRows {
      for column in 0..<matrix.columns { matrix[row, column] = .nan }
    }
    try TableFile.write(header: header, matrix: matrix, to: path, for: "a state")
  }
}
