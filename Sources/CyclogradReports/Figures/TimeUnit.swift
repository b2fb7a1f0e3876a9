/// A unit of time whose numbers people read easily, for axes.
enum TimeUnit: String {
  case microseconds, milliseconds, seconds

  /// The largest unit that is not larger than the longest of these times, in seconds.
  init(holding times: [Double]) {
    switch times.filter(\.isFinite).max() ?? 0 {
    case ..<1e-3: self = .microseconds
    case ..<1: self = .milliseconds
    default: self = .seconds
    }
  }

  /// How many there are in a second.
  var perSecond: Double {
    switch self {
    case .microseconds: 1e6
    case .milliseconds: 1e3
    case .seconds: 1
    }
  }
}
