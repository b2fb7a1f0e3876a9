import Foundation
import TestSupport
import Testing

@Suite(
  "At a terminal", .tags(.slow), .unlessFast,
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
struct TerminalTests {
  /// What a command writes to a terminal, line by line; what was written over is a line of its own.
  private func lines(_ scratch: Scratch, _ command: String, columns: Int) throws -> [String] {
    // util-linux's script gives the command a terminal.
    let run = try scratch.shell("script -qec 'stty cols \(columns); \(command)' /dev/null")
    #expect(run.status == 0, "\(run.output)")
    let ends: Set<Character> = ["\n", "\r\n", "\r"]
    let lines = run.output.split { ends.contains($0) }
    return lines.map { line in String(line).replacingOccurrences(of: "\u{1B}[K", with: "") }
  }

  private func blocks(_ line: String) -> Int { line.count { "▁▂▃▄▅▆▇█▓▒░".contains($0) } }

  @Test("inspect draws components, weights and degrees that fit", arguments: [40, 60, 100])
  func inspect(columns: Int) throws {
    let scratch = try Scratch()
    let all = try lines(scratch, "cyclograd inspect graphs/islands.yaml", columns: columns)
    for title in ["neurons", "weights of edges", "edges in", "edges out"] {
      let line = try #require(all.last { $0.hasPrefix(title + " ") }, "\(title): \(all)")
      #expect(blocks(line) > 0 && line.count <= columns, "\(line)")
    }
    let piped = try scratch.run("inspect", "graphs/islands.yaml")
    #expect(piped.status == 0 && blocks(piped.output + piped.errors) == 0)
    let json = try lines(scratch, "cyclograd inspect graphs/islands.yaml --json", columns: columns)
    #expect(json.allSatisfy { blocks($0) == 0 })
  }

  @Test("train shows a line that fits, and the course in the end", arguments: [40, 80])
  func train(columns: Int) throws {
    let training = try TrainingScratch(epochs: 60)
    let scratch = training.scratch
    let all = try lines(scratch, "cyclograd train job.yaml", columns: columns)
    let progress = all.filter { $0.contains("epoch ") && blocks($0) > 0 }
    #expect(progress.allSatisfy { $0.count < columns }, "\(progress)")
    let course = try #require(all.last { $0.hasPrefix("loss ") && blocks($0) > 1 }, "\(all)")
    #expect(course.contains(" to ") && course.count <= columns)
    let piped = try training.train("--overwrite")
    #expect(piped.status == 0 && blocks(piped.output + piped.errors) == 0)
    let quiet = try lines(scratch, "cyclograd train job.yaml --overwrite --quiet", columns: columns)
    #expect(quiet.allSatisfy { blocks($0) == 0 })
  }
}
