import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd curvature`
struct CurvatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curvature",
    abstract: "Find the outermost eigenvalues of a loss's Hessian by the parameters.",
    discussion: """
      The Hessian is that of the mean loss, by the trained parameters at the values that the network has, for \
      example from --parameters of a training. Its products with vectors are exact: gradients of the tangent \
      network. ARPACK's Lanczos method finds the smallest and the largest eigenvalues; an eigenvalue is no \
      farther from each than its bound. The answer is CSV with the columns eigenvalue and bound, ascending.

      At a minimum no eigenvalue is negative; the largest one limits the rate of gradient descent to 2 / λ. \
      With --gauss-newton it is the matrix Jᵀ H J that is examined, where H is the Hessian of the loss by the \
      outputs.

      Examples:
        cyclograd curvature graphs/xor.yaml --input x.csv --target y.csv
        cyclograd curvature graphs/xor.yaml --input x.csv --target y.csv \\
            --count 3 --gauss-newton --json
      """)

  @OptionGroup var solving: SolvingArguments
  @Option(help: "The targets, one row a sample.") var target: String
  @Option(
    name: .customLong("target-columns"), help: "Which columns are targets, such as 8 or last:2.")
  var targetColumnLists: [String] = []
  @Option(help: "\(LossRegistry.names) (default: \(HalfSquaredError().name)).") var loss: String?
  @Option(
    help: """
      How many eigenvalues of each end. Of up to 20 trained parameters, or up to 4 · count + 4, all are listed.
      """)
  var count = 1
  @Flag(help: "The Gauss-Newton matrix in place of the Hessian.") var gaussNewton = false
  @Option(help: "Where the eigenvalues go (default: standard output).") var output: String?
  @Flag(help: "Print JSON and nothing else.") var json = false

  func run() throws {
    guard (1...100).contains(count) else {
      throw CyclogradError(
        .invalidOption, "--count is \(count)", advice: "give a number from 1 to 100")
    }
    try TableFile.check(output, for: "eigenvalues")
    var problem = try solving.problem(
      for: "its curvature", written: [("--output", output)], read: [("--target", target)])
    let network = problem.network
    let loss = try LossRegistry.named(loss ?? HalfSquaredError().name)
    var targets = try SampleFile.readTargets(
      target, columns: targetColumnLists.joinedList, input: solving.samples.input, network, loss)
    try SampleFile.pair(
      &problem.inputs, &targets, solving.samples.transform(solving.graph),
      isOneFile: target == solving.samples.input, in: target)
    try SampleFile.checkTargets(targets, network, loss, in: target)
    let simulator = try problem.simulator()
    Progress.show("equilibrium")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputs)
      .requireConverged()
    let spectrum = try CurvatureSpectrum(
      simulator, equilibrium, loss, targets, count: count, isGaussNewton: gaussNewton)
    Progress.clear()
    let table = Matrix(spectrum.values.map { [$0.value, $0.bound] })
    if json {
      var entries: [(key: String, value: JSONValue)] = [
        ("graph", GraphJSON.object(network)), ("loss", .string(loss.name)),
        ("matrix", .string(gaussNewton ? "gauss-newton" : "hessian")),
        ("trained_parameters", .integer(network.trainableParameterCount)),
        ("products", .integer(spectrum.products)),
      ]
      if output == nil {
        entries += [
          ("eigenvalues", .numbers(spectrum.values.map(\.value))),
          ("bounds", .numbers(spectrum.values.map(\.bound))),
        ]
      }
      try Console.answer(.object(entries))
    }
    if output != nil || !json {
      try TableFile.write(
        header: ["eigenvalue", "bound"], matrix: table, to: output ?? "-", for: "eigenvalues")
    }
    if !json {
      Console.note(
        "\(Quantity.count(network.trainableParameterCount, "trained parameter")), "
          + Quantity.count(spectrum.products, "product"))
    }
  }
}
