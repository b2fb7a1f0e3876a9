import Cyclograd
import CyclogradFormats
import Foundation
import TestSupport
import Testing

/// How often a training is killed; the environment variable `CYCLOGRAD_KILLS` asks for more.
private let killCount =
  ProcessInfo.processInfo.environment["CYCLOGRAD_KILLS"].flatMap { Int($0) } ?? 8

@Suite(
  "A training that is killed loses at most the work since its last checkpoint", .tags(.slow),
  .unlessFast)
struct KillTests {
  @Test("SIGKILL at random times never leaves an unreadable checkpoint, and the end is the same")
  func kill() throws {
    let epochs = 200
    let reference = try TrainingScratch(epochs: epochs, "checkpoints: {every: 1}")
    #expect(try reference.train("--quiet").status == 0)
    let last = try #require(reference.checkpoints.last)
    let job = try TrainingScratch(epochs: epochs, "checkpoints: {every: 1}")
    let network = try job.network()
    let end = try Checkpoint.read(
      reference.scratch.folder.appendingPathComponent(last).path, for: network
    ).trainer.steps
    var (killed, lastStep, isAnew) = (0, 0, true)
    var longest = 0.1
    while killed < killCount {
      let process = try job.start(
        isAnew ? "--overwrite" : "--resume", "--json-log", "log.jsonl")
      let deadline = Date(timeIntervalSinceNow: Double.random(in: 0.01...longest))
      while process.isRunning, Date() < deadline { usleep(1_000) }
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal {
        killed += 1
      } else {
        #expect(process.terminationStatus == 0)
      }
      var newest = 0
      for name in job.checkpoints {
        let path = job.scratch.folder.appendingPathComponent(name).path
        let checkpoint = try Checkpoint.read(path, for: network)
        newest = max(newest, checkpoint.trainer.steps)
      }
      // One that was killed before it removed what was there starts over again.
      #expect(isAnew || newest >= lastStep, "work before a checkpoint was lost")
      // On a busy machine even the first checkpoint takes its time.
      if newest <= lastStep { longest = min(10, 1.5 * longest) }
      isAnew = newest == end && killed < killCount
      lastStep = isAnew ? 0 : newest
    }
    let run = try job.train("--resume", "--quiet", "--json-log", "log.jsonl")
    #expect(run.status == 0, "\(run.errors)")
    // What a checkpoint has behind it the log has told.
    let log = try TrainingLogFile.read(
      job.scratch.folder.appendingPathComponent("log.jsonl").path)
    #expect(log.epochs.map(\.epoch) == Array(1...epochs))
    #expect(job.bytes("job-trained.safetensors") == reference.bytes("job-trained.safetensors"))
    #expect(job.checkpoints == reference.checkpoints)
    #expect(job.bytes(last) == reference.bytes(last))
    let folder = job.scratch.folder.appendingPathComponent("job-checkpoints").path
    let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".tmp") }
    #expect(left.isEmpty, "a file half written was left behind")
  }

  @Test(
    "Ctrl-C and the signals that end programs end it with a checkpoint; continued, the end is the same",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func interrupt(signal: Int32) throws {
    let reference = try TrainingScratch(epochs: 120, "checkpoints: {every: 1}")
    #expect(try reference.train("--quiet").status == 0)
    let job = try TrainingScratch(epochs: 120, "checkpoints: {every: 1}")
    let process = try job.start()
    let deadline = Date(timeIntervalSinceNow: 60)
    while job.checkpoints.isEmpty, Date() < deadline { usleep(5_000) }
    Foundation.kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 128 + signal)
    #expect(!job.checkpoints.isEmpty)
    #expect(job.bytes("job-trained.safetensors") == nil)
    #expect(try job.train("--resume", "--quiet").status == 0)
    #expect(job.bytes("job-trained.safetensors") == reference.bytes("job-trained.safetensors"))
    let last = try #require(job.checkpoints.last)
    #expect(job.bytes(last) == reference.bytes(last))
  }

  @Test("A second Ctrl-C stops it in the middle of a step, and leaves no half of a checkpoint")
  func interruptTwice() throws {
    let job = try TrainingScratch(
      epochs: 1000, "backend: relaxation\ncheckpoints: {every: 1000}")
    var rows = "a,b,sum,product\n"
    for index in 0..<6_000 {
      rows += "\(Double(index % 89) / 89),\(Double(index % 97) / 97),1,0.5\n"
    }
    try job.scratch.write("data.csv", rows)
    let text = try #require(job.scratch.read("job.yaml"))
    try job.scratch.write(
      "job.yaml",
      text.replacingOccurrences(of: "batch: 8", with: "batch: 6000")
        .replacingOccurrences(of: "warm-start: sample", with: "warm-start: none")
        .replacingOccurrences(of: "backend: relaxation", with: "backend: relaxation+automatic"))
    let process = try job.start("--json-log", "log.jsonl", "--threads", "1")
    // The second step is under way some time after the log has the first, however long that takes beside all other tests.
    let start = Date()
    let deadline = Date(timeIntervalSinceNow: 400)
    while (job.bytes("log.jsonl")?.count ?? 0) == 0, process.isRunning, Date() < deadline {
      usleep(2_000)
    }
    usleep(UInt32(Date().timeIntervalSince(start) / 5 * 1e6))
    Foundation.kill(process.processIdentifier, SIGINT)
    usleep(30_000)
    Foundation.kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    #expect(job.checkpoints.isEmpty)
  }

  @Test(
    "A disk that is full ends it with a message; what was written stays, and it can be continued")
  func fullDisk() throws {
    let reference = try TrainingScratch(epochs: 200, "checkpoints: {every: 1}")
    #expect(try reference.train("--quiet").status == 0)
    let job = try TrainingScratch(epochs: 200, "checkpoints: {every: 1}")
    // The history makes checkpoints grow beyond the largest file that is allowed.
    let run = try job.scratch.shell(
      "trap '' XFSZ; ulimit -f 8; cyclograd train job.yaml --quiet || exit $?")
    #expect(run.status == 1)
    #expect(run.errors.contains("cannot write the file") && run.errors.contains("job-checkpoints"))
    let network = try job.network()
    #expect(!job.checkpoints.isEmpty)
    for name in job.checkpoints {
      let path = job.scratch.folder.appendingPathComponent(name).path
      _ = try Checkpoint.read(path, for: network)
    }
    let folder = job.scratch.folder.appendingPathComponent("job-checkpoints").path
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy {
        !$0.hasSuffix(".tmp")
      })
    #expect(try job.train("--resume", "--quiet").status == 0)
    #expect(job.bytes("job-trained.safetensors") == reference.bytes("job-trained.safetensors"))
    let log = try job.train("--overwrite", "--json-log", "/dev/full")
    #expect(log.status == 1 && log.errors.contains("cannot write the log"), "\(log.errors)")
  }
}
