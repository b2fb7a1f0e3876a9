import Cyclograd

/// Files of other programs that are not read, known by their extensions, and the way out.
enum ForeignKinds {
  private struct Kind {
    let name: String
    let advice: String
  }

  private static let kinds: [String: Kind] = [
    "g6": graph("a graph6 file", "read_graph6"),
    "pt": torch, "pth": torch, "ckpt": torch, "bin": torch,
    "onnx": Kind(
      name: "an ONNX model",
      advice: "write its weights as .npz or .safetensors, and the network as a graph file"),
    "h5": array("an HDF5 file"), "hdf5": array("an HDF5 file"), "mat": array("a MATLAB file"),
    "pkl": array("a Python pickle"), "pickle": array("a Python pickle"),
    "rds": array("an R object"), "rdata": array("an R workspace"),
    "mdb": table("an Access data base"), "duckdb": table("a DuckDB data base"),
    "parquet": table("a Parquet file"), "feather": table("a Feather file"),
    "arrow": table("an Arrow file"), "xls": table("a spreadsheet"), "xlsx": table("a spreadsheet"),
    "ods": table("a spreadsheet"),
  ]

  private static let torch = Kind(
    name: "a PyTorch file",
    advice: "write its tensors with safetensors.torch.save_file, and the network as a graph file")

  private static func graph(_ name: String, _ reader: String) -> Kind {
    Kind(
      name: name,
      advice:
        "write it as GraphML: networkx.write_graphml(networkx.\(reader)(file), \"graph.graphml\")")
  }

  private static func array(_ name: String) -> Kind {
    Kind(name: name, advice: "write its matrix with scipy.sparse.save_npz or numpy.save")
  }

  private static func table(_ name: String) -> Kind {
    Kind(name: name, advice: "write its edges as CSV with the columns source, target and weight")
  }

  /// What is wrong with a file of such a kind; `nil` for others.
  static func refusal(_ path: String) -> CyclogradError? {
    guard let dot = path.lastIndex(of: "."),
      let kind = kinds[path[path.index(after: dot)...].lowercased()]
    else { return nil }
    return CyclogradError(
      .invalidOption, "this is \(kind.name), which is not read", at: .init(file: path),
      advice: kind.advice + "; if the name misleads, give --from")
  }
}
