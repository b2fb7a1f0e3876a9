import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Classes are called by the words of a training, and named by them in other files")
struct ClassWordTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input}
        - {name: y, size: 3, role: output}
      connections: [{from: x, to: y, weight: {uniform: [-0.5, 0.5]}}]

      """, "net.yaml")
    _ = try folder.write("a,b,kind,goal\n1,2,ape,1\n3,4,mule,2\n5,6,zebra,0\n", "d.csv")
  }

  private func transform(
    _ task: String, labels: String = "{column: kind}", inputs: String = "a,b", and more: String = ""
  ) throws -> InputTransform? {
    let file = try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: d.csv, inputs: "\(inputs)", labels: \(labels)\(more)}
        task: \(task)
        optimizer: adam
        rate: 0.1
        epochs: 1

        """, "t.yaml"))
    return try PreparedData(file.data).transform
  }

  @Test("labels beside targets say nothing about outputs", arguments: ["classifier", "regression"])
  func besideTargets(task: String) throws {
    let beside = try transform(task, and: ", targets: goal")
    #expect(beside == nil)
    for task in ["classifier", "autoencoder"] {
      let classes = try transform(task)?.classes
      #expect(classes == ["ape", "mule", "zebra"], "\(task)")
    }
  }

  @Test("a class of several words keeps them, and the rule by which others belong to it")
  func several() throws {
    let positive = try #require(
      try transform("autoencoder", labels: "{column: kind, positive: mule}"))
    #expect(positive.classes == ["not mule", "mule"])
    let read = try InputTransform(positive.text, file: "x")
    #expect(read == positive)
    let words = try #require(read.classWords)
    let found = try words.classes(of: ["zebra", "mule", "ape", "cow"], file: "f")
    #expect(found?.numbers == [0, 1, 0, 0])
    #expect(found?.unseen == ["cow"])
    // Class numbers say by themselves which is which.
    let numbers = try words.classes(of: ["0", "1"], file: "f")?.numbers
    #expect(numbers == nil)

    let negative = try #require(
      try transform("classifier", labels: "{column: kind, negative: mule}")?.classWords)
    #expect(negative.names == ["mule", "not mule"])
    let other = try negative.classes(of: ["zebra", "mule"], file: "f")?.numbers
    #expect(other == [1, 0])
  }

  @Test("files from before have words alone, and numbers of classes that are not there are refused")
  func files() throws {
    func read(_ rest: String) throws -> InputTransform {
      try InputTransform(
        "{\"format\": \"cyclograd-inputs/1\", \"classes\": [\"x\", \"y\"]\(rest)}", file: "p")
    }
    let plain = try read("").classes
    #expect(plain == ["x", "y"])
    let rest = try read(", \"rest\": {\"class\": 1, \"words\": [\"z\"]}").classWords?.nameOfRest
    #expect(rest == "y")
    for bad in ["{\"class\": 2, \"words\": []}", "{\"class\": 0}", "[]"] {
      #expect(throws: CyclogradError.self) { try read(", \"rest\": \(bad)") }
    }
  }

  @Test("classes that are numbers are found by their values, however these are spelt")
  func values() throws {
    let words = ClassWords(names: ["1", "2", "10"], rest: nil)
    for spelt in [["1", "10", "2"], ["1.0", "1e1", "02"]] {
      let numbers = try words.classes(of: spelt, file: "f")?.numbers
      #expect(numbers == [0, 2, 1], "\(spelt)")
    }
    for word in ["0", "1.5", "nan", "one"] {
      #expect {
        try words.classes(of: ["1", word], file: "e.csv")
      } throws: {
        let text = "\($0)"
        return text.contains("\"\(word)\" is none of the classes") && text.contains("e.csv")
          && text.contains("row 1") && text.contains("the classes are \"1\", \"2\", \"10\"")
      }
    }
    // Where one value is two classes, only their own spellings tell them apart.
    let twice = ClassWords(names: ["1", "1.0", "2"], rest: nil)
    let own = try twice.classes(of: ["1.0", "1", "2.0"], file: "f")?.numbers
    #expect(own == [1, 0, 2])
    #expect(throws: CyclogradError.self) { try twice.classes(of: ["01"], file: "f") }
  }

  @Test("columns of the training are found by their names, also where numbers stay as they are")
  func columns() throws {
    let named = try #require(try transform("classifier"))
    let placed = try #require(try transform("classifier", inputs: "0..1"))
    _ = try folder.write("kind,b,a\nape,1,2\n", "permuted.csv")
    _ = try folder.write("1,2,3\n", "plain.csv")
    _ = try folder.write("x.0,x.1\n1,2\n", "other.csv")
    _ = try folder.write("a,c\n1,2\n", "partial.csv")
    for transform in [named, placed] {
      #expect(transform.isIdentity)
      let permuted = try transform.inputColumns(in: folder("permuted.csv"))
      let places = try permuted?.indices(columnCount: 3, names: ["kind", "b", "a"])
      #expect(places == [2, 1])
      let other = try transform.inputColumns(in: folder("other.csv"))
      #expect(other == nil)
      #expect {
        try transform.inputColumns(in: folder("partial.csv"))
      } throws: {
        "\($0)".contains("1 of the 2 names") && "\($0)".contains("\"b\"")
      }
    }
    let byName = try named.inputColumns(in: folder("plain.csv"))
    #expect(byName == nil)
    let byPlace = try placed.inputColumns(in: folder("plain.csv"))
    #expect(byPlace?.text == "0..1")
  }
}
