import Foundation

/// What is known of the terminal that a person sits at, if there is one.
enum Terminal {
  /// Whether answers are read by a person as they come.
  static let showsAnswers = isatty(STDOUT_FILENO) == 1

  /// How many columns there are; 80 where nothing says so.
  static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
      .map { min(max($0, 1), 1000) } ?? 80
  }
}
