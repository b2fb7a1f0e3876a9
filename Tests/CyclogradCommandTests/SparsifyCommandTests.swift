import Foundation
import TestSupport
import Testing

@Suite("cyclograd sparsify", .tags(.slow), .unlessFast)
struct SparsifyCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      seed: 2
      groups:
        - {name: x, size: 6, role: input}
        - {name: h, size: 20, activation: tanh}
        - {name: y, size: 2, role: output}
      connections:
        - {from: x, to: h, weight: {normal: 0.7}}
        - {from: h, to: h, weight: {normal: 0.05}}
        - {from: h, to: y, weight: {normal: 0.4}}

      """)
    var random = TestRandom(3)
    func rows() -> String {
      (0..<200).map { _ in
        let x = (0..<6).map { _ in random.number(-1, 1) }
        return x.map { "\($0)" }.joined(separator: ",") + ",\(x[0] * x[1] > 0 ? 1 : 0)"
      }.joined(separator: "\n") + "\n"
    }
    try scratch.write("train.csv", rows())
    try scratch.write("test.csv", rows())
  }

  @Test("writes a network with as few weights as asked for, which does what the report says")
  func keep() throws {
    let arguments = [
      "sparsify", "net.yaml", "--input", "train.csv", "--columns", "0..5", "--target-columns", "6",
      "--mode", "classifier", "--test", "test.csv",
    ]
    let run = try scratch.run(
      arguments + ["--keep", "25%", "--refit", "--output", "sparse.yaml", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json()
    let student = try #require((json["students"] as? [[String: Any]])?.first)
    let after = try #require(student["weights_after"] as? Int)
    #expect(student["weights_before"] as? Int == 500 && after <= 125 && after > 115)
    let inspected = try scratch.run("inspect", "sparse.yaml", "--json").json()
    #expect("\(inspected)".contains("\(after + 20 + 40)"), "\(inspected)")
    // Rows within a ball below 1 have one equilibrium, so that the network that is written must do the same.
    let bounded = try scratch.run(
      arguments + ["--ball", "0.7", "--ridge", "1e-6", "--output", "bounded.yaml", "--json"]
    ).json()
    let own = try #require((bounded["students"] as? [[String: Any]])?.first)
    #expect((own["certificate"] as? [String: Any])?["well_posed"] as? Bool == true)
    let measured = try scratch.run(
      "evaluate", "bounded.yaml", "--input", "test.csv", "--columns", "0..5", "--target-columns",
      "6", "--mode", "classifier", "--json"
    ).json()
    let (first, second) = (
      try #require(measured["metrics"] as? [String: Any]),
      try #require(own["metrics"] as? [String: Any])
    )
    #expect(first["accuracy"] as? Double == second["accuracy"] as? Double)
    let loss = (try #require(first["loss"] as? Double), try #require(second["loss"] as? Double))
    #expect(abs(loss.0 - loss.1) < 1e-7)
    let table = try scratch.run(arguments + ["--path"])
    #expect(table.status == 0 && table.output.contains("before") && table.output.contains("proved"))
    #expect(table.output.split(separator: "\n").count >= 9)
  }

  @Test("with an acyclic pattern what is written has no cycle, and is proved")
  func acyclic() throws {
    let run = try scratch.run(
      "sparsify", "net.yaml", "--input", "train.csv", "--columns", "0..5", "--keep", "25%",
      "--pattern", "acyclic", "--output", "forward.yaml", "--json")
    #expect(run.status == 0, "\(run.errors)")
    let student = try #require((try run.json()["students"] as? [[String: Any]])?.first)
    // Loops go, too.
    #expect(student["weights_before"] as? Int == 520)
    #expect((student["certificate"] as? [String: Any])?["well_posed"] as? Bool == true)
    let inspected = try scratch.run("inspect", "forward.yaml")
    #expect(inspected.status == 0 && !inspected.output.contains("cyclic component of"))
  }

  @Test("says where samples are so few that any targets would have been met")
  func fewSamples() throws {
    var random = TestRandom(4)
    let rows = (0..<15).map { row in
      (0..<6).map { _ in "\(random.number(-1, 1))" }.joined(separator: ",") + ",\(row % 2)"
    }
    try scratch.write("few.csv", rows.joined(separator: "\n") + "\n")
    let arguments = [
      "sparsify", "net.yaml", "--input", "few.csv", "--columns", "0..5", "--target-columns", "6",
      "--mode", "classifier", "--share", "1", "--refit",
    ]
    let own = try scratch.run(arguments)
    #expect(own.status == 0, "\(own.errors)")
    #expect(own.output.contains("fits these samples exactly"))
    #expect(own.output.contains("are those of"))
    #expect(own.errors.contains("more samples"))
    let other = try scratch.run(arguments + ["--test", "test.csv"])
    #expect(!other.output.contains("are those of") && !other.errors.contains("more samples"))
    let ridge = try scratch.run(arguments + ["--ridge", "0.01"])
    #expect(!ridge.output.contains("exactly"), "\(ridge.output)")
  }

  @Test("without targets the teacher's outputs are what is compared; what is wrong is said")
  func teacher() throws {
    let arguments = ["sparsify", "net.yaml", "--data", "train.csv", "--columns", "0..5"]
    let run = try scratch.run(arguments + ["--share", "1", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let student = try #require((try run.json()["students"] as? [[String: Any]])?.first)
    let metrics = try #require(student["metrics"] as? [String: Double])
    #expect(try #require(metrics["rmse"]) < 1e-6)
    for (more, message) in [
      (["--keep", "0"], "no share"), (["--keep", "1%"], "fewer than the 20 rows"),
      (["--ball=-1"], "radius"), (["--ball", "1e-9"], "that stay as they are have |weights| of"),
      (["--share", "0.5", "--groups", "q"], "no group 'q'"),
      (["--share", "0.5", "--mode", "classifier"], "targets"), ([], "one of --keep"),
      (["--share", "0.5", "--ridge=-1"], "ridge"),
      (["--share", "0.5", "--ridge", "1", "--fit", "none"], "--fit is none"),
      (["--share", "0.5", "--input", "train.csv"], "give one of them"),
      (["--share", "0.5", "--groups", "h,y", "--readouts", "y"], "'y'"),
    ] {
      let wrong = try scratch.run(arguments + more)
      #expect(wrong.status != 0 && wrong.errors.contains(message), "\(more): \(wrong.errors)")
    }
  }
}
