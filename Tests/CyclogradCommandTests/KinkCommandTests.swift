import Foundation
import TestSupport
import Testing

@Suite("Derivatives at kinks", .tags(.slow), .unlessFast)
struct KinkCommandTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(
      "relu.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: h, size: 1, activation: relu, role: output}
      connections:
        - {from: x, to: h, weight: 1}
      """)
    try scratch.write(
      "max.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input}
        - {name: m, size: 1, combine: max, units: [{}, {}], role: output}
      edges:
        - [x.0, m.0, 1]
        - [x.1, m.0, 1, {unit: 1}]
      """)
    try scratch.write("zero.csv", "0\n")
    try scratch.write("some.csv", "0\n1\n-1\n0\n")
    try scratch.write("tie.csv", "1,1\n")
    try scratch.write("y.csv", "1\n")
    return scratch
  }

  private let note =
    "1 neuron stands on a kink of its activation; the derivative of one branch is taken"

  @Test("jacobian takes the documented branch and says so")
  func branch() throws {
    let scratch = try scratch()
    for arguments in [[], ["--kinks", "branch"]] {
      let relu = try scratch.run(["jacobian", "relu.yaml", "--input", "zero.csv"] + arguments)
      #expect(relu.status == 0 && relu.output == "sample,output,x.0\n0,h.0,0.0\n")
      #expect(relu.errors.contains(note), "\(relu.errors)")
      let tie = try scratch.run(["jacobian", "max.yaml", "--input", "tie.csv"] + arguments)
      #expect(tie.status == 0 && tie.output == "sample,output,x.0,x.1\n0,m.0,1.0,0.0\n")
      #expect(tie.errors.contains(note))
    }
    let some = try scratch.run("jacobian", "relu.yaml", "--input", "some.csv")
    #expect(
      some.errors.contains("2 neurons stand on kinks of their activations, in 2 of 4 samples; "))
    try scratch.write("one.csv", "1\n")
    let smooth = try scratch.run("jacobian", "relu.yaml", "--input", "one.csv")
    #expect(smooth.status == 0 && !smooth.errors.contains("kink"))
    let json = try scratch.run("jacobian", "relu.yaml", "--input", "some.csv", "--json")
    #expect(try json.json()["kinks"] as? Int == 2 && !json.errors.contains("kink"))
  }

  @Test(
    "Refused, nothing is written and the exit code is 2",
    arguments: [
      ["jacobian", "relu.yaml", "--input", "zero.csv"],
      ["jacobian", "max.yaml", "--input", "tie.csv"],
      ["gradient", "relu.yaml", "--input", "zero.csv", "--target", "y.csv"],
      ["gradient", "max.yaml", "--input", "tie.csv", "--target", "y.csv"],
    ])
  func refused(_ arguments: [String]) throws {
    let scratch = try scratch()
    for more in [[], ["--json"], ["--output", "answer.csv"]] {
      let run = try scratch.run(arguments + ["--kinks", "refuse"] + more)
      #expect(run.status == 2 && run.output.isEmpty)
      #expect(scratch.read("answer.csv") == nil)
      #expect(run.errors.contains("1 neuron stands on a kink of its activation"), "\(run.errors)")
      #expect(run.errors.contains("not-differentiable") && run.errors.contains("row 0"))
    }
    try scratch.write("one.csv", arguments[1] == "relu.yaml" ? "1\n" : "1,2\n")
    let smooth = arguments.map { ["zero.csv", "tie.csv"].contains($0) ? "one.csv" : $0 }
    let run = try scratch.run(smooth + ["--kinks", "refuse"])
    #expect(run.status == 0 && !run.output.isEmpty)
  }

  @Test("gradient counts them")
  func gradient() throws {
    let scratch = try scratch()
    let call = ["gradient", "relu.yaml", "--input", "zero.csv", "--target", "y.csv"]
    let text = try scratch.run(call)
    #expect(text.status == 0 && text.errors.contains(note), "\(text.errors)")
    #expect(text.output.contains("weight,x.0,h.0,0,1.0,-0.0\n"), "\(text.output)")
    #expect(try scratch.run(call + ["--json"]).json()["kinks"] as? Int == 1)
  }

  @Test("An unknown way is an error")
  func unknown() throws {
    let run = try scratch().run(
      "jacobian", "relu.yaml", "--input", "zero.csv", "--kinks", "refused")
    #expect(run.status == 1 && run.errors.contains("did you mean 'refuse'?"), "\(run.errors)")
  }
}
