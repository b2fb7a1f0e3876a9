// A file format of one's own: text in, a graph out. Run it with `swift run OwnFormatExample`.
import Cyclograd
import CyclogradFormats
import Foundation

let text = """
  ? -> a
  a -> b 0.5
  b -> c -1.5
  c -> b 0.8
  c -> ?
  """

let graph = try ArrowNotation.graph(text)
let (network, parameters) = try graph.compile()
let answer = try Simulator(network).equilibrium(parameters, inputs: Matrix([[1]]))
print("c =", String(format: "%.6f", answer.outputs[0, 0]))

// Whatever has become a graph can be written as a graph file.
print(try GraphFile.text(for: graph))

do {
  _ = try ArrowNotation.graph("a -> b\n", file: "net.arrows")
} catch {
  print(error)
}
