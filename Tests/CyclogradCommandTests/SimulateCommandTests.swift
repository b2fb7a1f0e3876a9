import Foundation
import TestSupport
import Testing

@Suite("cyclograd simulate", .tags(.slow), .unlessFast)
struct SimulateCommandTests {
  private func table(_ text: String?) -> [[Double]] {
    (text ?? "").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").map { Double($0) ?? .nan }
    }
  }

  @Test("writes a column t and the outputs, and says what the period is")
  func oscillator() throws {
    let scratch = try Scratch()
    let run = try scratch.run("simulate", "graphs/oscillator.yaml", "--times", "0:60:0.5")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasPrefix("t,e.0,i.0\n0.0,0.5,0.5\n"))
    #expect(table(run.output).map { $0[0] } == (0...120).map { 0.5 * Double($0) })
    #expect(run.errors.contains("oscillates with the period 8.7345"))
    let json = try scratch.run(
      "simulate", "graphs/oscillator.yaml", "--times", "0:60:0.5", "--json"
    ).json()
    #expect(abs(try #require(json["period"] as? Double) - 8.73453) < 1e-3)
    #expect((json["outputs"] as? [[Double]])?.count == 121)
  }

  @Test("a course that is interrupted and goes on from its state is the same course")
  func resumption() throws {
    for name in ["z.csv", "z.npy"] {
      let scratch = try Scratch()
      let method = ["--method", "theta:0.5", "--step", "0.125"]
      let whole = try scratch.run(
        ["simulate", "graphs/oscillator.yaml", "--times", "0:4:1"] + method)
      _ = try scratch.run(
        ["simulate", "graphs/oscillator.yaml", "--times", "0:2:1", "--save-state", name] + method)
      let rest = try scratch.run(
        ["simulate", "graphs/oscillator.yaml", "--times", "2:4:1", "--start", name] + method)
      #expect(table(rest.output) == Array(table(whole.output).dropFirst(2)))
    }
  }

  @Test(
    "a column t counts beside selected columns, from pipes and without a header, and is never ignored"
  )
  func selectedInputs() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "t,x.0,x.1\n0,0,1\n0.1,1,1\n0.2,0,0\n")
    try scratch.write("bare.csv", "0,0,1\n0.1,1,1\n0.2,0,0\n")
    try scratch.write("broken.csv", "t,x.0,x.1\n0,0,1\nnan,1,1\n0.2,0,0\n")
    func simulate(_ arguments: String...) throws -> CommandRun {
      try scratch.run(["simulate", "graphs/xor.yaml", "--times", "0:2:1", "--input"] + arguments)
    }
    let expected = try simulate("x.csv")
    #expect(expected.status == 0 && table(expected.output).count == 3, "\(expected.errors)")
    #expect(try simulate("x.csv", "--columns", "x.0,x.1").output == expected.output)
    #expect(try simulate("bare.csv", "--columns", "1,2").output == expected.output)
    let piped = try scratch.shell(
      "cat x.csv | cyclograd simulate graphs/xor.yaml --times 0:2:1 --input - --columns x.0,x.1")
    #expect(piped.output == expected.output, "\(piped.errors)")
    let broken = try simulate("broken.csv", "--columns", "x.0,x.1")
    #expect(broken.status != 0 && broken.errors.contains("is not finite"))
    let useless = try scratch.run(
      "simulate", "graphs/oscillator.yaml", "--times", "0:1:1", "--columns", "0,1")
    #expect(useless.status != 0 && useless.errors.contains("no file to select them from"))
    let steps = try scratch.run(
      "simulate", "graphs/oscillator.yaml", "--times", "0:3:1", "--method", "theta:1", "--json")
    #expect(try steps.json()["steps"] as? Int == 3)
  }

  @Test("inputs hold from the times in their column t")
  func inputs() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "h.0,t\n0,0\n2,1.5\n")
    try scratch.write("rows.csv", "0\n0\n0\n2\n2\n")
    try scratch.write("times.csv", "t\n0\n0.5\n1\n1.5\n2\n")
    try scratch.write("bare.txt", "0 0\n1.5 2\n")
    let run = try scratch.run(
      "simulate", "graphs/bistable.yaml", "--input", "x.csv", "--times", "0:2:0.5")
    #expect(run.status == 0, "\(run.errors)")
    let rows = table(run.output)
    // From z = 0, an unstable equilibrium, it goes on with the input alone.
    #expect(rows.prefix(4).allSatisfy { $0[1] == 0 })
    #expect(rows[4][1] > 0.5)
    for (input, times) in [("rows.csv", "times.csv"), ("bare.txt", "0:2:0.5")] {
      let other = try scratch.run(
        "simulate", "graphs/bistable.yaml", "--input", input, "--times", times)
      #expect(other.output == run.output, "\(other.errors)")
    }
  }

  @Test("where it settles there is an equilibrium")
  func settling() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0,1\n")
    let json = try scratch.run(
      "simulate", "graphs/xor.yaml", "--input", "x.csv", "--times", "0:60:20", "--json"
    ).json()
    #expect(json["tendency"] as? String == "settled")
    #expect(try #require(json["distance_to_equilibrium"] as? Double) < 1e-6)
    let answer = try scratch.run("solve", "graphs/xor.yaml", "--input", "x.csv", "--json").json()
    let end = try #require((json["outputs"] as? [[Double]])?.last)
    let equilibrium = try #require((answer["outputs"] as? [[Double]])?.first)
    for (a, b) in zip(end, equilibrium) { #expect(abs(a - b) < 1e-6) }
  }

  @Test("a course that runs away ends with nan and the exit code 2")
  func blowUp() throws {
    let scratch = try Scratch()
    try scratch.write(
      "g.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: z, size: 1, role: output, combine: product, units: [{}, {bias: 1}]}
      connections:
        - {from: z, to: z, unit: 0, weight: 3}
        - {from: z, to: z, unit: 1, weight: 3}
      """)
    try scratch.write("start.csv", "z.0/0,z.0/1\n5,5\n")
    let arguments = ["simulate", "g.yaml", "--times", "0:50:10", "--start", "start.csv"]
    let run = try scratch.run(arguments)
    #expect(run.status == 2)
    #expect(run.errors.contains("followed until") && run.output.contains("50.0,nan"))
    let fast = try scratch.run(arguments + ["--json"])
    #expect(try fast.json()["status"] as? String != "converged")
  }

  @Test(
    "options without a meaning are refused",
    arguments: [
      ["--times", "0:1"], ["--times", "1:0:0.1"], ["--times", "0:1:0"], ["--times", "missing.csv"],
      ["--times", "0:1:0.5", "--step", "0.1"], ["--times", "0:1:0.5", "--backend", "direct"],
      ["--times", "0:1:0.5", "--method", "theta:2"], ["--times", "0:1:0.5", "--method", "euler"],
      ["--times", "0:1:0.5", "--adjoint", "gmres"], ["--times", "0:1:1e-12"],
      ["--times", "0:1:0.5", "--save-state", "z.txt"], ["--times", "0:1:0.5", "--input", "x.csv"],
    ])
  func refusals(arguments: [String]) throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "1\n")
    let run = try scratch.run(["simulate", "graphs/oscillator.yaml"] + arguments)
    #expect(run.status == 1)
    #expect(run.output.isEmpty)
  }

  @Test("the key time-constant has to be positive")
  func key() throws {
    let scratch = try Scratch()
    for value in ["0", "-1", ".inf", "slow"] {
      try scratch.write(
        "g.yaml", "format: cyclograd/1\ngroups:\n  - {name: z, size: 1, time-constant: \(value)}\n")
      let run = try scratch.run("inspect", "g.yaml")
      #expect(run.status == 1)
      #expect(run.errors.contains("g.yaml:3"))
    }
  }
}

@Suite("cyclograd course-gradient", .tags(.slow), .unlessFast)
struct CourseGradientCommandTests {
  private let oscillator = ["course-gradient", "graphs/oscillator.yaml", "--times", "0:2:0.1"]

  @Test("agrees with central differences, from targets at some times and from a cotangent")
  func differences() throws {
    let scratch = try Scratch()
    try scratch.write("y.csv", "t,i.0,e.0\n0.3,0.25,0.5\n2,0.75,1\n")
    let run = try scratch.run(
      oscillator + [
        "--target", "y.csv", "--check", "--start-gradient", "dz.csv", "--input-gradient", "dx.npy",
      ])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasPrefix("kind,source,target,unit,value,gradient\nweight,e.0,e.0,0,16.0,"))
    #expect(run.errors.contains("loss ") && run.errors.contains(" over 2 times; 20 steps"))
    #expect(run.errors.contains("check: 8 of 8 derivatives"), "\(run.errors)")
    #expect(try #require(scratch.read("dz.csv")).hasPrefix("e.0,i.0\n"))

    // The same by hand: the derivatives of the loss at these times, the others 0.
    let course = try scratch.run(
      ["simulate"] + oscillator.dropFirst() + ["--method", "theta:0.5"]
    ).output.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap(Double.init)
    }
    var rows = [[Double]](repeating: [0, 0], count: 21)
    rows[3] = [(course[3][1] - 0.5) / 2, (course[3][2] - 0.25) / 2]
    rows[20] = [(course[20][1] - 1) / 2, (course[20][2] - 0.75) / 2]
    try scratch.write("v.csv", rows.map { "\($0[0]),\($0[1])\n" }.joined())
    let json = try scratch.run(
      oscillator + ["--cotangent", "v.csv", "--json", "--output", "dW.csv"]
    ).json()
    #expect(json["gradient"] == nil && json["method"] as? String == "theta:0.5")
    func gradients(_ text: String) -> [Double] {
      text.split(separator: "\n").dropFirst().compactMap {
        Double($0.split(separator: ",").last ?? "")
      }
    }
    let (one, other) = (gradients(run.output), gradients(try #require(scratch.read("dW.csv"))))
    #expect(
      one.count == 6 && zip(one, other).allSatisfy { abs($0 - $1) < 1e-12 }, "\(one) \(other)")
  }

  @Test("lists the largest derivatives, those of the start too")
  func top() throws {
    let scratch = try Scratch()
    try scratch.write("y.csv", "t,e.0,i.0\n0.3,0.5,0.25\n2,1,0.75\n")
    let run = try scratch.run(
      oscillator + [
        "--target", "y.csv", "--top", "4", "--output", "dW.csv", "--start-gradient", "dz.csv",
      ])
    #expect(run.status == 0, "\(run.errors)")
    func numbers(_ text: String) -> [Double] {
      text.split(separator: "\n").dropFirst().compactMap {
        Double($0.split(separator: ",").last ?? "").map(abs)
      }
    }
    let start = try #require(scratch.read("dz.csv")).split(separator: "\n")[1]
      .split(separator: ",").compactMap { Double($0).map(abs) }
    let all = numbers(try #require(scratch.read("dW.csv"))) + start
    #expect(start.count == 2 && all.count == 8)
    #expect(numbers(run.output) == Array(all.sorted(by: >).prefix(4)), "\(run.output)")
    let whole = try scratch.run(oscillator + ["--target", "y.csv", "--top", "8"])
    #expect(whole.output.hasPrefix("t,kind,source,target,unit,value,gradient\n"))
    #expect(whole.output.contains("\n,start,,e.0,,") && whole.output.contains("\n,start,,i.0,,"))
  }

  @Test("refuses rk45, times that are none of the course's, and courses that run away")
  func refusals() throws {
    let scratch = try Scratch()
    try scratch.write("y.csv", "0.05,0.25,0.5\n")
    func fails(_ arguments: [String], _ status: Int32, _ message: String) throws {
      let run = try scratch.run(arguments)
      #expect(
        run.status == status && run.output.isEmpty && run.errors.contains(message), "\(run.errors)")
    }
    try fails(oscillator + ["--target", "y.csv"], 1, "y.csv")
    try fails(oscillator + ["--target", "y.csv"], 1, "t = 0.05 is none of the times")
    try fails(oscillator + ["--target", "y.csv", "--method", "rk45"], 1, "theta")
    try fails(oscillator, 1, "nothing says what is differentiated")
    // One row without a time is for none of them in particular.
    try scratch.write("one.csv", "e.0,i.0\n0.5,0.5\n")
    try fails(oscillator + ["--target", "one.csv"], 1, "1 row of targets for 21 times")
    try fails(oscillator + ["--target", "one.csv"], 1, "in a column t")
    try fails(oscillator + ["--cotangent", "one.csv"], 1, "1 row of the cotangent for 21 times")
    for option in ["--start-gradient", "--input-gradient"] {
      try fails(oscillator + ["--target", "one.csv", option, "-"], 1, "to standard output")
    }
    try scratch.write(
      "away.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: a, size: 1, bias: 1}
      edges:
        - [a.0, a.0, 3]
      outputs: [a]
      """)
    try scratch.write("v.csv", "0\n1\n")
    try fails(
      [
        "course-gradient", "away.yaml", "--times", "0:2000:2000", "--step", "1", "--method",
        "theta:0",
        "--cotangent", "v.csv",
      ], 2, "so it has no gradient")
  }
}
