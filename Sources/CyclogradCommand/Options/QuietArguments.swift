import ArgumentParser

/// Whether long work shows how far it is.
struct QuietArguments: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Show no progress on the terminal.")
  var quiet = false

  func validate() throws { Progress.start(isQuiet: quiet) }
}
