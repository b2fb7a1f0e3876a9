/// Which neurons of one group feed which neurons of another.
///
/// A pattern gives its edges in a fixed order, target by target; lists of weights and ties by
/// name follow that order. Time and memory are in proportion to the edges.
public enum Pattern: Hashable, Sendable {
  /// Every source to every target; for each target in turn, the sources in order.
  case all
  /// Source i to target i; both groups have the same size.
  case oneToOne
  /// Each source to the targets of higher index: within a group, connections without feedback.
  case strictlyLower
  /// Each possible edge independently with this probability.
  case random(probability: Double)
  /// For each target, this many different sources, all choices equally likely.
  case inDegree(Int)
  /// For each target, the sources under a window on the source group's grid.
  case neighborhood(Neighborhood)
  /// The edges of a matrix with one row per target and one column per source.
  case entries(SparseEntries)
  /// A matrix file, to be replaced by ``entries(_:)`` before compilation.
  case file(String)

  /// Whether its edges are drawn.
  var isDrawn: Bool {
    switch self {
    case .random, .inDegree: true
    case .all, .oneToOne, .strictlyLower, .neighborhood, .entries, .file: false
    }
  }
}

/// A window on a two-dimensional grid of neurons.
///
/// Target (i, j) is fed by the sources (i · stride + p · dilation + offset, j · stride + q · dilation + offset)
/// for each kernel position (p, q), row by row. Groups of shape [channels, rows, columns] connect every
/// source channel to every target channel, or each channel to its own.
public struct Neighborhood: Hashable, Sendable {
  /// What lies beyond the edge of the grid.
  public enum Boundary: String, Hashable, Sendable, CaseIterable {
    /// Nothing: those edges are left out.
    case zero
    /// The opposite side: the grid is a torus.
    case wrap
  }

  /// Which channels are connected.
  public enum Channels: String, Hashable, Sendable, CaseIterable {
    /// Every source channel to every target channel.
    case all
    /// Each source channel to the target channel of the same number.
    case oneToOne = "one-to-one"
  }

  /// Two numbers, for the vertical and the horizontal direction.
  public struct Pair: Hashable, Sendable {
    /// Along the rows' numbering, downwards.
    public var rows: Int
    /// Along the columns' numbering, to the right.
    public var columns: Int

    /// Creates a pair.
    public init(_ rows: Int, _ columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  /// The height and width of the window.
  public var kernel: Pair
  /// How far the window moves on the source grid from one target to the next.
  public var stride: Pair
  /// Where the window of target (0, 0) begins; `nil` centres it: −dilation · (kernel − 1) / 2, rounded to 0.
  public var offset: Pair?
  /// How far the positions of the window are apart.
  public var dilation: Pair
  /// What lies beyond the edge of the grid.
  public var boundary: Boundary
  /// Which channels are connected.
  public var channels: Channels

  /// Creates a neighbourhood; only the kernel has no default.
  public init(
    kernel: Pair, stride: Pair = Pair(1, 1), offset: Pair? = nil, dilation: Pair = Pair(1, 1),
    boundary: Boundary = .zero, channels: Channels = .all
  ) {
    self.dilation = dilation
    self.kernel = kernel
    self.stride = stride
    self.offset = offset
    self.boundary = boundary
    self.channels = channels
  }

  /// Creates a neighbourhood with a window of `rows` by `columns`.
  public init(
    _ rows: Int, _ columns: Int, stride: Pair = Pair(1, 1), offset: Pair? = nil,
    dilation: Pair = Pair(1, 1), boundary: Boundary = .zero, channels: Channels = .all
  ) {
    self.init(
      kernel: Pair(rows, columns), stride: stride, offset: offset, dilation: dilation,
      boundary: boundary, channels: channels)
  }
}

/// A sparse matrix as a list of entries: rows are targets, columns are sources, from 0.
public struct SparseEntries: Hashable, Sendable {
  /// The row (target) of each entry.
  public var rows: [Int32]
  /// The column (source) of each entry.
  public var columns: [Int32]
  /// The value of each entry, or `nil` for a matrix that has only a pattern.
  public var values: [Double]?

  /// Creates a list of entries from arrays of equal length.
  ///
  /// - Precondition: the arrays have the same length.
  public init(rows: [Int32], columns: [Int32], values: [Double]? = nil) {
    precondition(rows.count == columns.count && (values.map { $0.count == rows.count } ?? true))
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// The number of entries.
  public var count: Int { rows.count }
}
