import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Recipes make samples from files")
struct RecipeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    var rows = "size,colour,kind,class\n"
    for row in 0..<60 {
      let colour = ["red", "green", "blue"][row % 3]
      rows += "\(Double(row * row % 37) / 4),\(colour),\(row % 2 == 0 ? "a" : "b"),"
      rows += row % 5 == 0 ? "odd\n" : "plain\n"
    }
    _ = try folder.write(rows, "all.csv")
    _ = try folder.write("size,colour,kind,class\n3,red,a,odd\n4,pink,b,plain\n", "other.csv")
    _ = try folder.write(
      "format: cyclograd/1\ngroups:\n  - {name: x, size: 4, role: [input, output]}\n", "net.yaml")
  }

  private static let basis = """
    format: cyclograd-training/1
    graph: net.yaml
    data:
      file: all.csv
      inputs: size
      one-hot: [{column: colour}]
      labels: {column: class, positive: odd}
    task: autoencoder
    optimizer: adam
    rate: 0.1
    epochs: 1

    """

  private func file(_ text: String = basis) throws -> TrainingFile {
    try TrainingFile.read(try folder.write(text, "t.yaml"))
  }

  private func with(_ steps: String, _ more: String = "") -> String {
    Self.basis.replacingOccurrences(of: "task:", with: "  steps: [\(steps)]\n\(more)task:")
  }

  @Test("classes that are targets are divided in proportion, numbers and one of each column alike")
  func targetClasses() throws {
    var rows = "a,t,p,q\n"
    for row in 0..<100 { rows += "\(row),\(row < 10 ? "1,0,1" : "0,1,0")\n" }
    _ = try folder.write(rows, "rare.csv")
    for seed in 0..<6 {
      for (task, targets, expected) in [
        ("classifier", "t", 2), ("classifier", "\"p,q\"", 2), ("regression", "t", -1),
      ] {
        let data = try PreparedData(
          try file(
            """
            format: cyclograd-training/1
            graph: net.yaml
            data: {file: rare.csv, inputs: a, targets: \(targets), steps: [{split: test, share: 0.2, seed: \(seed)}]}
            task: \(task)
            optimizer: adam
            rate: 0.1
            epochs: 1

            """
          ).data)
        let test = try #require(data.parts[.test]?.targets)
        let rare = (0..<test.rows).count { test[$0, test.columns - 1] == 1 }
        #expect(test.rows == 20 && (expected < 0 || rare == expected), "\(task) \(targets)")
      }
    }
  }

  @Test("parts are not drawn from windows that overlap", arguments: [(4, false), (1, true)])
  func overlappingWindows(stride: Int, isRefused: Bool) throws {
    let text = """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: all.csv, inputs: size, windows: {length: 4, stride: \(stride)}, steps: [{split: test, share: 0.2}]}
      optimizer: adam
      rate: 0.1
      epochs: 1

      """
    if isRefused {
      #expect(throws: CyclogradError.self) { try file(text) }
    } else {
      _ = try file(text)
    }
  }

  @Test(
    "every sample is in one of several folds, with its class's share, and scaled as fits the others"
  )
  func folds() throws {
    let whole = try #require(try PreparedData(try file().data).parts[.training])
    var held: [[Double]] = []
    for fold in 1...5 {
      let data = try PreparedData(
        try file(
          with(
            "{split: test, fold: \(fold), of: 5, seed: 3}, {scale: standardise, constant: shift}")
        ).data)
      let (training, test) = (
        try #require(data.parts[.training]), try #require(data.parts[.test])
      )
      #expect(training.inputs.rows == 48 && test.inputs.rows == 12)
      #expect((11...13).contains(60 - training.inputs.rows))
      #expect(abs(2.4 - Double(test.labels?.count { $0 == 1 } ?? 0)) < 1)
      let mean = (0..<48).reduce(0) { $0 + training.inputs[$1, 0] } / 48
      #expect(abs(mean) < 1e-12)
      let raw = try PreparedData(
        try file(with("{split: test, fold: \(fold), of: 5, seed: 3}")).data)
      let part = try #require(raw.parts[.test])
      held += (0..<part.inputs.rows).map { Array(part.inputs[row: $0]) }
    }
    let all = (0..<60).map { Array(whole.inputs[row: $0]) }
    #expect(
      held.sorted { $0.lexicographicallyPrecedes($1) }
        == all.sorted { $0.lexicographicallyPrecedes($1) })
    for wrong in ["fold: 6, of: 5", "fold: 1", "of: 5", "fold: 1, of: 5, share: 0.5"] {
      #expect(throws: CyclogradError.self) { try file(with("{split: test, \(wrong)}")) }
    }
  }

  @Test("words become columns in alphabetical order, behind the numbers")
  func encoding() throws {
    let data = try PreparedData(try file().data)
    let samples = try #require(data.parts[.training])
    #expect(samples.inputs.rows == 60 && samples.inputs.columns == 4)
    for row in 0..<60 {
      let words = [row % 3 == 2, row % 3 == 1, row % 3 == 0].map { $0 ? 1.0 : 0 }
      #expect(Array(samples.inputs[row: row]) == [Double(row * row % 37) / 4] + words)
      #expect(samples.labels?[row] == (row % 5 == 0 ? 1 : 0))
    }
    #expect(samples.targets == samples.inputs)
  }

  @Test("parts have every row once, and scales come from one class of the training part alone")
  func steps() throws {
    let steps =
      "{split: test, share: 0.2, seed: 3}, {split: validation, share: 0.25, seed: 3}, "
      + "{scale: standardise, rows: negative}"
    let data = try PreparedData(try file(with(steps)).data)
    let plain = try PreparedData(
      try file(
        with("{split: test, share: 0.2, seed: 3}, {split: validation, share: 0.25, seed: 3}")
      )
      .data)
    let counts = DataRecipe.Part.usual.map { data.parts[$0]?.inputs.rows ?? 0 }
    #expect(counts == [37, 11, 12])
    #expect(data.parts[.test]?.labels?.count { $0 == 1 } ?? 0 >= 2)
    // Every row of the file is in one part.
    let whole = try PreparedData(try file().data).parts[.training]?.inputs
    func rows(_ data: PreparedData) -> [[Double]] {
      DataRecipe.Part.usual.flatMap { part -> [[Double]] in
        guard let inputs = data.parts[part]?.inputs else { return [] }
        return (0..<inputs.rows).map { Array(inputs[row: $0]) }
      }.sorted { $0.lexicographicallyPrecedes($1) }
    }
    let expected = try #require(whole)
    #expect(
      rows(plain)
        == (0..<60).map { Array(expected[row: $0]) }.sorted { $0.lexicographicallyPrecedes($1) })
    // The negative training rows have mean 0 and deviation 1, the whole has not.
    let training = try #require(data.parts[.training])
    let raw = try #require(plain.parts[.training])
    let negative = (0..<37).filter { training.labels?[$0] == 0 }
    for column in 0..<4 {
      let values = negative.map { training.inputs[$0, column] }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(abs(mean) < 1e-12 && abs(variance - 1) < 1e-12)
    }
    let mean = negative.map { raw.inputs[$0, 0] }.reduce(0, +) / Double(negative.count)
    let scaling = try #require(data.transform?.scaling)
    #expect(abs(scaling.offsets[0] - mean) < 1e-12)
    // The same for every part: applied once more to the raw rows, they come out.
    for part in DataRecipe.Part.usual {
      let inputs = try #require(plain.parts[part]?.inputs)
      #expect(try scaling.applied(to: inputs) == data.parts[part]?.inputs)
    }
  }

  @Test("smaller classes grow to the largest, and a single class can be trained on")
  func oversampling() throws {
    let data = try PreparedData(
      try file(with("{oversample: smote, neighbours: 3, seed: 2}")).data)
    let training = try #require(data.parts[.training])
    #expect(training.inputs.rows == 96 && training.labels?.count { $0 == 1 } == 48)
    let plain = try #require(try PreparedData(try file().data).parts[.training])
    #expect(training.inputs.selecting(rows: Array(0..<60)) == plain.inputs)
    let sizes = (0..<60).filter { $0 % 5 == 0 }.map { plain.inputs[$0, 0] }
    for row in 60..<96 {
      let size = training.inputs[row, 0]
      #expect(size >= sizes.min()! && size <= sizes.max()!)
    }
    let one = try PreparedData(
      try file(with("{oversample: smote, seed: 2}", "  train-on: negative\n")).data)
    #expect(one.parts[.training]?.labels == Array(repeating: 0, count: 48))
  }

  @Test("the transformation survives a file, whatever the words are")
  func transform() throws {
    var transform = InputTransform(
      columns: "0..2,\"a, b\"", names: ["a, b", "ü\n", "*x", "#"],
      categories: [
        .init(
          column: "#", words: ["yes", "\"no\"", "null", "1"], without: ["~"], areUnseenZero: true)
      ], scaling: try Scaling(offsets: [0.1, -1e-300, 1e300], divisors: [1.0 / 3, 1e-300, 7]))
    #expect(try InputTransform(transform.text, file: "x") == transform)
    transform.classWords = ClassWords(names: ["no", "yes"], rest: nil)
    #expect(try InputTransform(transform.text, file: "x") == transform)
    #expect(transform.classes(ofOutputs: 1) == ["no", "yes"])
    #expect(transform.classes(ofOutputs: 3) == ["no", "yes", "2"])
    transform.classWords = ClassWords(names: ["a", "b", "c"], rest: nil)
    #expect(transform.classes(ofOutputs: 2) == nil)
    for bad in ["", "{}", "[1]", "{\"format\": \"cyclograd-inputs/2\"}", transform.text + "}"] {
      #expect(throws: CyclogradError.self) { try InputTransform(bad, file: "x") }
    }
    let recipe = try file(with("{scale: min-max}")).data
    let data = try PreparedData(recipe)
    let (network, parameters) = try GraphFile.read(folder("net.yaml")).graph.compile()
    try ParametersFile.write(parameters, of: network, transform: data.transform, to: folder("p"))
    let read = try #require(try ParametersFile.transform(folder("p")))
    #expect(read == data.transform)
    #expect(try read.inputs(folder("all.csv")) == data.parts[.training]?.inputs)
    #expect(try ParametersFile.read(folder("p"), for: network) == parameters)
  }

  @Test("words that the training file does not have are an error, or zeros")
  func unseen() throws {
    let transform = try #require(try PreparedData(try file().data).transform)
    #expect {
      try transform.inputs(folder("other.csv"))
    } throws: {
      "\($0)".contains("pink") && "\($0)".contains("row 1") && "\($0)".contains("unseen: zero")
    }
    let lenient = try file(
      Self.basis.replacingOccurrences(of: "colour}", with: "colour, unseen: zero}"))
    let zeros = try #require(try PreparedData(lenient.data).transform)
    #expect(try zeros.inputs(folder("other.csv")) == Matrix([[3, 0, 0, 1], [4, 0, 0, 0]]))
    let without = try file(
      Self.basis.replacingOccurrences(of: "colour}", with: "colour, without: [red]}"))
    let data = try PreparedData(without.data)
    #expect(data.parts[.training]?.inputs.columns == 3)
    #expect(data.parts[.training]?.inputs[row: 0].dropFirst().allSatisfy { $0 == 0 } == true)
  }

  @Test(
    "what is wrong with the data is said",
    arguments: [
      ("positive: odd", "positive: strange", "no label is \"strange\""),
      ("column: class", "column: klass", "klass"),
      ("column: colour", "column: size", "4 columns"),
      ("inputs: size", "inputs: kind", "kind"),
      ("file: all.csv", "file: all.csv\n  sha256: \(String(repeating: "0", count: 64))", "SHA-256"),
      ("file: all.csv", "file: none.csv\n  origin: the archive", "part of the archive"),
      ("file: all.csv", "file: none.csv", "none.csv"),
      ("task: autoencoder", "task: autoencoder\nselect: f1", "needs samples to validate with"),
      ("task: autoencoder", "task: autoencoder\nselect: g1", "unknown measure"),
      ("task: autoencoder", "task: regression", "no 'targets'"),
      ("inputs: size", "inputs: size\n  targets: kind", "targets are its inputs"),
      ("task: autoencoder", "task: autoencoder\ntest: {}", "'test' has no 'file'"),
      ("task: autoencoder", "task: autoencoder\nsizes: {z: 3}", "the group 'z'"),
      (
        "task: autoencoder", "task: {autoencoder: {threshold: {from: 1, to: 0, step: 1}}}", "cannot"
      ),
    ])
  func bad(old: String, new: String, message: String) throws {
    #expect {
      let file = try file(Self.basis.replacingOccurrences(of: old, with: new))
      let setup = try TrainingSetup(file)
      // What is wrong with the number of columns shows in the network.
      _ = setup.network
    } throws: {
      "\($0)".contains(message.replacingOccurrences(of: "4 columns", with: "columns"))
    }
  }

  @Test(
    "what is wrong with the steps is said with its line",
    arguments: [
      ("{split: training, share: 0.5}", "unknown part"), ("{split: test}", "no 'share'"),
      ("{split: test, share: 1}", "between 0 and 1"),
      ("{split: test, share: 0.1}, {split: test, share: 0.1}", "twice"),
      ("{split: test, share: 0.1, neighbours: 3}", "does not apply"), ("{scale: log}", "unknown"),
      ("{oversample: smote, share: 0.1}", "does not apply"), ("{share: 1}", "needs one of"),
    ])
  func badSteps(steps: String, message: String) throws {
    #expect {
      try file(with(steps))
    } throws: {
      "\($0)".contains(message) && "\($0)".contains("t.yaml:8")
    }
    #expect {
      try PreparedData(try file(with("{split: test, share: 0.001}")).data)
    } throws: {
      "\($0)".contains("too few")
    }
  }

  @Test("trajectories come from the training file, and are refused where memory would not do")
  func oscillators() throws {
    func text(_ samples: String) -> String {
      """
      format: cyclograd-training/1
      graph: net.yaml
      data:
        oscillators: {samples: \(samples), points: 6, seed: 2}
        steps: [{split: test, share: 0.25, seed: 1}, {scale: standardise}]
      optimizer: adam
      rate: 0.1
      epochs: 1

      """
    }
    let data = try PreparedData(try file(text("40")).data)
    #expect(data.parts[.training]?.inputs.rows == 30 && data.parts[.test]?.targets.rows == 10)
    let raw = DampedOscillator.samples(40, points: 6, seed: 2).inputs
    try CSVFile.write(header: nil, matrix: raw, to: folder("raw.csv"))
    let transformed = try #require(try data.transform?.inputs(folder("raw.csv")))
    let test = try #require(data.parts[.test]?.inputs)
    let rows = (0..<40).map { Array(transformed[row: $0]) }
    #expect((0..<10).allSatisfy { rows.contains(Array(test[row: $0])) })
    #expect(throws: CyclogradError.self) { try PreparedData(try file(text("1000000000")).data) }
  }

  @Test("files are found compressed, in another folder, and by their content's digest")
  func places() throws {
    let digest = try InputFile.content(folder("all.csv")).withBytes { SHA256.digest($0) }
    let text = Self.basis.replacingOccurrences(
      of: "file: all.csv", with: "file: there.csv\n  sha256: \(digest)")
    var recipe = try file(text).data
    #expect(throws: CyclogradError.self) { try PreparedData(recipe) }
    let other = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "gzip -c '\(folder("all.csv"))' > '\(other("there.csv.gz"))'"]
    try process.run()
    process.waitUntilExit()
    recipe.look(in: other.path)
    #expect(try PreparedData(recipe).parts[.training]?.inputs.rows == 60)
  }

  @Test(
    "noise comes to the inputs of the parts that are named, within limits, and not to what is to be found"
  )
  func noise() throws {
    let clean = try PreparedData(try file(with("{split: test, share: 0.2}")).data)
    let noisy = try PreparedData(
      try file(
        with("{split: test, share: 0.2}, {noise: 0.5, clamp: [0, 1], seed: 3, of: [test]}")
      ).data)
    #expect(noisy.parts[.training]?.inputs == clean.parts[.training]?.inputs)
    let (before, after) = (try #require(clean.parts[.test]), try #require(noisy.parts[.test]))
    #expect(after.targets == before.inputs)
    let random = CounterRandom(seed: 3, purpose: .noise, index: 0)
    for (index, value) in before.inputs.elements.enumerated() {
      let expected = min(max(value + 0.5 * random.normal(index), 0), 1)
      #expect(after.inputs.elements[index] == expected)
    }
    let everywhere = try PreparedData(try file(with("{noise: 0.5}")).data)
    #expect(everywhere.parts[.training]?.inputs != everywhere.parts[.training]?.targets)
  }

  @Test(
    "noise that has no meaning is refused",
    arguments: [
      ("{noise: -1}", "deviation"), ("{noise: .nan}", "noise"),
      ("{noise: 1, clamp: [1, 0]}", "smaller one first"),
      ("{noise: 1, clamp: [1]}", "two numbers"), ("{noise: 1, share: 2}", "does not apply"),
      ("{noise: 1, of: [all]}", "part"), ("{noise: 1}, {scale: min-max}", "behind"),
    ])
  func badNoise(step: String, message: String) throws {
    let error = try #require(throws: CyclogradError.self) { try file(with(step)) }
    #expect(error.description.contains(message), "\(error)")
  }

  @Test("Classes that are numbers have their order, others that of the alphabet")
  func orderOfClasses() throws {
    for (words, first) in [(["10", "9", "2", "11"], "2"), (["10", "b", "2"], "10")] {
      let rows = words.flatMap { word in (0..<4).map { "\($0),\(word)\n" } }.joined()
      _ = try folder.write("v,kind\n" + rows, "classes.csv")
      let data = try PreparedData(
        try file(
          """
          format: cyclograd-training/1
          graph: net.yaml
          task: classifier
          data: {file: classes.csv, inputs: v, labels: {column: kind}}
          optimizer: adam
          rate: 0.1
          epochs: 1

          """
        ).data)
      let labels = try #require(data.parts[.training]?.labels)
      let place = try #require(words.firstIndex(of: first))
      #expect(labels[4 * place] == 0, "\(words)")
    }
  }
}
