extension Layer {
  /// One number for each direction of a grid, or a pair for rows and columns.
  ///
  /// A single number leaves the direction of rows alone where the grid has only one: a signal in time is a grid of
  /// shape [length], or [channels, 1, length].
  public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    private let numbers: [Int]

    /// The same in all directions.
    public init(_ number: Int) { numbers = [number] }
    /// Rows, then columns.
    public init(rows: Int, columns: Int) { numbers = [rows, columns] }
    /// The same in all directions.
    public init(integerLiteral number: Int) { numbers = [number] }
    /// One number for the only direction, or two for rows and columns.
    public init(arrayLiteral numbers: Int...) { self.numbers = numbers }
    /// One number, or rows and columns.
    public init(_ numbers: [Int]) { self.numbers = numbers }

    func pair(
      _ source: Group, else neutral: Int, in range: ClosedRange<Int>, _ what: String,
      _ plan: LayerPlan
    ) throws(CyclogradError) -> Neighborhood.Pair {
      guard 1...2 ~= numbers.count, numbers.allSatisfy(range.contains) else {
        throw plan.failure(
          "\(what) is \(numbers)",
          "give one number, or rows and columns, from \(range.lowerBound)")
      }
      if numbers.count == 2 { return .init(numbers[0], numbers[1]) }
      return .init(source.grid.rows == 1 ? neutral : numbers[0], numbers[0])
    }
  }

  /// A window that moves over a grid.
  public struct Window: Hashable, Sendable {
    /// Its size.
    public var kernel: Extent
    /// How far it moves; `nil`: by its own size.
    public var stride: Extent?
    /// How far it begins before the grid and ends behind it.
    public var padding: Extent
    /// How far its positions are apart.
    public var dilation: Extent

    /// Creates a window.
    public init(kernel: Extent, stride: Extent? = nil, padding: Extent = 0, dilation: Extent = 1) {
      self.kernel = kernel
      self.stride = stride
      self.padding = padding
      self.dilation = dilation
    }
  }

  /// A convolution, in one direction or two.
  public struct Convolution: Hashable, Sendable {
    /// The number of channels of the result.
    public var channels: Int
    /// The window.
    public var window: Window
    /// Whether each channel is made of the source's channel of the same number alone.
    public var isDepthwise: Bool
    /// A batch normalization behind it, folded into its weights and biases, which must be given as numbers.
    public var normalization: Normalization?

    /// Creates a convolution.
    public init(
      channels: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1,
      depthwise isDepthwise: Bool = false, normalization: Normalization? = nil
    ) {
      self.channels = channels
      window = Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
      self.isDepthwise = isDepthwise
      self.normalization = normalization
    }
  }
}

/// A window on a source whose numbers are known, and the grid that it gives.
private struct Placement {
  let kernel: Neighborhood.Pair
  let stride: Neighborhood.Pair
  let padding: Neighborhood.Pair
  let dilation: Neighborhood.Pair
  let rows: Int
  let columns: Int

  init(_ window: Layer.Window, _ plan: LayerPlan) throws(CyclogradError) {
    let source = plan.source
    let positive = 1...Int(Int32.max)
    kernel = try window.kernel.pair(source, else: 1, in: positive, "the kernel", plan)
    stride = try (window.stride ?? window.kernel).pair(
      source, else: 1, in: positive, "the stride", plan)
    padding = try window.padding.pair(
      source, else: 0, in: 0...Int(Int32.max), "the padding", plan)
    dilation = try window.dilation.pair(source, else: 1, in: positive, "the dilation", plan)
    func count(
      _ extent: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
    ) throws(CyclogradError) -> Int {
      // Less than 2⁶³, since all numbers are less than 2³¹.
      let room = extent + 2 * padding - dilation * (kernel - 1) - 1
      guard room >= 0 else {
        throw plan.failure(
          "a window of \(dilation * (kernel - 1) + 1) does not fit into \(extent) neurons with a padding of "
            + "\(padding)", "make the kernel smaller, or the padding larger")
      }
      return room / stride + 1
    }
    let grid = source.grid
    rows = try count(grid.rows, kernel.rows, stride.rows, padding.rows, dilation.rows)
    columns = try count(
      grid.columns, kernel.columns, stride.columns, padding.columns, dilation.columns)
  }

  func neighborhood(_ channels: Neighborhood.Channels) -> Neighborhood {
    Neighborhood(
      kernel: kernel, stride: stride, offset: .init(-padding.rows, -padding.columns),
      dilation: dilation, channels: channels)
  }
}

extension Layer {
  mutating func addConvolution(
    _ plan: LayerPlan, _ convolution: Convolution
  ) throws(CyclogradError) {
    let channels = try plan.size(convolution.channels, "the number of channels")
    let source = plan.source
    let place = try Placement(convolution.window, plan)
    if convolution.isDepthwise, channels != source.grid.channels {
      throw plan.failure(
        "a depthwise convolution of \(source.grid.channels) channels has as many, not \(channels)",
        "change 'channels', or leave 'depthwise' out")
    }
    var weight = plan.rule(plan.options.weight, "weight", tying: .kernel)
    var bias = plan.rule(plan.options.bias, "bias", tying: .kernel)
    if let normalization = convolution.normalization {
      let inputs = convolution.isDepthwise ? 1 : source.grid.channels
      try normalization.fold(
        into: &weight, &bias, channels: channels,
        weights: inputs * place.kernel.rows * place.kernel.columns, plan)
    }
    connections.append(
      Connection(
        source.name, to: name,
        .neighborhood(place.neighborhood(convolution.isDepthwise ? .oneToOne : .all)),
        weight: weight))
    try finish(
      Group(
        name, shape: [channels, place.rows, place.columns],
        activation: plan.options.activation ?? .identity, bias: bias), plan)
  }

  mutating func addAveragePooling(_ plan: LayerPlan, _ window: Window) throws(CyclogradError) {
    try plan.refuse(activation: true, weight: true, bias: true, share: true)
    let place = try Placement(window, plan)
    connections.append(
      Connection(
        plan.source.name, to: name, .neighborhood(place.neighborhood(.oneToOne)),
        weight: .frozen(.constant(1 / (Double(place.kernel.rows) * Double(place.kernel.columns))))))
    try finish(
      Group(
        name, shape: [plan.source.grid.channels, place.rows, place.columns], bias: .frozen(0)), plan
    )
  }

  mutating func addMaxPooling(_ plan: LayerPlan, _ window: Window) throws(CyclogradError) {
    try plan.refuse(activation: true, weight: true, bias: true, residuals: true, share: true)
    let place = try Placement(window, plan)
    let grid = plan.source.grid
    let (units, overflow) = place.kernel.rows.multipliedReportingOverflow(by: place.kernel.columns)
    guard !overflow else { throw plan.failure("the window is too large", "give a smaller kernel") }
    try plan.require(
      edges: [units, grid.channels, place.rows, place.columns],
      units: [units, grid.channels, place.rows, place.columns])
    let isInside = place.padding == .init(0, 0)
    for unit in 0..<units {
      let (p, q) = (unit / place.kernel.columns, unit % place.kernel.columns)
      let pattern: Pattern
      if isInside {
        pattern = .neighborhood(
          Neighborhood(
            kernel: .init(1, 1), stride: place.stride,
            offset: .init(p * place.dilation.rows, q * place.dilation.columns),
            channels: .oneToOne))
      } else {
        pattern = .entries(try Self.members(unit, place, grid, plan))
      }
      connections.append(
        Connection(plan.source.name, to: name, unit: unit, pattern, weight: .frozen(1)))
    }
    let unit = Group.Unit(.identity, bias: .frozen(0))
    try finish(
      Group(
        name, shape: [grid.channels, place.rows, place.columns], combine: .max,
        units: Array(repeating: unit, count: units)), plan)
  }

  /// The source of one unit of each neuron: the members of its window in turn, so that those beyond the edge of
  /// the grid repeat others and change no maximum.
  private static func members(
    _ unit: Int, _ place: Placement, _ grid: (channels: Int, rows: Int, columns: Int),
    _ plan: LayerPlan
  ) throws(CyclogradError) -> SparseEntries {
    func inside(
      _ index: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ kernel: Int, _ extent: Int
    )
      -> [Int]
    {
      (0..<kernel).map { index * stride - padding + $0 * dilation }.filter((0..<extent).contains)
    }
    let columns = (0..<place.columns).map {
      inside(
        $0, place.stride.columns, place.padding.columns, place.dilation.columns,
        place.kernel.columns, grid.columns)
    }
    var entries = SparseEntries(rows: [], columns: [])
    for i in 0..<place.rows {
      let rows = inside(
        i, place.stride.rows, place.padding.rows, place.dilation.rows, place.kernel.rows, grid.rows)
      for j in 0..<place.columns {
        let count = rows.count * columns[j].count
        guard count > 0 else {
          throw plan.failure(
            "the window of neuron [\(i), \(j)] lies beyond the grid", "make the padding smaller")
        }
        let member = unit % count
        let source =
          rows[member / columns[j].count] * grid.columns
          + columns[j][member % columns[j].count]
        for channel in 0..<grid.channels {
          entries.rows.append(Int32((channel * place.rows + i) * place.columns + j))
          entries.columns.append(Int32(channel * grid.rows * grid.columns + source))
        }
      }
    }
    return entries
  }
}
