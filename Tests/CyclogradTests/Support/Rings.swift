import Cyclograd

/// Linear neurons in a ring, each fed by the one before: all eigenvalues have the weight's modulus.
func ring(_ size: Int, weight: Double) throws -> (network: Network, parameters: Parameters) {
  try Graph("ring") {
    Group("n", size: size, role: [.input, .output])
    Connection(
      "n", to: "n",
      .entries(
        SparseEntries(
          rows: (0..<size).map { Int32($0) },
          columns: (0..<size).map { Int32(($0 + 1) % size) })),
      weight: ParameterRule(.constant(weight)))
  }.compile()
}
