import Cyclograd
import CyclogradFormats
import Foundation

/// Writes the corpus that runs start from: what our writers write, and what only readers know.
enum Seeds {
  static func write(to corpus: String) throws {
    try Examples.prepare()
    defer { Examples.remove() }
    for target in FuzzTarget.all {
      try FileManager.default.createDirectory(
        atPath: "\(corpus)/\(target.name)", withIntermediateDirectories: true)
    }
    func keep(_ name: String, _ target: String, _ seed: String) throws {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: Examples.path(name)))
      try bytes.write(to: URL(fileURLWithPath: "\(corpus)/\(target)/\(seed)"))
    }
    for (format, ending) in [
      ("matrix-market", "mtx"), ("scipy", "npz"), ("numpy", "npy"), ("networkx", "json"),
      ("graphml", "graphml"), ("gexf", "gexf"), ("gml", "gml"), ("pajek", "net"),
      ("edge-list", "csv"), ("edge-list", "tsv"), ("implicit", "npz"),
      ("szekeres", "dat"), ("graph", "yaml"), ("safetensors", "safetensors"),
    ] {
      try Examples.write(Examples.plain, format, "p.\(ending)")
      try keep("p.\(ending)", format, "plain.\(ending)")
    }
    for (format, ending) in [
      ("networkx", "json"), ("graphml", "graphml"), ("gexf", "gexf"), ("gml", "gml"),
      ("pajek", "net"), ("szekeres", "dat"), ("graph", "yaml"),
    ] {
      try Examples.write(Examples.gates, format, "g.\(ending)")
      try keep("g.\(ending)", format, "gates.\(ending)")
    }
    try Examples.write(Examples.plain, "matrix-market", "p.mtx.gz")
    try keep("p.mtx.gz", "matrix-market", "plain.mtx.gz")
    try Examples.write(Examples.plain, "graph", "p.json")
    try keep("p.json", "graph", "plain.json")
    let matrix = CoordinateMatrix(
      rows: 3, columns: 3, rowIndices: [0, 2, 1], columnIndices: [1, 2, 0], values: [1, -2, 0.5])
    try SparseNpzFile.write(matrix, to: Examples.path("c.npz"), isCompressed: true)
    try keep("c.npz", "scipy", "compressed.npz")
    for (option, ending) in [
      ("logic", "logic"), ("fixwb", "fixwb"), ("weights", "weights"),
      ("shared-weights", "shared_w"), ("shared-biases", "shared_b"),
    ] {
      try keep("n.\(ending).dat", "szekeres-\(option)", "plain.dat")
    }
    for format in ["scipy", "implicit"] {
      let archive = try Data(contentsOf: URL(fileURLWithPath: "\(corpus)/\(format)/plain.npz"))
      try Data(Members.input(Array(archive)))
        .write(to: URL(fileURLWithPath: "\(corpus)/\(format)-members/plain"))
    }
    for (target, name, text) in texts {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(corpus)/\(target)/\(name)"))
    }
    try keep("p.npy", "table", "plain.npy")
    try Data([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255])
      .write(to: URL(fileURLWithPath: "\(corpus)/idx/plain.idx"))
    // What gzip compressed is inflated by the reader of bytes.
    let packed = Examples.path("seed.gz")
    try (Data(base64Encoded: base) ?? Data()).write(to: URL(fileURLWithPath: packed))
    try Data(InputFile.bytes(packed)).write(to: URL(fileURLWithPath: "\(corpus)/sqlite/plain.db"))
  }

  /// A training file, which the study files of the corpus name.
  static let training = """
    format: cyclograd-training/1
    graph: g.yaml
    sizes: {x: 92, h: 4}
    data:
      file: a.csv
      names: [a, b, kind]
      inputs: "0..1"
      one-hot: [{column: kind, unseen: zero, without: [red]}]
      labels: {column: kind, negative: normal}
      steps:
        - {split: test, share: 0.25, seed: 1}
        - {split: validation, share: 0.25, seed: 1}
        - {oversample: smote, neighbours: 5, seed: 1}
        - {scale: standardise, rows: negative, constant: shift}
      train-on: negative
      sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      origin: elsewhere
    test: {file: t.csv}
    task: {autoencoder: {threshold: {from: -4, to: 4, step: 0.5}}}
    metrics: [f1, auc]
    select: f1
    optimizer: {adam: {beta1: 0.9}}
    rate: 0.003
    schedule: {cosine: {end: 0.0}}
    warm-up: 0.5
    plateau: {factor: 0.1, patience: 10, threshold: 1.0e-4, cooldown: 0}
    decay: 0.01
    clip: {value: 1, norm: 5}
    epochs: 20
    batch: 16
    warm-start: sample
    checkpoints: {folder: runs/a, every: 1, keep: 3}

    """

  /// A data base with a table of three edges, in pages of 512 bytes, compressed.
  private static let base =
    "H4sIAAAAAAACAwsO9MksSVVIyy/KTSxRMGZgYmBkZHBQUGBgADIhGAYYgZgFjU8IMDHoJTPyghQzHmUAolFAC2DJyC"
    + "bOz8+YXJKYlJOamsrkHOTqGOKqEOLo5OOqkKqgUVCUqhDiGhGio1CQX1yio1CuAFTgo6OQV6IJihtmxisMjG8Y7wOp"
    + "UTAMACczKz8jI38i+39tbiYQUziJnSkzL0OIkZWfn104Mcn+B0RhakUyAJA1vawABAAA"

  private static let texts: [(String, String, String)] = [
    ("json-table", "records.json", #"[{"a": 1, "b": [2, -3e4]}, {"b": [null, NaN], "a": "0.5"}]"#),
    ("json-table", "rows.json", #"[[1, "\u00e9\ud83d\ude00\n", {"x": []}], [2, "b", true]]"#),
    ("json-table", "vector.json", "[1, 2.5, -3]"),
    ("json-table", "columns.json", #"{"a": [1, 2], "b": [3, "x"]}"#),
    ("json-table", "keyed.json", #"{"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}"#),
    ("json-table", "split.json", #"{"columns": ["a", 7], "index": [0], "data": [[1, 2]]}"#),
    ("json-table", "table.json", #"{"schema": {"fields": []}, "data": [{"a": 1}]}"#),
    ("json-lines", "records.jsonl", "{\"a\": 1, \"b\": 2}\n{\"b\": 4, \"a\": 3}\n"),
    ("json-lines", "rows.jsonl", "[1, 2]\n[3, -Infinity]\n"),
    (
      "graph", "composed.yaml",
      """
      format: cyclograd/1
      modules:
        cell:
          groups: [{name: u, size: 2, role: input}, {name: y, size: 2, role: output, names: [a, b]}]
          connections: [{from: u, to: y, share: w}]
      groups:
        - {name: x, shape: [2, 4, 4], role: input, bias: {kernel: 0}}
        - {name: c, layer: {convolution: {kernel: 3, channels: 2, padding: 1, dilation: [1, 2]}}, of: x}
        - {name: r, layer: residual, of: [previous, x], activation: relu}
        - {name: p, layer: {max-pooling: {kernel: 2, padding: 1}}, of: r}
        - {name: g, layer: {gru: {size: 2, after: g}}, of: p, share: s}
        - {name: t, layer: {attention: {size: 2, causal: true}}, of: one}
        - {name: n, layer: {normalization: {mean: 0, variance: [1, 2]}}, of: two}
      connections:
        - {from: one, to: two, pattern: one-to-one, share: {name: w, factor: -1}}
        - {from: two, to: one, share: {name: w, transposed: true}}
      instances: [{name: one, module: cell}, {name: two, tied: one}]
      repeat:
        - index: t
          from: 1
          to: 2
          groups: [{name: "h{t}", size: 2}]
          connections: [{from: "h{t}", to: n, share: v}]
      outputs: [n, g]

      """
    ),
    ("training", "autoencoder.yaml", training),
    (
      "training", "losses.yaml",
      """
      format: cyclograd-training/1
      graph: o.yaml
      data: {file: a.csv, inputs: "0..1", targets: kind}
      optimizer: adam
      rate: 0.01
      epochs: 2
      loss:
        - {loss: softmax-cross-entropy, outputs: [c]}
        - {loss: linear, outputs: [y.0..2, z.1], weight: -0.5}

      """
    ),
    (
      "training", "classes.yaml",
      """
      format: cyclograd-training/1
      graph: o.yaml
      data:
        file: a.csv
        labels: {column: kind, classes: [setosa, versicolor]}
        missing: ignore
      task: {classifier: {threshold: 0.4}}
      class-weights: [0.5, 2]
      regularise:
        - {l1: 1.0e-4, from: h, to: h, kind: weights}
        - {elastic-net: {l1: 0.1, l2: 0.2}}
        - {group-norm: 0.01, by: target, norm: inf, from: x}
      optimizer: adam
      lr: 0.01
      epochs: 2
      checkpoints: {minutes: 0.5, every: 2}

      """
    ),
    (
      "training", "teacher.yaml",
      """
      format: cyclograd-training/1
      graph: o.yaml
      data:
        teacher: {graph: o.yaml, samples: 20, uniform: [-1, 1], targets: largest, seed: 3}
      test: {teacher: {normal: 2, graph-seed: 1}}
      tests: {far: {teacher: {samples: 5, uniform: [-9, 9]}}}
      optimizer: adam
      rate: 0.01
      stages:
        - {train: {epochs: 2}}
        - {match: {keep: 0.5, groups: [h], only-cycles: true, refit: true}}
        - repeat: 2
          stages: [{rewire: {from: h, prune: 0.2, by: gradient, grow: 1.5, edges: 9}}]
        - {fit: {readout: "y{t}", t: [1, 3], ridge: 0.1}}

      """
    ),
    (
      "training", "windows.yaml",
      """
      format: cyclograd-training/1
      graph: o.yaml
      data:
        file: a.csv
        inputs: "0..1"
        targets: "2"
        rows: "10..99"
        windows: {length: 8, ahead: 2, stride: 3, targets: every}
      test: {file: a.csv, rows: "100..199"}
      optimizer: adam
      rate: 0.01
      epochs: 2

      """
    ),
    (
      "training", "oscillators.yaml",
      """
      format: cyclograd-training/1
      graph: o.yaml
      data: {oscillators: {samples: 50, points: 5, seed: 1}, steps: [{scale: min-max}]}
      optimizer: {sgd: {momentum: 0.9, nesterov: paper}}
      gradient: semi
      loss: squared
      schedule: {step: {every: 3, factor: 0.5}}
      groups: [{groups: [h], rate: 0.5, frozen: true}]
      balls: [{groups: [h], norm: infinity, radius: 0.9}]
      rate: 0.01
      epochs: 4
      not-converged: stop

      """
    ),
    (
      "training", "stream.json",
      #"{"format": "cyclograd-training/1", "graph": "g.yaml", "data": {"file": "a.npy", "targets-file": "b.npy", "stream": true}, "task": "regression", "rate": 0.1, "epochs": 1}"#
    ),
    (
      "study", "variants.yaml",
      """
      format: cyclograd-study/1
      name: sizes
      training: training.yaml
      seeds: 6
      measures: [test f1, validation loss]
      abscissa: neurons
      variants:
        - {name: "two", family: a, x: 2, graph: o.yaml, sizes: {h: 2}, gradient: semi}
        - {name: "five", family: a, x: 5, published: {means: [0.5, 1], best: [1, 2], seconds: 3}}

      """
    ),
    (
      "training-log", "events.jsonl",
      """
      {"event": "step", "step": 1, "loss": 0.5, "used": 4, "learning_rate": 0.1, "gradient_norm": 2.0, \
      "forward_iterations": 12, "backward_iterations": 8, "skipped": [{"sample": 3}]}
      {"event": "validation", "step": 1, "epoch": 1, "loss": null, "failed": 1, "best": true, "f1": 0.75}
      {"event": "epoch", "epoch": 1, "step": 1, "loss": 0.5, "used": 4, "skipped": 1, \
      "learning_rate": 0.1, "forward_iterations": 12, "backward_iterations": 8}

      """
    ),
    (
      "matrix-market", "symmetric.mtx",
      "%%MatrixMarket matrix coordinate integer symmetric\n3 3 2\n2 1 5\n3 3 -1\n"
    ),
    ("matrix-market", "skew.mtx", "%%MatrixMarket matrix array real skew-symmetric\n2 2\n1e-3\n"),
    (
      "matrix-market", "pattern.mtx",
      "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 2\n"
    ),
    ("edge-list", "names.csv", "from;to;weight;note\n\"a\";b;1;x\nb;a;-2e3;\"y;\"\"z\"\n"),
    ("edge-list", "plain.txt", "# edges\r\n0 1\r\n1 2\r\n"),
    (
      "networkx", "links.json",
      #"{"directed": false, "nodes": [{"id": 0}, {"id": "a\u00e9"}], "links": [{"source": 0, "target": "a\u00e9", "w": null}]}"#
    ),
    ("table", "header.csv", "a,b,c\n1,2,3\n-4e-2,nan,inf\n"),
    ("table", "blanks.txt", "# samples\r 1   2\r 3\t4\r"),
    (
      "pajek", "all.net",
      "*Network n\n*Vertices 3\n1 \"a b\" 0.1 0.2 box ic Red\n*Arcs :1 \"r\"\n1 2 2.5 w 3\n*Edges\n1 3\n"
        + "*Arcslist\n2 1 3\n*Edgeslist\n3 3\n*Partition p\n1\n"
    ),
    ("pajek", "matrix.net", "*Vertices 2\r\n*Matrix\r\n0 1\r\n-0.5 0\r\n"),
    ("sif", "signs.sif", "a + b\nb - a c\nlone\n"),
    ("sif", "tabs.sif", "a b\tpp\tc\n\"d\"\tpd\ta b\n"),
    (
      "gml", "values.gml",
      "Creator \"x\"\ngraph [ directed 0 node [ id 7 label \"a&#233;\" g [ x 1 ] ] edge [ source 7 target 7 value 4 ] ]\n"
    ),
    (
      "gexf", "gephi.gexf",
      "<gexf><graph><attributes class=\"node\"><attribute id=\"0\" title=\"bias\" type=\"double\"><default>1</default>"
        + "</attribute></attributes><nodes><node id=\"0\" label=\"a\"><attvalues><attvalue for=\"0\" value=\"2\"/>"
        + "</attvalues></node></nodes><edges><edge source=\"0\" target=\"0\" type=\"mutual\"/></edges></graph></gexf>"
    ),
    ("szekeres-shared-weights", "tied.dat", "2 ### 1 3 1 ; 2 3 1 ;"),
    ("szekeres-shared-biases", "tied.dat", "2 ### 3 1 ; 4 1 ;"),
    (
      "graph", "rules.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, shape: [2, 3], role: input, bias: &b {uniform: [-1, 1], scaled: fan-in}}
        - {name: h, size: 4, activation: {leaky-relu: 0.1}, bias: *b}
      connections:
        - {from: x, to: h, pattern: {random: 0.5}, weight: {normal: 0.5}}
        - {from: h, to: h, self: false, weight: [1, 2, 3]}
      edges:
        - {from: x.0, to: h.1, weight: 0.25}
      """
    ),
  ]
}
