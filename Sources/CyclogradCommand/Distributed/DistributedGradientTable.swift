#if PETSc
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports

  /// The rows of ``GradientTable``, of which each process has a part; process 0 writes them, and holds one piece at a
  /// time, or all of them for formats that are not written row by row.
  struct DistributedGradientTable {
    let problem: DistributedArguments.Problem
    let derivatives: [Double]

    /// How many rows a process hands over at once.
    private static let piece = 1 << 16
    /// A row in numbers: source or −1, target, unit, value, derivative, whether it is trainable, factor.
    private static let width = 7

    func write(to path: String, as format: OutputFormat) throws {
      switch format {
      case .npz:
        let all = try GatheredParameters(problem)
        let values = try all.values(derivatives)
        return try problem.first {
          try ConnectionArrays.write([values], of: problem.slice.groups, all.layout, to: path)
        }
      case .safetensors:
        return try DistributedParametersFile(problem: problem, parameters: derivatives)
          .write(to: path, transform: nil)
      case .json:
        let rows = try rows()
        try problem.first {
          let text = JSONValue.list(rows.map(\.json)).text + "\n"
          try AtomicFile.write(to: path) { try $0.write(text) }
        }
        return
      default: break
      }
      // The others wait for process 0 to take their rows, also if it cannot write any.
      var failure: (any Error)?
      var isStarted = false
      if problem.processes.rank == 0 {
        do {
          try AtomicFile.write(to: path) { file in
            if format != .jsonl {
              try file.write(GradientRow.header(hasFactors: hasFactors, separator(format)))
            }
            isStarted = true
            try forEachRow { row in
              try file.write(
                format == .jsonl ? row.json.line + "\n" : row.text(separator(format)))
            }
          }
        } catch {
          failure = error
          if !isStarted { try forEachRow { _ in } }
        }
      } else {
        // What process 0 cannot write it tells all below.
        do { try forEachRow { _ in } } catch is Processes.OtherProcessFailed {}
      }
      try problem.processes.agree { if let failure { throw failure } }
    }

    private func separator(_ format: OutputFormat) -> String { format == .tsv ? "\t" : "," }

    /// All rows on process 0.
    func rows() throws -> [GradientRow] {
      var result: [GradientRow] = []
      try forEachRow { result.append($0) }
      return result
    }

    /// Calls `body` on process 0 for the weights of all processes, then for the biases.
    private func forEachRow(_ body: (GradientRow) throws -> Void) throws {
      for isWeight in [true, false] {
        var unit = 0
        try problem.processes.stream({ next(&unit, isWeight: isWeight) }) { piece in
          for first in stride(from: 0, to: piece.count, by: Self.width) {
            try body(row(Array(piece[first..<first + Self.width])))
          }
        }
      }
    }

    private func row(_ numbers: [Double]) -> GradientRow {
      let slice = problem.slice
      return GradientRow(
        source: numbers[0] < 0 ? nil : slice.name(ofNeuron: Int(numbers[0])),
        target: slice.name(ofNeuron: Int(numbers[1])), unit: Int(numbers[2]), value: numbers[3],
        derivative: numbers[4], factor: hasFactors ? numbers[6] : nil,
        isTrainable: numbers[5] != 0)
    }

    private var hasFactors: Bool {
      !problem.slice.edgeFactors.isEmpty || !problem.slice.biasFactors.isEmpty
    }

    /// The rows of the next units of this process.
    private func next(_ unit: inout Int, isWeight: Bool) -> [Double]? {
      let slice = problem.slice
      let parameters = problem.simulator.parameters
      let count = slice.units.count
      guard unit < count else { return nil }
      var result: [Double] = []
      while unit < count, result.count < Self.piece * Self.width {
        let (target, number) = slice.locate(ownUnit: unit)
        func append(_ source: Double, _ parameter: Int, _ factor: Double) {
          result += [
            source, Double(target), Double(number), parameters[parameter], derivatives[parameter],
            slice.isTrainable(parameter) ? 1 : 0, factor,
          ]
        }
        if isWeight {
          for edge in Int(slice.rowStarts[unit])..<Int(slice.rowStarts[unit + 1]) {
            append(
              Double(slice.columns[edge]), slice.edgeParameter.map { Int($0[edge]) } ?? edge,
              slice.edgeFactors.isEmpty ? 1 : slice.edgeFactors[edge])
          }
        } else {
          append(
            -1, Int(slice.biasParameter[unit]),
            slice.biasFactors.isEmpty ? 1 : slice.biasFactors[unit])
        }
        unit += 1
      }
      return result
    }
  }
#endif
