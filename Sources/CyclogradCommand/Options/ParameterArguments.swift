import ArgumentParser

/// Parameters that take the place of a network's own.
struct ParameterArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A safetensors file whose parameters take the place of the network's own.",
      valueName: "file"))
  var parameters: String?
}
