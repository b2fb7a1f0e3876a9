#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports
  import Foundation

  /// `cyclograd-mpi plan`
  struct DistributedPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "plan",
      abstract:
        "Say what each of several processes would hold of a network, without starting them.",
      discussion: """
        One process makes the part of one of them, the middle one if not said otherwise, and measures the processor time of \
        its sweeps, as if the activations of the others were there. What messages take comes on top: 'received' bytes \
        from so many 'neighbours' before each sweep.
        """)

    @Argument(help: "A graph file, or a network in another format.") var graph: String
    @Option(
      name: .long,
      help: ArgumentHelp(
        "For how many processes: numbers with commas between them.", valueName: "numbers"))
    var processes: String = "1,2,4,8,16,32"
    @Option(help: ArgumentHelp("Which of them, from 0.", valueName: "number")) var rank: Int?
    @Option(name: .customLong("repeat"), help: "How many sweeps are timed; the quickest counts.")
    var repetitions = 5
    @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false
    @OptionGroup(title: "Other formats than graph files", visibility: .hidden)
    var reading: ImportArguments

    func run() throws {
      let processes = DistributedMain.processes
      guard processes.count == 1 else {
        throw CyclogradError(
          .invalidOption, "a plan is made by one process, not by \(processes.count)",
          advice: "start it without mpirun")
      }
      var options = try reading.options()
      options.keepsShards = true
      let imported = try reading.read(graph, options)
      try imported.require([.activation], for: "a plan")
      var plans: [(count: Int, plan: SlicePlan)] = []
      for count in try counts() {
        let index = rank ?? count / 2
        guard 0..<count ~= index else {
          throw CyclogradError(
            .invalidOption, "--rank is \(index), but there are \(count) processes",
            advice: "give a number from 0 to \(count - 1)")
        }
        let slice = try imported.graph.draft(
          parts: count, index: index, rowSources: imported.rowSources,
          locate: imported.location(of:)
        ).slice()
        plans.append((count, try SlicePlan(slice, processes, repetitions: repetitions)))
      }
      try Console.answer(json ? object(plans).text + "\n" : table(plans).text)
    }

    private func counts() throws -> [Int] {
      try processes.split(separator: ",", omittingEmptySubsequences: false).map { word in
        guard let count = Int(word.trimmingCharacters(in: .whitespaces)), 1...100_000 ~= count
        else {
          throw CyclogradError(
            .invalidOption, "--processes is '\(processes)'", advice: "give numbers such as 1,8,64")
        }
        return count
      }
    }

    private func table(_ plans: [(count: Int, plan: SlicePlan)]) -> TextTable {
      var table = TextTable([
        ("processes", .right), ("neurons", .right), ("edges", .right), ("ghosts", .right),
        ("neighbours", .right), ("received", .right), ("state sweep", .right),
        ("adjoint sweep", .right),
      ])
      for (count, plan) in plans {
        table.add([
          Quantity.count(count), Quantity.count(plan.neurons), Quantity.count(plan.edges),
          Quantity.count(plan.ghosts), Quantity.count(plan.neighbours),
          Quantity.bytes(8 * plan.ghosts), Quantity.seconds(plan.stateSeconds),
          Quantity.seconds(plan.adjointSeconds),
        ])
      }
      return table
    }

    private func object(_ plans: [(count: Int, plan: SlicePlan)]) -> JSONValue {
      .object([
        ("graph", .string(graph)),
        (
          "plans",
          .list(
            plans.map { count, plan in
              .object([
                ("processes", .integer(count)), ("rank", .integer(rank ?? count / 2)),
                ("neurons", .integer(plan.neurons)), ("edges", .integer(plan.edges)),
                ("ghosts", .integer(plan.ghosts)), ("neighbours", .integer(plan.neighbours)),
                ("received_bytes", .integer(8 * plan.ghosts)),
                ("state_seconds", .number(plan.stateSeconds)),
                ("adjoint_seconds", .number(plan.adjointSeconds)),
              ])
            })
        ),
      ])
    }
  }
#endif
