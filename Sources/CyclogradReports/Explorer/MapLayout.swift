import Foundation

/// Gives the neurons of a map their places: by graphviz where it is installed and the network is not too large,
/// and else by discs within discs.
enum MapLayout {
  /// About how far neighbours stand apart.
  static let distance = 20.0
  /// Beyond this `dot` takes too long.
  private static let mostLayered = (neurons: 150, edges: 600)
  /// How many of a neuron's strongest edges pull it.
  private static let pulling = 4

  static func place(
    _ neurons: inout [NetworkMap.Neuron], _ edges: [NetworkMap.Edge], clusters: MapClusters
  ) {
    if let places = graphviz(neurons, edges) {
      for (index, place) in places.enumerated() {
        (neurons[index].x, neurons[index].y) = place
      }
      return
    }
    discs(&neurons, clusters)
  }

  private static func graphviz(
    _ neurons: [NetworkMap.Neuron], _ edges: [NetworkMap.Edge]
  ) -> [(Double, Double)]? {
    guard neurons.count <= NetworkMap.mostOpenNeurons else { return nil }
    // Where most neurons are on no cycle, layers say more than forces.
    let cyclic = neurons.count { $0.component != nil }
    let isLayered =
      2 * cyclic < neurons.count && neurons.count <= mostLayered.neurons
      && edges.count <= mostLayered.edges
    guard let program = ExternalProgram.find(isLayered ? "dot" : "sfdp") else { return nil }
    var text =
      isLayered
      ? "digraph { rankdir=LR; nodesep=0.15; ranksep=0.8; splines=false;\n"
      : "graph { overlap=true; splines=\"\"; start=1; K=0.28;\n"
    text += "node [shape=point, width=0.12, label=\"\"];\n"
    for index in neurons.indices { text += "\(index);" }
    for edge in isLayered ? edges : strongest(neurons.count, edges) where edge.source != edge.target
    {
      text += "\(edge.source)\(isLayered ? "->" : "--")\(edge.target);"
    }
    text += "}\n"
    guard let answer = try? program.run(["-Tplain"], input: Data(text.utf8), seconds: 30),
      let plain = String(data: answer, encoding: .utf8)
    else { return nil }
    return read(plain, count: neurons.count)
  }

  /// The places in graphviz's plain format; `nil` where one is missing.
  static func read(_ text: String, count: Int) -> [(Double, Double)]? {
    var places = [(Double, Double)?](repeating: nil, count: count)
    for line in text.split(separator: "\n") where line.hasPrefix("node ") {
      let words = line.split(separator: " ")
      guard words.count > 3, let index = Int(words[1]), places.indices.contains(index),
        let x = Double(words[2]), let y = Double(words[3]), x.isFinite, y.isFinite
      else { return nil }
      places[index] = (72 * x, -72 * y)
    }
    let found = places.compactMap { $0 }
    return found.count == count ? found : nil
  }

  private static func strongest(_ count: Int, _ edges: [NetworkMap.Edge]) -> [NetworkMap.Edge] {
    guard edges.count > 4 * count else { return edges }
    var pulls = [Int](repeating: 0, count: count)
    return edges.sorted { abs($0.weight) > abs($1.weight) }.filter { edge in
      let (a, b) = (Int(edge.source), Int(edge.target))
      guard pulls[a] < pulling || pulls[b] < pulling else { return false }
      pulls[a] += 1
      pulls[b] += 1
      return true
    }
  }

  /// Clusters as discs on a spiral within the disc around them, neurons on a spiral within theirs.
  static func discs(_ neurons: inout [NetworkMap.Neuron], _ clusters: MapClusters) {
    var members = [[Int]](repeating: [], count: clusters.clusters.count)
    for (index, cluster) in clusters.ofNeuron.enumerated() { members[Int(cluster)].append(index) }
    var children = [[Int]](repeating: [], count: clusters.clusters.count)
    var roots: [Int] = []
    for (index, cluster) in clusters.clusters.enumerated() {
      if let parent = cluster.parent { children[parent].append(index) } else { roots.append(index) }
    }
    /// Places around 0, and the radius of the whole.
    func arrange(_ cluster: Int?) -> (places: [(Int, Double, Double)], radius: Double) {
      let inner = (cluster.map { children[$0] } ?? roots).map { arrange($0) }
      var places: [(Int, Double, Double)] = []
      let own = cluster.map { members[$0] } ?? []
      for (turn, neuron) in own.enumerated() {
        let (x, y) = spiral(turn, distance)
        places.append((neuron, x, y))
      }
      var radius = own.isEmpty ? 0 : distance * (Double(own.count).squareRoot() + 1)
      let step = 2.2 * (inner.map(\.radius).max() ?? 0)
      for (turn, part) in inner.enumerated() {
        let (x, y) =
          inner.count == 1 && own.isEmpty ? (0, 0) : spiral(turn + (own.isEmpty ? 0 : 1), step)
        places += part.places.map { ($0.0, $0.1 + x, $0.2 + y) }
        radius = max(radius, (x * x + y * y).squareRoot() + part.radius)
      }
      return (places, radius + distance)
    }
    for (neuron, x, y) in arrange(nil).places { (neurons[neuron].x, neurons[neuron].y) = (x, y) }
  }

  /// Points of a sunflower, about as far apart as `step`.
  private static func spiral(_ turn: Int, _ step: Double) -> (Double, Double) {
    let angle = Double(turn) * .pi * (3 - 5.0.squareRoot())
    let radius = step * 0.75 * (Double(turn) + 0.5).squareRoot()
    return (radius * cos(angle), radius * sin(angle))
  }
}
