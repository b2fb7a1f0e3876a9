import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// Where a report goes, whole or one figure of it.
struct ReportOutput: ParsableArguments {
  /// How a report is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case html, svg, png, csv, json
  }

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String
  @Option(
    help: """
      html for the page with all figures, json for all its numbers; svg, png (by rsvg-convert, of the package \
      librsvg2-bin) or csv for one figure (default: by the extension of --output, or else html).
      """)
  var format: Format?
  @Option(help: "Which figure to write as svg, png or csv; the names are listed above.")
  var figure: String?

  /// What is written.
  ///
  /// - Throws: `CyclogradError` if the name promises another format than a report has.
  private func chosen() throws -> Format {
    if let format { return format }
    let named = try OutputFormat(
      of: output, among: [.html, .svg, .png, .csv, .json], standard: .html, for: "a report")
    return Format(rawValue: named.rawValue) ?? .html
  }

  /// Refuses what does not fit together, before any work is done.
  ///
  /// - Parameter names: those that figures of the report can have.
  func check(_ names: [String]) throws {
    let chosen = try chosen()
    guard chosen != .html, chosen != .json else {
      guard figure == nil else {
        throw CyclogradError(
          .invalidOption,
          "--figure selects one figure, but \(chosen == .html ? "a page" : "json") holds all of them",
          advice: "give --format svg, png or csv too")
      }
      return
    }
    let list = names.joined(separator: ", ")
    guard let figure else {
      throw CyclogradError(
        .invalidOption, "\(chosen.rawValue) holds one figure, and --figure names none",
        advice: "name one with --figure; there are \(list)")
    }
    guard names.contains(figure) else {
      throw CyclogradError(
        .invalidOption, "there is no figure named '\(figure)'",
        advice: Suggestion.advice(figure, among: names, listing: "the figures are"))
    }
    if chosen == .png { _ = try Self.converter() }
  }

  /// Writes the page, or its figure.
  func write(_ page: ReportPage) throws {
    guard let name = figure else {
      let text = try chosen() == .json ? page.json.text : page.html()
      return try AtomicFile.write(to: output) { try $0.write(text) }
    }
    guard let figure = page.figures.first(where: { $0.name == name }) else {
      let there = page.figures.map(\.name).joined(separator: ", ")
      let remarks = page.remarks.map { " " + $0 }.joined()
      throw CyclogradError(
        .invalidOption, "this report has no figure '\(name)'",
        advice: "its figures are \(there)" + (remarks.isEmpty ? "" : ". Not shown:\(remarks)"))
    }
    switch try chosen() {
    case .csv: try AtomicFile.write(to: output) { try $0.write(figure.csv()) }
    case .png:
      let image: Data
      do {
        image = try Self.converter().run(
          ["--format", "png", "--zoom", "2"], input: Data(figure.svg().utf8))
      } catch ExternalProgram.Failure.failed(let reason) {
        throw CyclogradError(
          .file, "rsvg-convert has made no picture: \(reason)", at: .init(file: output),
          advice: "write --format svg instead")
      }
      try AtomicFile.write(to: output) { try $0.write(Array(image)) }
    case .svg, .html, .json: try AtomicFile.write(to: output) { try $0.write(figure.svg()) }
    }
  }

  private static func converter() throws -> ExternalProgram {
    guard let program = ExternalProgram.find("rsvg-convert") else {
      throw CyclogradError(
        .invalidOption, "png needs the program rsvg-convert, which is not there",
        advice: "install the package librsvg2-bin, or write --format svg")
    }
    return program
  }
}
