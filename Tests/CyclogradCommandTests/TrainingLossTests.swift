import Foundation
import TestSupport
import Testing

@Suite("Losses in training files", .tags(.slow), .unlessFast)
struct TrainingLossTests {
  private func trained(_ loss: String) throws -> (TrainingScratch, Data) {
    let job = try TrainingScratch(loss)
    let run = try job.train("--quiet")
    #expect(run.status == 0, "\(run.errors)")
    return (job, try #require(job.bytes("job-trained.safetensors")))
  }

  @Test("A list of terms is their weighted sum: all of a loss in parts is that loss")
  func sum() throws {
    let (_, whole) = try trained("loss: half-squared-error")
    let (_, parts) = try trained(
      "loss: [{loss: half-squared-error, outputs: [y.0], weight: 0.25}, {loss: half-squared-error, weight: 0.75}]"
    )
    #expect(whole == parts)
    let (job, mixed) = try trained(
      "loss:\n  - {loss: half-squared-error, outputs: [y]}\n  - {loss: absolute-error, weight: 0.1}"
    )
    #expect(mixed != whole)
    try job.scratch.write(
      "job.yaml", (job.scratch.read("job.yaml") ?? "") + "test: {file: data.csv}\n")
    let evaluation = try job.scratch.run("evaluate", "job.yaml", "--json")
    #expect(evaluation.status == 0, "\(evaluation.errors)")
    let resumed = try job.train("--resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  @Test("Terms of different outputs have the columns of the first, then those of the second")
  func columns() throws {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      seed: 2
      groups:
        - {name: x, size: 2, role: input}
        - {name: h, size: 4, activation: tanh}
        - {name: y, size: 1, role: output}
        - {name: c, size: 3, role: output}
      connections: [{from: x, to: h}, {from: h, to: y}, {from: h, to: c}]

      """)
    try scratch.write("data.csv", "a,b,y,class\n0,1,0.5,2\n1,0,-0.5,0\n1,1,0.1,1\n")
    func job(_ loss: String, _ targets: String = "'class,y'") throws -> CommandRun {
      try scratch.write(
        "job.yaml",
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: data.csv, inputs: 'a,b', targets: \(targets)}
        optimizer: {adam: {}}
        rate: 0.05
        epochs: 200
        batch: 3
        loss: \(loss)
        """)
      return try scratch.run("train", "job.yaml", "--overwrite", "--json")
    }
    let both =
      "[{loss: softmax-cross-entropy, outputs: [c]}, {loss: half-squared-error, outputs: [y]}]"
    let run = try job(both)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try (run.json()["loss"] as? Double ?? .nan) < 0.01)
    try scratch.write("x.csv", "0,1\n1,0\n1,1\n")
    let solved = try scratch.run(
      "solve", "net.yaml", "--parameters", "job-trained.safetensors", "--input", "x.csv")
    let rows = solved.output.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    for (row, (y, number)) in zip(rows, [(0.5, 2), (-0.5, 0), (0.1, 1)]) {
      #expect(abs(row[0] - y) < 0.05)
      #expect(row[1...].max() == row[1 + number])
    }
    for (loss, targets, message) in [
      (both, "y", "data.csv: the targets have 1 column"),
      (both, "'y,class'", "data.csv: loss, term 1, targets, row 0: 0.5 is not a class number"),
      (
        "[{loss: linear, outputs: [z]}]", "y",
        "job.yaml:8:7: loss, term 1 (linear): the network has"
      ),
      ("[{loss: linear, outputs: [h]}]", "y", "no outputs named 'h'"),
      ("[{loss: linear, outputs: [c.3]}]", "y", "c.3 is not an output"),
      ("[{loss: linear, outputs: c}]", "y", "'outputs' must be a list"),
      ("[{loss: mae}]", "y", "job.yaml:8:15: there is no loss named 'mae'"),
      ("[{outputs: [c]}]", "y", "no 'loss'"), ("[]", "y", "job.yaml:8:7: 'loss' is an empty list"),
      ("[{loss: linear, weight: .inf}]", "y", "'weight' is not finite"),
      ("[{loss: linear, wieght: 1}]", "y", "did you mean 'weight'"),
      ("[linear]", "y", "a term of the loss must be a mapping"),
    ] {
      let run = try job(loss, targets)
      #expect(run.status == 1)
      #expect(run.errors.contains(message), "\(run.errors)")
    }
  }
}
