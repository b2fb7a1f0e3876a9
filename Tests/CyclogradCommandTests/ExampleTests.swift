import Foundation
import TestSupport
import Testing

@Suite("The examples run and say what they should", .tags(.slow), .unlessFast)
struct ExampleTests {
  /// Each program with lines that it must print.
  private static let programs: [(name: String, lines: [String])] = [
    ("FirstSteps", ["9 neurons, 48 edges", "backends agree: true", "after: [0, 1, 1, 0]"]),
    (
      "OwnTopology",
      ["the largest cyclic component has 8 neurons", "the gradients agree to eight digits: true"]
    ),
    (
      "TimeCourse",
      [
        "the period is 8.735",
        "by the weights and biases: [0.901, 0.921, -0.501, -0.451, 0.925, -0.53]",
      ]
    ),
    (
      "Connectome",
      [
        "8 neurons, 16 edges, 2 cyclic, the largest of 4",
        "touched in front: DA +0.757, DB -0.754 (converged)",
        "touched on both sides: DA +0.250, DB +0.250 (converged)",
      ]
    ),
    (
      "OwnBackend",
      [
        "heavy-ball: converged, agrees with direct", "edge-list: converged, agrees with direct",
        "direct: converged, agrees with direct",
      ]
    ),
    (
      "OwnFormat",
      [
        "net.arrows:1: there are 3 words; write 'a -> b 0.5', '? -> a' or 'b -> ?'"
      ]
    ),
    (
      "OwnLoss",
      [
        "huber(y) + softmax-cross-entropy(class)", "agrees with central differences: true",
        "Huber's loss is nearer to the line: true", "without the outliers: true",
        "derivatives of the sum of squares: 36 parameters",
      ]
    ),
    (
      "Server",
      [
        "64 requests answered; the same as one by one: true",
        "1280 requests answered during the training",
        "the largest error has become smaller: true",
      ]
    ),
  ]

  @Test(arguments: programs)
  func runs(name: String, lines: [String]) throws {
    let run = try Scratch().shell("\(name)Example")
    #expect(run.status == 0, "\(run.errors)")
    let printed = run.output.split(separator: "\n").map(String.init)
    for line in lines { #expect(printed.contains(line), "\(run.output)") }
  }

  @Test("Every example is run")
  func allOfThem() throws {
    let folder = packageRoot.appendingPathComponent("Sources/Examples").path
    // FromC is compiled and run by the tests of the C interface.
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: folder))
        == Set(Self.programs.map(\.name) + ["FromC"]))
  }

  @Test("A connectome may be anybody's")
  func ownConnectome() throws {
    let scratch = try Scratch()
    try scratch.write("edges.csv", "a,b,1\nb,a,-1\n")
    let run = try scratch.shell("ConnectomeExample edges.csv")
    #expect(run.output == "2 neurons, 2 edges, 1 cyclic, the largest of 2\n", "\(run.errors)")
  }
}
