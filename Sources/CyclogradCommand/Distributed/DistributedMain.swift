#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import Foundation

  /// The `cyclograd-mpi` command. Every process runs it; process 0 speaks.
  struct DistributedMain: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cyclograd-mpi",
      abstract: "Solves and differentiates networks that are spread over processes.",
      discussion: """
        Start it with mpirun. Each process reads the graph file and holds the edges that enter its own neurons. \
        Options, statuses, JSON and exit codes are those of 'cyclograd'; numbers agree with its to about nine digits, \
        not bit by bit.

        Examples:
          mpirun -n 4 cyclograd-mpi solve graphs/feedback.yaml --input x.csv
          mpirun -n 4 cyclograd-mpi gradient graphs/feedback.yaml --input x.csv \\
              --target y.csv --output dW.csv
          mpirun -n 4 cyclograd-mpi solve big.yaml --petsc "-ksp_type bcgs"

        Docs/Distributed.md goes from a laptop to a cluster.
        """,
      version: Version.text,
      subcommands: [
        DistributedSolveCommand.self, DistributedGradientCommand.self, DistributedTrainCommand.self,
        DistributedCompareCommand.self, DistributedPlanCommand.self,
      ])

    @TaskLocal static var current: Processes?

    /// The processes of this run.
    static var processes: Processes {
      guard let current else { preconditionFailure("commands run within run()") }
      return current
    }

    static func run() -> Never {
      let processes: Processes
      do { processes = try Processes.begin() } catch {
        Console.error("\(error)")
        Foundation.exit(1)
      }
      // A process that alone has something to say uses the way that was there before.
      let standardError = dup(STDERR_FILENO)
      if processes.rank > 0 { silence() }
      var failure: (any Error)?
      do {
        var command = try parseAsRoot()
        try $current.withValue(processes) {
          try TaskProgress.$current.withValue(Progress.task) { try command.run() }
        }
      } catch {
        failure = error
      }
      let speaker = processes.speaker(
        hasError: failure.map { !($0 is Processes.OtherProcessFailed) } ?? false)
      var code: Int32 = 0
      if speaker == processes.rank, let failure {
        if processes.rank > 0 { dup2(standardError, STDERR_FILENO) }
        code = report(failure)
      }
      code = processes.agreed(code)
      processes.end()
      Foundation.exit(code)
    }

    private static func silence() {
      let nowhere = open("/dev/null", O_WRONLY)
      dup2(nowhere, STDOUT_FILENO)
      dup2(nowhere, STDERR_FILENO)
    }

    /// Prints an error, if it is one, and returns the exit code.
    private static func report(_ error: any Error) -> Int32 {
      if let error = error as? CyclogradError {
        Console.error(error.description)
        return CyclogradMain.exitCode(of: error)
      }
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if !text.isEmpty {
        let handle: FileHandle = code.isSuccess ? .standardOutput : .standardError
        handle.write(Data((text + "\n").utf8))
      }
      return code.rawValue
    }
  }
#endif
