import Cyclograd

/// The files that are being read, from the outermost to the innermost.
struct ModuleFiles {
  /// The folder of the innermost.
  let folder: String
  private let open: [String]

  init(folder: String, path: String? = nil, within files: ModuleFiles? = nil) {
    self.folder = folder
    open = (files?.open ?? []) + (path.map { [FilePath.canonical($0)] } ?? [])
  }

  /// Whether a file is being read already.
  func contains(_ path: String) -> Bool { open.contains(FilePath.canonical(path)) }
}

/// The modules that instances can name, each read when it is first wanted.
final class ModuleScope {
  /// A module, and where its parts stood if that is known.
  struct Module {
    var graph: Graph
    var places: FilePlaces?
  }

  private let files: ModuleFiles
  private let outer: ModuleScope?
  private var definitions: [String: Element] = [:]
  /// Their names as they stand in the file, in its order.
  private var names: [Element] = []
  private var modules: [String: Module] = [:]
  /// The modules whose definitions are being read.
  private var open: Set<String> = []

  init(files: ModuleFiles, outer: ModuleScope? = nil) {
    self.files = files
    self.outer = outer
  }

  func define(_ name: Element, _ definition: Element) throws {
    let text = try name.text("the name of a module")
    guard Keywords.isGroupName(text), !text.contains(".") else {
      throw name.failure("'\(text.shortened)' cannot be the name of a module")
    }
    guard definitions.updateValue(definition, forKey: text) == nil else {
      throw name.failure("the module '\(text)' is defined twice")
    }
    names.append(name)
  }

  /// Reads what nothing names, too, so that its mistakes are found.
  func readUnused() throws {
    for name in names { _ = try module(name) }
  }

  /// The module that an element names.
  func module(_ reference: Element) throws -> Module {
    let name = try reference.text("the name of a module")
    if let module = modules[name] { return module }
    guard let definition = definitions[name] else {
      if let outer { return try outer.module(reference) }
      throw reference.failure(
        "there is no module '\(name.shortened)'",
        advice: definitions.isEmpty
          ? "define it in 'modules'"
          : Suggestion.advice(name, among: definitions.keys.sorted()))
    }
    guard open.insert(name).inserted else {
      throw reference.failure(
        "the module '\(name)' contains itself", code: .invalidGraph,
        advice: "a cycle of neurons is a connection; modules can only contain other ones")
    }
    defer { open.remove(name) }
    let module = try read(definition)
    modules[name] = module
    return module
  }

  private func read(_ definition: Element) throws -> Module {
    guard definition.isMapping,
      try definition.entries("a module").contains(where: { entry in
        try entry.name.text("a key") == "file"
      })
    else {
      let (graph, places) = try GraphReader.module(
        definition, scope: ModuleScope(files: files, outer: self))
      // Names of neurons have to be known where an instance's name is put before them.
      let document = try GraphDocument(graph: graph, folder: files.folder, places: places)
        .resolved()
      return Module(graph: document.graph, places: places)
    }
    let fields = try definition.fields("a module from a file", keys: ["file"])
    let element = try fields.required("file", of: "the module")
    let name = try PatternReader.fileName(element)
    let path = name.hasPrefix("/") ? name : files.folder + name
    guard !files.contains(path) else {
      throw element.failure(
        "the file \(name) is being read already: it would contain itself", code: .invalidGraph,
        advice: "modules can only contain other files")
    }
    let format = try NetworkFormat.format(reading: path)
    guard format.name == NetworkFormat.graphFile.name else {
      let imported = try format.read(path)
      try imported.require([.activation], for: "a module")
      return Module(graph: imported.graph, places: nil)
    }
    let document = try GraphFile.read(path, within: files).resolved()
    return Module(graph: document.graph, places: document.places)
  }
}
