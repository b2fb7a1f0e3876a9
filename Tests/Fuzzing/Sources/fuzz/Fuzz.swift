import Glibc

/// `fuzz FORMAT [libFuzzer's options and folders]`, `fuzz seeds FOLDER` or `fuzz list`.
///
/// libFuzzer brings the main function, and hands over the arguments before it looks at them.
@_cdecl("LLVMFuzzerInitialize")
public func start(
  _ count: UnsafeMutablePointer<Int32>,
  _ list: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  let arguments = (1..<max(1, Int(count.pointee))).map { String(cString: list.pointee[$0]!) }
  // libFuzzer restarts itself for `-merge` and the like; the format stays in the environment.
  let name = getenv("FUZZ_FORMAT").map { String(cString: $0) } ?? arguments.first ?? ""
  do {
    switch name {
    case "list":
      for target in FuzzTarget.all { print(target.name) }
      exit(0)
    case "seeds" where arguments.count == 2:
      try Seeds.write(to: arguments[1])
      exit(0)
    default:
      guard let target = (FuzzTarget.all + FuzzTarget.controls).first(where: { $0.name == name })
      else {
        say("usage: fuzz FORMAT [libFuzzer's options and folders] | fuzz seeds FOLDER | fuzz list")
        exit(64)
      }
      try Judgement.prepare(target)
      atexit { Examples.remove() }
    }
  } catch {
    say("fuzz: \(error)")
    exit(1)
  }
  if arguments.first == name {
    setenv("FUZZ_FORMAT", name, 1)
    for place in 1..<Int(count.pointee) { list.pointee[place] = list.pointee[place + 1] }
    count.pointee -= 1
  }
  return 0
}

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  Judgement.judge(UnsafeBufferPointer(start: data, count: size))
  return 0
}
