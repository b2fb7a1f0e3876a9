extension Network {
  /// At how many edges and units each parameter acts, of a network that is written out.
  ///
  /// - Complexity: O(edges).
  var parameterUses: [Int] {
    var uses = [Int](repeating: 0, count: parameterCount)
    for s in 0..<unitCount {
      for e in inEdges(of: s) { uses[parameter(ofEdge: e)] += 1 }
      uses[Int(biasParameter[s])] += 1
    }
    return uses
  }
}
