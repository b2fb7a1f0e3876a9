"""Networks on which the distributed program is compared with the ordinary one: those of graphs/, and generated ones."""

GENERATED = {
    # Every pattern whose rows a process generates by itself, with and without edges to oneself.
    "in-degree": """
groups:
  - {name: x, size: 5, role: input}
  - {name: h, size: 60, activation: tanh, bias: {uniform: [-0.5, 0.5]}}
  - {name: y, size: 4, role: output, activation: logistic}
connections:
  - {from: x, to: h, pattern: all, weight: {normal: 0.5}}
  - {from: h, to: h, pattern: {in-degree: 6}, self: false, weight: {uniform: [-0.3, 0.3]}}
  - {from: h, to: y, pattern: {random: 0.3}}
""",
    "random": """
groups:
  - {name: x, size: 3, role: input}
  - {name: h, size: 80, activation: arctan, bias: {normal: 0.1}}
  - {name: y, size: 3, role: output}
connections:
  - {from: x, to: h, pattern: {random: 0.5}, weight: {uniform: [-1, 1]}}
  - {from: h, to: h, pattern: {random: 0.05}, self: false, weight: {normal: 0.2}}
  - {from: h, to: y, weight: {normal: 1, scaled: fan-in}}
""",
    "lattice": """
groups:
  - {name: x, size: 2, role: input}
  - {name: h, shape: [9, 8], activation: tanh, bias: {uniform: [-0.1, 0.1]}}
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: h, pattern: all}
  - {from: h, to: h, pattern: {neighborhood: {kernel: [3, 3], boundary: wrap}}, self: false, weight: {uniform: [0, 0.2]}}
  - {from: h, to: y}
""",
    "borders-and-channels": """
groups:
  - {name: x, shape: [2, 7, 6], role: input}
  - {name: h, shape: [3, 7, 6], activation: tanh, bias: {single: 0.1}}
  - {name: y, size: 3, role: output}
connections:
  - {from: x, to: h, pattern: {neighborhood: {kernel: [3, 2]}}, weight: {kernel: {normal: 0.3}}}
  - {from: h, to: h, pattern: {neighborhood: {kernel: [3, 3]}}, self: false, weight: {normal: 0.05}}
  - {from: h, to: y, pattern: {random: 0.2}}
""",
    "lower-and-one-to-one": """
groups:
  - {name: x, size: 30, role: input}
  - {name: h, size: 30, activation: softplus, bias: -0.3}
  - {name: y, size: 5, role: output}
connections:
  - {from: x, to: h, pattern: one-to-one, weight: {uniform: [0.5, 1]}}
  - {from: h, to: h, pattern: strictly-lower, weight: {normal: 0.1}}
  - {from: h, to: y, weight: {normal: 0.1}}
""",
    "ties": """
groups:
  - {name: x, size: 4, role: input}
  - {name: a, size: 20, activation: tanh, bias: {single: 0.1}}
  - {name: b, size: 20, activation: tanh, bias: {single: 0.1}}
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: a}
  - {from: a, to: b, pattern: all, weight: {uniform: [-0.1, 0.1]}, share: link}
  - {from: b, to: a, pattern: all, share: {name: link, transposed: true, factor: 0.5}}
  - {from: b, to: b, pattern: {in-degree: 3}, self: false, weight: {single: 0.05}}
  - {from: b, to: y}
""",
    "frozen-and-single-edges": """
groups:
  - {name: x, size: 2, role: input}
  - {name: h, size: 12, activation: relu, bias: {uniform: [-0.5, 0.5], trainable: false}}
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: h, weight: {normal: 1}}
  - {from: h, to: h, pattern: {in-degree: 2}, self: false, weight: {uniform: [-0.4, 0.4]}, trainable: false}
  - {from: h, to: y}
edges:
  - [h.0, h.11, 0.125]
  - [h.11, h.3, -0.25]
  - [x.0, h.3, {weight: {normal: 1}, share: s}]
  - [x.1, h.5, {share: s}]
""",
    "isolated": """
groups:
  - {name: x, size: 3, role: input}
  - {name: lonely, size: 7, activation: tanh, bias: {uniform: [-1, 1]}}
  - {name: h, size: 9, activation: tanh}
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: h}
  - {from: h, to: h, pattern: {random: 0.1}, weight: {normal: 0.3}}
  - {from: h, to: y}
""",
    # Fewer neurons than processes, and processes without neurons.
    "two-neurons": """
groups:
  - {name: x, size: 1, role: input, activation: tanh}
  - {name: y, size: 1, role: output, activation: tanh}
connections:
  - {from: x, to: y, weight: 0.7}
  - {from: y, to: x, weight: -0.4}
""",
    "one-softmax": """
groups:
  - {name: x, size: 3, role: input}
  - {name: p, size: 11, activation: softmax}
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: p, weight: {normal: 1}}
  - {from: p, to: p, weight: {normal: 0.5}}
  - {from: p, to: y}
""",
    "products-and-maxima": """
groups:
  - {name: x, size: 3, role: input}
  - name: g
    size: 8
    combine: product
    units: [{activation: logistic, bias: {normal: 0.3}}, {activation: tanh}]
  - name: m
    size: 6
    combine: max
    units: [{activation: tanh, bias: 0.1}, {activation: identity, bias: -0.1}]
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: g, unit: 0}
  - {from: x, to: g, unit: 1}
  - {from: m, to: g, unit: 1, pattern: {in-degree: 3}, weight: {normal: 0.3}}
  - {from: g, to: m, unit: 0, weight: {normal: 0.3}}
  - {from: g, to: m, unit: 1, weight: {normal: 0.3}}
  - {from: m, to: y}
""",
    # Sweeps alone would take thousands of rounds.
    "critical": """
groups:
  - {name: x, size: 1, role: input}
  - {name: h, shape: [12, 12], activation: tanh}
  - {name: y, size: 1, role: output}
connections:
  - {from: x, to: h, pattern: all, weight: {uniform: [0, 1e-3]}}
  - {from: h, to: h, pattern: {neighborhood: {kernel: [3, 3], boundary: wrap}}, self: false, weight: {uniform: [0, 0.249]}}
  - {from: h, to: y}
""",
    # What GMRES without a preconditioner does not solve.
    "stiff": """
groups:
  - {name: x, size: 1, role: input}
  - {name: h, shape: [40, 40], activation: tanh}
  - {name: y, size: 1, role: output}
connections:
  - {from: x, to: h, pattern: all, weight: {uniform: [0, 1e-6]}}
  - {from: h, to: h, pattern: {neighborhood: {kernel: [3, 3], boundary: wrap}}, self: false, weight: {uniform: [0, 0.2488]}}
  - {from: h, to: y}
""",
    "chain": """
groups:
  - {name: x, size: 1, role: input}
  - {name: h, size: 90, activation: tanh}
  - {name: y, size: 1, role: output}
connections:
  - {from: x, to: h, pattern: {in-degree: 1}, weight: {normal: 0.1}}
  - {from: h, to: h, pattern: {neighborhood: {kernel: [1, 2], offset: [0, -1]}}, self: false, weight: {uniform: [0.5, 1.4]}}
  - {from: h, to: y, pattern: {in-degree: 5}}
""",
    # Levels in front of the only cycles and behind them, one of which is a softmax, and a way around.
    "ends": """
groups:
  - {name: x, size: 3, role: input}
  - {name: s, size: 20, activation: tanh, bias: {uniform: [-0.5, 0.5]}}
  - {name: u, size: 17, activation: softplus}
  - {name: h, size: 15, activation: tanh}
  - {name: t, size: 12, activation: arctan}
  - {name: p, size: 6, activation: softmax}
  - {name: y, size: 2, role: output, activation: logistic}
connections:
  - {from: x, to: s}
  - {from: s, to: u, pattern: {in-degree: 5}, weight: {normal: 0.5}}
  - {from: u, to: h, pattern: {random: 0.3}, weight: {normal: 0.3}}
  - {from: h, to: h, pattern: {in-degree: 3}, self: false, weight: {uniform: [-0.3, 0.3]}}
  - {from: h, to: t, pattern: {in-degree: 4}, weight: {normal: 0.5}}
  - {from: s, to: t, pattern: {in-degree: 2}, weight: {normal: 0.5}}
  - {from: t, to: p, weight: {normal: 1}}
  - {from: x, to: p, weight: {normal: 1}}
  - {from: p, to: y}
""",
    # The system is in many pieces among the ends.
    "fragments": """
groups:
  - {name: x, size: 3, role: input}
  - {name: h, size: 400, activation: tanh, bias: {uniform: [-0.5, 0.5]}}
  - {name: y, size: 2, role: output}
connections:
  - {from: x, to: h, pattern: {random: 0.01}, weight: {normal: 0.1}}
  - {from: h, to: h, pattern: {random: 0.006}, self: false, weight: {uniform: [-0.4, 0.4]}}
  - {from: h, to: y, pattern: {in-degree: 50}, weight: {normal: 0.1}}
""",
    "diverging": """
groups:
  - {name: x, size: 2, role: input}
  - {name: h, size: 10, activation: identity, bias: 1}
  - {name: y, size: 1, role: output}
connections:
  - {from: x, to: h}
  - {from: h, to: h, pattern: all, weight: 0.1}
  - {from: h, to: y}
""",
}


def text(name):
    return f"format: cyclograd/1\nname: {name}\nseed: 11\n" + GENERATED[name]
