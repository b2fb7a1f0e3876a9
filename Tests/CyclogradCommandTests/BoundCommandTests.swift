import Cyclograd
import Foundation
import TestSupport
import Testing

@Suite("Bounds, sensitivities and attacks from the command")
struct BoundCommandTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("x.csv", "u.0,u.1,u.2\n0.8,-0.3,0.5\n0.1,0.2,0.3\n")
    try scratch.write("sigma.csv", "0.1,0.05,0.2\n")
    return scratch
  }

  @Test("JSON of bounds has what is promised, and its numbers hold")
  func json() throws {
    let run = try scratch().run(
      "bound", "graphs/robust.yaml", "--input", "x.csv", "--radius", "sigma.csv", "--states",
      "--json")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json()
    #expect(json["samples"] as? Int == 2)
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(results.count == 2)
    let first = results[0]
    #expect(first["row"] as? Int == 0 && first["status"] as? String == "bounded")
    #expect((first["proved"] as? [Bool]) == [true, true])
    #expect((first["methods"] as? [String])?.count == 2)
    let lower = try #require(first["lower"] as? [Double])
    let upper = try #require(first["upper"] as? [Double])
    let y = [1.0321668822768435, 0.06438551099611901]
    let known = [0.24846410904184715, 0.236261153909822]
    for j in 0..<2 {
      #expect(lower[j] < y[j] && y[j] < upper[j])
      #expect(upper[j] - y[j] <= known[j] + 1e-9)
    }
    let states = try #require(first["states"] as? [String: [Double]])
    #expect(states["lower"]?.count == 9 && states["upper"]?.count == 9)
  }

  @Test("classes are certified, refuted or open, and a functional is a row of a file")
  func margins() throws {
    let scratch = try scratch()
    func certified(_ arguments: String...) throws -> (Int?, [String?]) {
      let run = try scratch.run(
        ["bound", "graphs/robust.yaml", "--input", "x.csv", "--json"] + arguments)
      #expect(run.status == 0, "\(run.errors)")
      let json = try run.json()
      let results = json["results"] as? [[String: Any]] ?? []
      return (json["certified"] as? Int, results.map { $0["status"] as? String })
    }
    #expect(try certified("--radius", "0.001", "--margins").0 == 2)
    let wide = try certified("--radius", "3", "--margins", "--attack", "--budget", "20")
    #expect(wide.0 == 0 && wide.1 == ["refuted", "refuted"])
    let wrong = try certified("--radius", "0", "--margins", "--target", "1", "--attack")
    #expect(wrong.1[0] == "refuted")
    try scratch.write("f.csv", "y.1,y.0\n-1,1\n")
    let run = try scratch.run(
      "bound", "graphs/robust.yaml", "--input", "x.csv", "--radius", "sigma.csv", "--functional",
      "f.csv", "--method", "box")
    #expect(run.status == 0)
    let line = try #require(run.output.split(separator: "\n").dropFirst().first)
    let cells = line.split(separator: ",")
    #expect(cells[1] == "bounded" && cells[5] == "box" && cells[6] == "true")
    #expect(abs(Double(cells[4])! - 3.549070590762345) < 1e-8)
    let table = try scratch.run(
      "bound", "graphs/robust.yaml", "--input", "x.csv", "--radius", "0.1", "--output", "b.npy")
    #expect(table.status == 0)
    #expect(
      FileManager.default.fileExists(atPath: scratch.folder.appendingPathComponent("b.npy").path))
  }

  @Test("a linear program bounds and attacks, or the build's lack of it is said with the way out")
  func linearProgram() throws {
    let scratch = try scratch()
    let bound = try scratch.run(
      "bound", "graphs/robust.yaml", "--input", "x.csv", "--radius", "0.1", "--method", "lp")
    let attack = try scratch.run(
      "attack", "graphs/robust.yaml", "--input", "x.csv", "--radius", "0.1", "--kind", "lp")
    if BoundMethod.direct.contains(.lp) {
      #expect(bound.status == 0 && bound.output.contains(",bounded,y.0,"), "\(bound.errors)")
      #expect(bound.output.contains(",lp,true"))
      #expect(attack.status == 0, "\(attack.errors)")
    } else {
      for run in [bound, attack] {
        #expect(run.status == 1 && run.output.isEmpty)
        #expect(run.errors.contains("coinor-libclp-dev"))
        #expect(run.errors.contains("--traits default,Clp"))
      }
    }
  }

  @Test("options without a meaning, and rows without a bound, are said")
  func refused() throws {
    let scratch = try scratch()
    for arguments in [
      ["--radius=-1"], ["--radius", "nan"], ["--radius", "0.1", "--range", "0:1"],
      ["--radius", "0.1", "--range", "1"], ["--radius", "0.1", "--target", "0"],
      ["--radius", "0.1", "--margins", "--target", "7"], ["--radius", "0.1", "--attack"],
      ["--radius", "0.1", "--budget", "5"], ["--radius", "0.1", "--margins", "--budget", "x"],
      ["--radius", "0.1", "--method", "magic"], ["--radius", "0.1", "--states"],
      ["--radius", "0.1", "--rounded", "double"], ["--radius", "0.1", "--pruned=-1"],
      ["--radius", "0.1", "--low-rank", "0"],
      ["--radius", "0.1", "--low-rank", "1", "--pruned", "1"],
      ["--radius", "0.1", "--rounded", "half", "--margins"],
      ["--radius", "0.1", "--changes=-2"], ["--radius", "0.1", "--target-columns", "0"],
      ["--radius", "0.1", "--margins", "--target", "1", "--target-columns", "0"],
    ] {
      let run = try scratch.run(
        ["bound", "graphs/robust.yaml", "--input", "x.csv"] + arguments)
      #expect(run.status == 1 && run.errors.contains("cyclograd: error:"), "\(arguments)")
      #expect(run.output.isEmpty)
    }
    let none = try scratch.run(
      "bound", "graphs/no-equilibrium.yaml", "--radius", "0.1", "--json")
    #expect(none.status == 2 || none.status == 1)
  }

  @Test("norms of sensitivities lie between proved numbers, and S is written")
  func sensitivity() throws {
    let scratch = try scratch()
    let run = try scratch.run(
      "sensitivity", "graphs/robust.yaml", "--json", "--top", "2", "--output", "s.csv")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json()
    for (name, known) in [
      ("infinity_norm", 10.448582383954577), ("one_norm", 7.999181506470523),
      ("two_norm", 8.486861769203918),
    ] {
      let norm = try #require(json[name] as? [String: Any])
      let (lower, upper) = (norm["lower"] as! Double, norm["upper"] as! Double)
      #expect(lower <= known && known <= upper && upper - lower < 1e-7)
      #expect(norm["proved"] as? Bool == true)
    }
    #expect(scratch.read("s.csv")?.hasPrefix("output,u.0,u.1,u.2\ny.0,3.8557") == true)
    let part = try scratch.run(
      "sensitivity", "graphs/robust.yaml", "--of", "y.1", "--by", "2", "--json")
    let norm = try #require(try part.json()["infinity_norm"] as? [String: Any])
    #expect(abs(norm["upper"] as! Double - 4.427651808428271) < 1e-9)
  }

  @Test("attacks give inputs within the box, and a report draws what was found")
  func attack() throws {
    let scratch = try scratch()
    let run = try scratch.run(
      "attack", "graphs/robust.yaml", "--input", "x.csv", "--radius", "3", "--json", "--kind",
      "sensitivity", "--kind", "gradient", "--kind", "dual", "--changes", "1")
    #expect(run.status == 0, "\(run.errors)")
    #expect((try run.json()["results"] as? [[String: Any]])?.count == 2)
    let report = try scratch.run(
      "report", "bound", "graphs/robust.yaml", "--input", "x.csv", "--radius", "0.5", "--output",
      "b.html")
    #expect(report.status == 0, "\(report.errors)")
    let page = try #require(scratch.read("b.html"))
    for name in ["certified", "broken", "bounds", "sensitivity", "attacks"] {
      #expect(page.contains("id=\"\(name)"), "\(name)")
    }
  }

  @Test("a network without inputs has bounds and a report, which says what it lacks")
  func withoutInputs() throws {
    let scratch = try scratch()
    try scratch.write(
      "alone.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: q, size: 1, activation: tanh, bias: 0.3}
        - {name: y, size: 2, role: output, bias: {value: [0.1, 0.2]}}
      edges:
        - [q.0, q.0, 0.5]
        - [q.0, y.0, 1.0]
      """)
    let bound = try scratch.run("bound", "alone.yaml", "--radius", "0.1")
    #expect(bound.status == 0 && bound.output.contains("true,\"exactly one\""), "\(bound.output)")
    let report = try scratch.run(
      "report", "bound", "alone.yaml", "--radius", "0.1", "--output", "b.html")
    #expect(report.status == 0, "\(report.errors)")
    #expect(try #require(scratch.read("b.html")).contains("the network has no inputs"))
    let sensitivity = try scratch.run("sensitivity", "alone.yaml")
    #expect(sensitivity.errors.contains("the network has no inputs"))
  }
}
