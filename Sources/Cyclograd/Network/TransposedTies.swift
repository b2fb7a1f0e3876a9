/// Finds the parameters of rules that share with another one, targets and sources exchanged.
struct TransposedTies {
  /// For each such origin the parameter of each of its edges, by its number at the first rule of the
  /// name.
  private var parameters: [Int: [Int32]] = [:]

  var isEmpty: Bool { parameters.isEmpty }

  /// - Complexity: linear in the edges of the rules, and a search by halves for each transposed edge.
  init(
    _ origins: [EdgeExpansion.Origin], _ ties: ParameterTies, _ edges: LocalEdges
  ) throws(GraphPartError) {
    for (index, origin) in origins.enumerated() where origin.rule.isTransposed {
      let first = origins[ties.definer[index]]
      let places = Self.sorted(first, edges)
      var found: [Int32] = []
      found.reserveCapacity(origin.count)
      for local in 0..<origin.count {
        let (target, source) = edges.indices(ofEdge: origin.first + local)
        let key = Self.key(source, target)
        let place = (0..<places.count).partitioningIndex { places[$0].key >= key }
        guard place < places.count, places[place].key == key else {
          throw GraphPartError(
            part: origin.part, subject: origin.subject,
            message: "\(first.subject), which it shares transposed, has no edge from "
              + "source \(target) to target \(source)",
            advice: "give this rule the transposed pattern of that one")
        }
        found.append(Int32(first.parameter(ofEdge: Int(places[place].edge))))
      }
      parameters[index] = found
    }
  }

  /// Which parameter of the first rule of the name an origin's edge has.
  func parameter(_ origin: Int, _ edge: Int) -> Int? { parameters[origin].map { Int($0[edge]) } }

  private static func key(_ target: Int, _ source: Int) -> Int { target << 32 | source }

  private static func sorted(
    _ origin: EdgeExpansion.Origin, _ edges: LocalEdges
  ) -> [(key: Int, edge: Int32)] {
    var places = (0..<origin.count).map { local in
      let (target, source) = edges.indices(ofEdge: origin.first + local)
      return (key: key(target, source), edge: Int32(local))
    }
    // Most patterns list their edges in this order.
    if zip(places, places.dropFirst()).contains(where: { $0.key > $1.key }) {
      places.sort { $0.key < $1.key }
    }
    return places
  }
}
