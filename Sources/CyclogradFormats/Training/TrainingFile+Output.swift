import Cyclograd
import Foundation

extension TrainingFile {
  /// Whether the file changes the graph before it is trained: that which it names does not go with the parameters then.
  public var changesGraph: Bool { !sizes.isEmpty || graphSeed != nil }

  /// Where the network goes if it is not that of the graph file: the name of the parameters, with another ending.
  public var networkOutput: String {
    let name = output.hasSuffix(".safetensors") ? String(output.dropLast(12)) : output
    return name + ".yaml"
  }

  /// Refuses an output that could not be written in the end.
  ///
  /// - Throws: ``Cyclograd/CyclogradError``: `invalid-option` for a name whose ending says another format, and `file` for a
  ///   folder that there is not.
  func checkOutput() throws(CyclogradError) {
    let place = URL(fileURLWithPath: output)
    guard ["", "safetensors"].contains(place.pathExtension) else {
      throw CyclogradError(
        .invalidOption, "parameters are written as .safetensors, not as .\(place.pathExtension)",
        at: .init(file: output),
        advice: "give a name that ends in .safetensors; cyclograd convert writes other formats")
    }
    let folder = place.deletingLastPathComponent().path
    // A device can be written to where nothing can be made beside it.
    guard
      [folder, place.path].contains(where: { FileManager.default.isWritableFile(atPath: $0) })
    else {
      throw CyclogradError(
        .file, "the output cannot be written: there is no folder \(folder) to write into",
        at: .init(file: output), advice: "make the folder, or give another name")
    }
  }
}
