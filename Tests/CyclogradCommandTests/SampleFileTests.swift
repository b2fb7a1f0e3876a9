import TestSupport
import Testing

@Suite("Files of samples, targets and states", .tags(.slow), .unlessFast)
struct SampleFileTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: a, size: 1, role: input}
        - {name: b, size: 1, role: input}
        - {name: y, size: 1, activation: identity, role: output}
      edges:
        - [a.0, y.0, 1]
        - [b.0, y.0, 10]
        - [y.0, y.0, 0.5]
      """)
    return scratch
  }

  @Test("Names in a header decide, whatever their order")
  func header() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "b.0,a.0\n2,1\n")
    #expect(try scratch.run("solve", "net.yaml", "--input", "x.csv").output == "y.0\n42.0\n")
    try scratch.write("x.csv", "b.0,c\n2,1\n")
    let refused = try scratch.run("solve", "net.yaml", "--input", "x.csv")
    #expect(refused.status != 0 && refused.errors.contains("a.0"), "\(refused.errors)")
  }

  @Test("Inputs that the header leaves out are 0 where that is said, and errors elsewhere")
  func missingInputs() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "b.0,y.0\n2,1\n")
    let refused = try scratch.run("solve", "net.yaml", "--input", "x.csv")
    #expect(refused.status == 1 && refused.errors.contains("--missing-inputs zero"))
    // Beside the inputs may stand words.
    try scratch.write("x.csv", "b.0,note,y.0\n2,hi,1\n")
    let zero = ["--missing-inputs", "zero"]
    let run = try scratch.run(["solve", "net.yaml", "--input", "x.csv"] + zero)
    #expect(run.status == 0 && run.output == "y.0\n40.0\n", "\(run.errors)")
    #expect(run.errors.contains("1 input left out and taken as 0: a.0"), "\(run.errors)")
    let evaluated = try scratch.run(
      ["evaluate", "net.yaml", "--input", "x.csv", "--target-columns", "y.0", "--json"] + zero)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let metrics = try #require(try evaluated.json()["metrics"] as? [String: Any])
    #expect(abs((metrics["mae"] as? Double ?? .nan) - 39) < 1e-9)
    let gradient = try scratch.run(
      ["gradient", "net.yaml", "--input", "x.csv", "--target-columns", "y.0"] + zero)
    #expect(gradient.status == 0, "\(gradient.errors)")
    // In time, too.
    try scratch.write("t.csv", "t,b.0\n0,2\n")
    let course = try scratch.run(
      ["simulate", "net.yaml", "--input", "t.csv", "--times", "0:60:60"] + zero)
    #expect(course.status == 0, "\(course.errors)")
    // Names that are all unknown are no names, and columns that are chosen have none.
    try scratch.write("other.csv", "q\n2\n")
    let unknown = try scratch.run(["solve", "net.yaml", "--input", "other.csv"] + zero)
    #expect(unknown.status == 1, "\(unknown.output)")
    let chosen = try scratch.run(
      ["solve", "net.yaml", "--input", "x.csv", "--columns", "0,2"] + zero)
    #expect(chosen.status == 1 && chosen.errors.contains("--columns says"), "\(chosen.errors)")
  }

  @Test("Several options that take a list are one list")
  func severalOptions() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "q,r,s\n2,7,1\n")
    let run = try scratch.run(
      "solve", "net.yaml", "--input", "x.csv", "--columns", "s", "--columns", "q")
    #expect(run.status == 0 && run.output == "y.0\n42.0\n", "\(run.errors)")
    try scratch.write("edges.csv", "source,target,weight\na,y,1\nb,y,10\n")
    let named = try scratch.run(
      "solve", "edges.csv", "--activation", "identity", "--input-neurons", "a", "--input-neurons",
      "b", "--output-neurons", "y", "--input", "x.csv", "--columns", "s,q")
    #expect(named.status == 0 && named.output == "y\n21.0\n", "\(named.errors)")
    let compared = try scratch.run(
      "compare", "net.yaml", "--backends", "direct", "--backends", "iterative", "--json")
    #expect(compared.status == 0 && compared.output.contains("direct"), "\(compared.errors)")
  }

  @Test("Beside the columns of the inputs' names may stand anything")
  func textBeside() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "b.0,note,a.0\n2,hi,1\n")
    try scratch.write("x.json", #"[{"b.0": 2, "note": "hi", "a.0": 1}]"#)
    for file in ["x.csv", "x.json"] {
      let run = try scratch.run("solve", "net.yaml", "--input", file)
      #expect(run.output == "y.0\n42.0\n", "\(run.errors)")
    }
    try scratch.write("x.csv", "b.0,note,a.0,a.0\n2,3,1,1\n")
    #expect(try scratch.run("solve", "net.yaml", "--input", "x.csv").status == 1)
  }

  @Test func aRowOfMissingValuesIsAnError() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "NA,NA\n1,2\n")
    let refused = try scratch.run("solve", "net.yaml", "--input", "x.csv")
    #expect(refused.errors.contains("x.csv:1") && refused.errors.contains("missing value"))
  }

  @Test("A saved state with a failed row is a start for the others")
  func states() throws {
    let scratch = try scratch()
    try scratch.write(
      "square.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: h, size: 1, activation: relu, role: output}
      edges:
        - [x.0, h.0, 1]
        - [h.0, h.0, 2]
      """)
    try scratch.write("x.csv", "-1\n1\n")
    let first = try scratch.run("solve", "square.yaml", "--input", "x.csv", "--save-state", "z.npy")
    #expect(first.status == 2)
    let again = try scratch.run("solve", "square.yaml", "--input", "x.csv", "--state", "z.npy")
    #expect(again.status == 2 && again.output == first.output, "\(again.errors)")
  }

  @Test("A one-dimensional array of targets is a column")
  func targets() throws {
    let scratch = try scratch()
    let made = try scratch.shell(
      "python3 -c 'import numpy as n; n.save(\"y.npy\", n.array([1.0, 2, 3]))'")
    guard made.status == 0 else { return }
    try scratch.write("x.csv", "1,2\n0,1\n1,0\n")
    try scratch.write("y.csv", "1\n2\n3\n")
    let array = try scratch.run("gradient", "net.yaml", "--input", "x.csv", "--target", "y.npy")
    #expect(array.status == 0, "\(array.errors)")
    let text = try scratch.run("gradient", "net.yaml", "--input", "x.csv", "--target", "y.csv")
    #expect(array.output == text.output)
  }
}
