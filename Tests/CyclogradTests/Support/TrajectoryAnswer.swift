import Cyclograd

/// Two implicit residual blocks of the midpoint rule with what equation (20) of Reshniak & Webster 2020 gives for them; had in
/// 60-digit arithmetic in two independent ways.
enum TrajectoryAnswer {
  /// By block: weights and biases of the hidden layer, then weights of the last one.
  static let parameters: [Double] = [
    -0.074, -0.253, -0.723, 0.733, -0.987, 0.006, 0.478, -0.503,
    0.065, 0.233, -0.918, -0.242, 0.407, -0.096, 0.45, -0.686,
    -0.524, -0.778, 0.013, 0.848, 0.181, 0.329, -0.14, 0.295,
    -0.797, -0.418, 0.348, 0.451, -0.156, -0.825,
  ]
  static let input = [-0.467, -0.58]
  static let value = 0.27852557472251854
  static let gradient: [Double] = [
    0.030921586965112813, 0.012206046519340518, -0.008082289045662903,
    0.030506531128760728, -0.09540780618674768, -0.011498939668413238,
    0.007459977156731728, 0.003527369362890161, -0.0014547280085554874,
    0.03865508099648441, -0.017617230601850012, -0.0412882483313223,
    0.00672989414761264, -0.005177672477271193, 0.0702104417230467,
    -0.11054939549642823, -0.00039800493383636867, -0.035326860182191035,
    -0.051553019444924124, 0.13947668164005259, -0.011905670394195255,
    -0.038307242071597754, 0.030101706097756087, -0.01909940403609301,
    -0.11656680271304463, -0.044686696943576625, 0.10317966083862043,
    0.0023722330329822364, 0.01777718064700439, -0.07666184917626177,
  ]
  static let gradientWithStatesHeld: [Double] = [
    0.03098716363061165, 0.012366313823165236, -0.0057664308500819505,
    0.03616641557428369, -0.09334640181074948, -0.00646093233881574,
    0.007054008294904214, -0.010809533995371866, -0.014216370918030335,
    0.05220371861083487, -0.03267134550859994, -0.03570068604774957,
    -0.0017610600444720786, 0.004256766889547857, 0.06670870695489667,
    -0.11105448163538686, 0.0008579212676205481, -0.035418177517542615,
    -0.05132595355404117, 0.1400088960942225, -0.013229052736787771,
    -0.04349776252489326, 0.02916328300449908, -0.013630099304024947,
    -0.11492952975169578, -0.04563860085224041, 0.10460188716280709,
    0.00032258049346719277, 0.01896884038232406, -0.0784422913297392,
  ]

  static func penalty(holdsStates: Bool, probes: ProbeVectors = .exact) -> TrajectoryPenalty {
    TrajectoryPenalty(
      from: "s{t}", to: "f{t}", at: "y{t}", 1...2, divergence: 0.3, jacobian: 0.1,
      variation: 0.05, power: 2, probes: probes, holdsStates: holdsStates)
  }

  /// The chain with numbers in the places of its trained parameters.
  static func graph(_ value: (Int) -> Double) -> Graph {
    var graph = Graph(name: "two blocks", seed: 1)
    graph.groups.append(Group("y0", size: 2, role: .input))
    func constant(_ from: String, _ to: String, _ weight: Double) {
      graph.connections.append(
        Connection(from, to: to, .oneToOne, weight: .frozen(.constant(weight))))
    }
    for t in 1...2 {
      func list(_ range: Range<Int>) -> ParameterRule {
        ParameterRule(.list(range.map { value(15 * (t - 1) + $0) }))
      }
      for (name, size) in [("s\(t)", 2), ("h\(t)", 3), ("f\(t)", 2), ("y\(t)", 2)] {
        graph.groups.append(
          Group(
            name, size: size, role: name == "y2" ? .output : [],
            activation: size == 3 ? .tanh : .identity,
            bias: size == 3 ? list(6..<9) : .frozen(.constant(0))))
      }
      constant("y\(t - 1)", "s\(t)", 0.5)
      constant("y\(t)", "s\(t)", 0.5)
      constant("y\(t - 1)", "y\(t)", 1)
      constant("f\(t)", "y\(t)", 1)
      graph.connections.append(Connection("s\(t)", to: "h\(t)", weight: list(0..<6)))
      graph.connections.append(Connection("h\(t)", to: "f\(t)", weight: list(9..<15)))
    }
    return graph
  }
}
