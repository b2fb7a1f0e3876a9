// Two populations that excite and inhibit each other, followed in time, and how the end of a course depends on a
// weight. Run it with `swift run TimeCourseExample`.
import Cyclograd

let graph = Graph("excitation and inhibition") {
  Group("e", size: 1, role: .output, activation: .logistic, bias: -1.75)
  Group("i", size: 1, role: .output, activation: .logistic, bias: -8).timeConstant(2)

  Edge("e.0", to: "e.0", weight: 16)
  Edge("i.0", to: "e.0", weight: -12)
  Edge("e.0", to: "i.0", weight: 15)
  Edge("i.0", to: "i.0", weight: -3)
}
let (network, parameters) = try graph.compile()
let simulator = try Simulator(network)
let inputs = TimedInputs(constant: Matrix(rows: 1, columns: 0))

let times = (0...160).map { 0.5 * Double($0) }
let course = try simulator.timeCourse(parameters, inputs: inputs, times: times).requireComplete()
switch course.tendency {
case .oscillating(let period): print("the period is", (1000 * period).rounded() / 1000)
case .settled: print("it has settled at", course.outputs[160, 0])
case .undecided: print("nothing can be said yet")
}

let steps = try simulator.timeCourse(
  parameters, inputs: inputs, times: [0, 5], method: .theta(0.5, step: 0.01), recordsPath: true)
// The derivatives of the first output at t = 5.
let gradient = try simulator.gradient(
  of: Cotangent.outputs(Matrix([[1, 0]])), at: steps, times: [5])
print("by the weights and biases:", gradient.parameters.map { (1000 * $0).rounded() / 1000 })
