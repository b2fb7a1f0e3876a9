import Foundation
import TestSupport
import Testing

@Suite("cyclograd evaluate names classes as their training did", .tags(.slow), .unlessFast)
struct EvaluateClassTests {
  private let scratch: Scratch
  private let new = [
    "evaluate", "net.yaml", "--parameters", "t-trained.safetensors", "--mode", "classifier",
    "--output", "rows.csv",
  ]

  init() throws {
    scratch = try Scratch()
    let classes = [("2", "ape"), ("3", "mule"), ("10", "zebra")]
    let rows = (0..<30).map { index in
      let (kind, word) = classes[index % 3]
      return "\(index % 3),\(Double(index) / 30),\(kind),\(word),\(word.count % 2)\n"
    }
    try scratch.write("d.csv", "a,b,kind,word,goal\n" + rows.joined())
    for (name, size) in [("net.yaml", 3), ("pair.yaml", 2)] {
      try scratch.write(
        name,
        """
        format: cyclograd/1
        groups:
          - {name: x, size: 2, role: input}
          - {name: y, size: \(size), role: output, activation: identity}
        connections:
          - {from: x, to: y, weight: {value: 0}}
        """)
    }
  }

  private func train(
    _ data: String, task: String = "classifier", graph: String = "net.yaml", and more: String = ""
  ) throws {
    try scratch.write(
      "t.yaml",
      """
      format: cyclograd-training/1
      graph: \(graph)
      task: \(task)
      data: {file: d.csv, inputs: "a,b", \(data)}
      optimizer: adam
      rate: 0.1
      epochs: 1
      batch: 10
      \(more)
      """)
    let run = try scratch.run("train", "t.yaml", "--quiet")
    #expect(run.status == 0, "\(run.errors)")
  }

  /// The first cells of a column of the table that was written.
  private func cells(_ name: String) throws -> [String] {
    let lines = try #require(scratch.read("rows.csv")).split(separator: "\n").map {
      $0.replacingOccurrences(of: "\"", with: "").split(separator: ",").map(String.init)
    }
    let place = try #require(lines[0].firstIndex(of: name))
    return lines.dropFirst().prefix(3).map { $0[place] }
  }

  @Test("labels beside targets are not what the outputs are called")
  func besideTargets() throws {
    try train("labels: {column: word}, targets: goal", and: "loss: softmax-cross-entropy")
    let run = try scratch.run("evaluate", "t.yaml", "--part", "training", "--output", "rows.csv")
    #expect(run.status == 0 && !run.output.contains("ape"), "\(run.errors)\(run.output)")
    let classes = try cells("class")
    #expect(classes == ["1.0", "0.0", "1.0"])
  }

  @Test("classes that are numbers are read by their values, and never as places")
  func numbers() throws {
    try train("labels: {column: kind}")
    for kinds in [["2", "3", "10"], ["2.0", "03", "1e1"]] {
      let rows = kinds.enumerated().map { "\($0.offset),\($0.element),0\n" }.joined()
      try scratch.write("new.csv", "a,kind,b\n" + rows)
      let run = try scratch.run(new + ["--input", "new.csv", "--target-columns", "kind"])
      #expect(run.status == 0, "\(run.errors)")
      let classes = try cells("class")
      #expect(classes == ["2", "3", "10"], "\(kinds)")
    }
    try scratch.write("x.csv", "0,0\n1,0\n2,0\n")
    try scratch.write("labels.csv", "2.0\n3.0\n10.0\n")
    let run = try scratch.run(new + ["--input", "x.csv", "--target", "labels.csv"])
    #expect(run.status == 0, "\(run.errors)")
    let classes = try cells("class")
    #expect(classes == ["2", "3", "10"])
    try scratch.write("labels.csv", "2\n1\n10\n")
    let bad = try scratch.run(new + ["--input", "x.csv", "--target", "labels.csv"])
    #expect(bad.status == 1 && bad.errors.contains("\"1\" is none of the classes"), "\(bad.errors)")
  }

  @Test("columns are those of the training, and numbers in place of words are noted")
  func columns() throws {
    try train("labels: {column: word}")
    try scratch.write("new.csv", "word,b,a,place\nape,0,0,0\nmule,0,1,1\nzebra,0,2,2\n")
    for column in ["word", "place"] {
      let run = try scratch.run(new + ["--input", "new.csv", "--target-columns", column])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("0 for \"ape\", 1 for \"mule\"") == (column == "place"))
      let classes = try cells("class")
      #expect(classes == ["ape", "mule", "zebra"], "\(column)")
    }
    // A file of nothing but inputs is taken as it stands.
    try scratch.write("x.csv", "0,0\n1,0\n2,0\n")
    let solved = try scratch.run(
      "solve", "net.yaml", "--parameters", "t-trained.safetensors", "--input", "x.csv")
    #expect(solved.status == 0, "\(solved.errors)")
  }

  @Test("outputs that no word of the training stands for have numbers")
  func fewer() throws {
    try train("labels: {column: word, positive: ape}")
    let run = try scratch.run("evaluate", "t.yaml", "--part", "training", "--output", "rows.csv")
    #expect(run.status == 0, "\(run.errors)")
    for heading in ["taken for not ape", "taken for ape", "taken for 2"] {
      #expect(run.output.contains(heading), "\(run.output)")
    }
    let classes = try cells("class")
    #expect(classes == ["ape", "not ape", "not ape"])
  }

  @Test("a class of several words takes them and others in new data, where these are noted")
  func several() throws {
    try train("labels: {column: word, positive: ape}", task: "autoencoder", graph: "pair.yaml")
    try scratch.write("new.csv", "a,b,word\n0,0,ape\n1,0,zebra\n2,1,cow\n")
    let run = try scratch.run(
      "evaluate", "pair.yaml", "--parameters", "t-trained.safetensors", "--input", "new.csv",
      "--target-columns", "word", "--mode", "autoencoder", "--threshold", "0.5", "--output",
      "rows.csv")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("no training sample has \"cow\", which counts as \"not ape\""))
    let labels = try cells("label")
    #expect(labels == ["ape", "not ape", "not ape"])
  }
}
