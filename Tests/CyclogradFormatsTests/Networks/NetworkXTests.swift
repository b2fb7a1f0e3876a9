import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

/// Files written by NetworkX are read, and ours are read by it, value for value.
@Suite struct NetworkXTests {
  private static func python(_ script: String, in folder: String) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  private static let isAvailable: Bool = {
    let answer = try? python("import networkx", in: "/")
    if answer?.0 != 0 { print("skipped: these tests need python3 with networkx") }
    return answer?.0 == 0
  }()

  @Test(.enabled(if: isAvailable, "needs python3 with networkx"))
  func whatItWrites() throws {
    let folder = try TemporaryFolder()
    let (status, output) = try Self.python(
      """
      import networkx as nx, json, random
      random.seed(1)
      for name, kind in [("d", nx.DiGraph), ("u", nx.Graph)]:
          g = kind(name="from python")
          g.add_nodes_from(["last", 5, "a & b", 2.5])
          for _ in range(40):
              a, b = random.choice([5, "a & b", "last", "new", "é"]), random.choice([2.5, "new", "é"])
              g.add_edge(a, b, weight=random.gauss(0, 1))
          g.add_edge("é", "é", weight=1e-300)
          for key in "edges", "links":
              json.dump(nx.node_link_data(g, edges=key), open(f"{name}-{key}.json", "w"), indent=1)
          nx.write_graphml(g, f"{name}.graphml")
          for kind in "gexf", "gml", "pajek":
              getattr(nx, "write_" + kind)(g, f"{name}." + kind.replace("pajek", "net"))
          order = list(g)
          with open(f"{name}.txt", "w") as out:
              for a, b, d in g.edges(data=True):
                  ends = [(a, b)] if g.is_directed() or a == b else [(a, b), (b, a)]
                  for s, t in ends:
                      print(order.index(s), order.index(t), repr(d["weight"]), file=out)
      """, in: folder.path)
    #expect(status == 0, "\(output)")
    for name in ["d", "u"] {
      let table = try DataFile.read(folder(name + ".txt")).matrix
      let expected = Set((0..<table.rows).map { Array(table[row: $0]).map(\.bitPattern) })
      for file in ["\(name)-edges.json", "\(name)-links.json"]
        + ["graphml", "gexf", "gml", "net"].map({ "\(name).\($0)" })
      {
        let network = try NetworkFormat.read(folder(file))
        let expanded = try network.expanded()
        let found = expanded.targets.indices.map { edge in
          [Double(expanded.sources[edge]), Double(expanded.targets[edge]), expanded.weights[edge]]
            .map(\.bitPattern)
        }
        #expect(found.count == expected.count && Set(found) == expected, "\(file)")
        #expect(network.names?.prefix(4) == ["last", "5", "a & b", "2.5"], "\(file)")
        #expect(network.remarks.contains { $0.hasPrefix("undirected") } == (name == "u"))
      }
    }
  }

  @Test(.enabled(if: isAvailable, "needs python3 with networkx"))
  func whatItReads() throws {
    let folder = try TemporaryFolder()
    for (name, graph) in [("one", exampleNetwork()), ("units", exampleWithUnits())] {
      let network = imported(graph)
      for format in ["networkx", "graphml", "gexf", "gml", "pajek"] {
        _ = try NetworkFormat.named(format).write(network, to: folder("\(name).\(format)"))
      }
      let expanded = try network.expanded()
      let lines = expanded.targets.indices.map { edge in
        "\(expanded.sources[edge]) \(expanded.targets[edge]) \(expanded.unit(edge)) "
          + "\(expanded.weights[edge])"
      }
      _ = try folder.write(lines.joined(separator: "\n"), "\(name).txt")
      _ = try folder.write(
        expanded.biases.indices.map { "\(expanded.biases[$0])" }.joined(separator: "\n"),
        "\(name).biases")
    }
    let (status, output) = try Self.python(
      """
      import networkx as nx, json
      for name in "one", "units":
          expected = sorted((int(a), int(b), int(u), float(w))
                            for a, b, u, w in map(str.split, open(name + ".txt")))
          biases = [float(line) for line in open(name + ".biases")]
          for g in [nx.node_link_graph(json.load(open(name + ".networkx")))] + [
                  getattr(nx, "read_" + kind)(name + "." + kind) for kind in ("graphml", "gexf", "gml", "pajek")]:
              assert g.is_directed()
              order = {n: i for i, n in enumerate(g)}
              found = sorted((order[a], order[b], int(d.get("unit", 0)), d["weight"])
                             for a, b, d in g.edges(data=True))
              assert found == expected, (name, found, expected)
              read = [float(v) for n in g for k, v in g.nodes[n].items() if k in ("bias", "bias_1")]
              assert read == biases, (read, biases)
              assert g.nodes[list(g)[0]]["activation"] == "identity"
      """, in: folder.path)
    #expect(status == 0, "\(output)")
  }
}
