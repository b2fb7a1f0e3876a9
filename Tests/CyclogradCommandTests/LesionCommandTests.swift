import Foundation
import TestSupport
import Testing

@Suite("Cuts, scales and versions on the command line", .tags(.slow), .unlessFast)
struct LesionCommandTests {
  /// A chain a → b → c of identities with weights 2 and 3, read from an edge list with names.
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("net.csv", "source,target,weight\na,b,2\nb,c,3\na,c,1\n")
    try scratch.write("x.csv", "1\n10\n")
    return scratch
  }

  private let network = [
    "net.csv", "--activation", "identity", "--input-neurons", "a", "--output-neurons", "c",
    "--input", "x.csv",
  ]

  @Test("a cut of each neuron named, row by row of the samples")
  func neurons() throws {
    let run = try scratch().run(["solve"] + network + ["--lesion", "a,b,c"])
    #expect(run.status == 0, "\(run.errors)")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(rows.dropFirst().map { $0[1] } == ["0", "1", "0", "1", "0", "1"])
    #expect(
      rows.dropFirst().map { Double($0[3]) } == [-7, -70, -6, -60, 0, 0])
    #expect(rows.dropFirst().allSatisfy { $0[2] == "continued" })
    #expect(run.errors.contains("3 cuts of 2 samples: 6 continue the intact equilibrium"))
  }

  @Test("one bias for all neurons, which may be negative")
  func oneBias() throws {
    let scratch = try scratch()
    try scratch.write("b.csv", "-0.5\n-0.5\n-0.5\n")
    let (number, file) = (
      try scratch.run(["solve"] + network + ["--bias", "-0.5"]),
      try scratch.run(["solve"] + network + ["--bias", "b.csv"])
    )
    #expect(number.status == 0 && number.output == file.output, "\(number.errors)")
    #expect(number.output == "c\n1.5\n64.5\n")
  }

  @Test("a cut of each neuron of several groups")
  func groups() throws {
    let scratch = try scratch()
    let (one, other, both) = (
      try scratch.run("solve", "graphs/oscillator.yaml", "--lesion", "all-of:e"),
      try scratch.run("solve", "graphs/oscillator.yaml", "--lesion", "all-of:i"),
      try scratch.run("solve", "graphs/oscillator.yaml", "--lesion", "all-of:e,all-of:i")
    )
    #expect(both.status == one.status, "\(both.errors)")
    #expect(
      both.output == one.output + other.output.split(separator: "\n").dropFirst().joined() + "\n")
    let spaced = try scratch.run(
      "solve", "graphs/oscillator.yaml", "--lesion", "all-of:e, all-of:i")
    #expect(spaced.output == both.output, "\(spaced.errors)")
  }

  @Test(
    "a list of groups in which a part is none says so",
    arguments: [("all-of:e,i", "i"), ("all-of:e,", ""), ("all-of:e,edges:f", "edges:f")])
  func groupsAndOthers(_ text: String, _ part: String) throws {
    let run = try scratch().run("solve", "graphs/oscillator.yaml", "--lesion", text)
    #expect(run.status == 1)
    #expect(
      run.errors.contains("\"\(part)\" stands without all-of:, which every part needs"),
      "\(run.errors)")
  }

  @Test(
    "a bias that is not finite is a number, not a file", arguments: ["nan", "inf", "-inf", "1e400"])
  func biasesThatAreNotFinite(_ text: String) throws {
    let run = try scratch().run(["solve"] + network + ["--bias=\(text)"])
    #expect(run.status == 1)
    #expect(
      run.errors.contains("the bias is \"\(text)\", which is not a finite number"), "\(run.errors)")
  }

  @Test("cuts that are named by several options are all made")
  func severalOptions() throws {
    let scratch = try scratch()
    try scratch.write("cuts.csv", "source,target\na,c\n")
    let run = try scratch.run(
      ["solve"] + network + ["--lesion", "a", "--lesion", "edges:cuts.csv", "--lesion", "b,c"])
    #expect(run.status == 0, "\(run.errors)")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(rows.dropFirst().map { Double($0[3]) } == [-7, -70, -1, -10, -6, -60, 0, 0])
  }

  @Test("a cut of each edge of a list, as JSON and as .npy")
  func edges() throws {
    let scratch = try scratch()
    try scratch.write("cuts.csv", "source,target\na,c\nb,c\n")
    let json = try scratch.run(["solve"] + network + ["--lesion", "edges:cuts.csv", "--json"])
      .json()
    let cuts = try #require(json["cuts"] as? [[String: Any]])
    #expect(cuts.map { ($0["changes"] as? [Double])?.first } == [-1, -10, -6, -60])
    #expect(cuts.map { $0["equilibrium"] as? String } == Array(repeating: "continued", count: 4))
    #expect((json["intact"] as? [[Double]]) == [[7], [70]])
    let run = try scratch.run(
      ["solve"] + network + ["--lesion", "edges:cuts.csv", "--output", "cuts.npy"])
    #expect(run.status == 0)
    #expect(try scratch.shell("test -s cuts.npy").status == 0)
  }

  @Test("where the equilibrium vanishes, another one is reached")
  func another() throws {
    let scratch = try Scratch()
    try scratch.write(
      "switch.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: h, size: 1}
        - {name: y, size: 1, role: output, activation: tanh}
      connections:
        - {from: x, to: h, weight: 1}
        - {from: h, to: y, weight: 2}
        - {from: y, to: y, weight: 2}
        - {from: x, to: y, weight: -1.5}
      """)
    try scratch.write("x.csv", "0.5\n0.25\n")
    let run = try scratch.run(
      "solve", "switch.yaml", "--input", "x.csv", "--lesion", "all-of:h")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(rows.dropFirst().map { $0[2] } == ["another", "continued"])
    #expect(run.errors.contains("1 reach another one"))
  }

  @Test(
    "What cannot be cut is refused",
    arguments: [
      (["--lesion", "d"], "no neuron is named"), (["--lesion", "all-of:m"], "there is no group"),
      (["--lesion", "edges:none.csv"], "none.csv"), (["--lesion", "a", "--certify"], "--certify"),
      (["--lesion", "a", "--follow"], "--follow"),
      (["--lesion", "a", "--starts", "2"], "--starts"),
      (["--lesion", "a", "--save-state", "z.npy"], "--save-state"),
      (["--lesion", "edges:wrong.csv"], "there is no edge"),
    ])
  func refusals(_ options: [String], _ message: String) throws {
    let scratch = try scratch()
    try scratch.write("wrong.csv", "source,target\nc,a\n")
    let run = try scratch.run(["solve"] + network + options)
    #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
  }

  @Test("--scale is said in a remark, and refused without a cycle")
  func scale() throws {
    let scratch = try scratch()
    try scratch.write("loop.csv", "0,1,2\n1,0,8\n")
    let options = ["--activation", "tanh", "--input-neurons", "1", "--output-neurons", "1"]
    let run = try scratch.run(
      ["check", "loop.csv", "--scale", "spectral-radius=0.5"] + options)
    #expect(run.status == 0 && run.errors.contains("all weights multiplied by 0.125"))
    #expect(run.output.contains("for every input: proved"))
    let chain = try scratch.run(
      ["solve"] + network + ["--scale", "lambda-pf=0.5"])
    #expect(chain.status == 1 && chain.errors.contains("nilpotent"))
  }

  @Test("--version names the build and its solvers")
  func version() throws {
    let run = try Scratch().run("--version")
    #expect(run.status == 0)
    #expect(run.output.contains("development build") && run.output.contains("solvers: dense, klu"))
  }
}
