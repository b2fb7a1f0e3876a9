import Cyclograd

/// A simulator inside a concurrent program: requests are answered while the network is being
/// trained. Run it with `swift run ServerExample`.
@main
enum ServerExample {
  static let graph = Graph("served", seed: 4) {
    Group("x", size: 2, role: .input)
    Group("h", size: 8, activation: .tanh)
    Group("y", size: 1, role: .output)
    Connection("x", to: "h")
    Connection("h", to: "h", self: false, weight: .normal(0.1))
    Connection("h", to: "y")
  }

  static func main() async throws {
    let (network, parameters) = try graph.compile()
    let service = Service(simulator: try Simulator(network), model: Model(parameters))
    let requests = (0..<64).map { Matrix([[Double($0 % 8) / 8, Double($0 / 8) / 8]]) }
    let products = requests.map { $0[0, 0] * $0[0, 1] }

    // All at once, and one after the other: the same numbers.
    let answers = try await service.answer(requests)
    var sequential: [Double] = []
    for request in requests { sequential.append(try await service.answer(request)) }
    print("\(answers.count) requests answered; the same as one by one: \(answers == sequential)")

    let samples = try SampleTable(
      inputs: Matrix(requests.map { [$0[0, 0], $0[0, 1]] }), targets: Matrix(products.map { [$0] }))
    async let training: Void = service.train(on: samples, epochs: 60)
    var served = 0
    for _ in 0..<20 { served += try await service.answer(requests).count }
    try await training
    print("\(served) requests answered during the training")

    let error = largestDifference(answers, products)
    let trained = largestDifference(try await service.answer(requests), products)
    print("the largest error has become smaller: \(trained < error)")
  }

  private static func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) }.max() ?? 0
  }
}
