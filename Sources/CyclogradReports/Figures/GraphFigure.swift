import Foundation

/// Nodes and arrows at places of their own.
public struct GraphFigure: ReportFigure {
  /// What a node gives and takes, which bars at its sides show.
  public struct Role: OptionSet, Hashable, Sendable {
    /// One bit for each role.
    public let rawValue: Int

    /// Roles by their bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Takes a sample's numbers: a bar on the left.
    public static let input = Role(rawValue: 1)
    /// Gives the answer: a bar on the right.
    public static let output = Role(rawValue: 2)
  }

  /// A node, around its centre.
  public struct Node: Sendable {
    /// What stands in it, a line each; the first is its name.
    public var lines: [String]
    /// What is said of it where the pointer rests.
    public var text: String
    /// What it takes and gives.
    public var role: Role
    /// Whether it lies on a cycle, which round corners show.
    public var isCyclic: Bool
    /// The centre, from the left.
    public var x = 0.0
    /// The centre, from the top.
    public var y = 0.0
    /// The width.
    public var width: Double
    /// The height.
    public var height: Double

    /// A node that has no place yet, as wide as its lines.
    public init(_ lines: [String], text: String, role: Role = [], isCyclic: Bool = false) {
      (self.lines, self.text, self.role, self.isCyclic) = (lines, text, role, isCyclic)
      width = 28 + 7.6 * Double(lines.map(\.count).max() ?? 0)
      height = 14 + 16 * Double(lines.count)
    }
  }

  /// A rectangle around nodes that belong together, such as a module or a component.
  public struct Box: Sendable {
    /// What stands at its top.
    public var label: String
    /// The indices of its nodes. Boxes are nested or apart.
    public var nodes: [Int]
    /// Whether all of it is one cyclic component.
    public var isCyclic: Bool

    /// A box around nodes.
    public init(_ label: String, nodes: [Int], isCyclic: Bool = false) {
      (self.label, self.nodes, self.isCyclic) = (label, nodes, isCyclic)
    }
  }

  /// An arrow.
  public struct Edge: Sendable {
    /// The index of the node that it leaves.
    public var from: Int
    /// The index of the node that it enters.
    public var to: Int
    /// How many edges of the network it stands for.
    public var count: Int
    /// Whether it is part of a cycle.
    public var isCyclic: Bool
    /// A Bézier curve: a point, and three more for each piece. Empty until it has a place.
    public var path: [(x: Double, y: Double)] = []

    /// An arrow without a place.
    public init(from: Int, to: Int, count: Int = 1, isCyclic: Bool = false) {
      (self.from, self.to, self.count, self.isCyclic) = (from, to, count, isCyclic)
    }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// The nodes.
  public var nodes: [Node]
  /// The arrows.
  public var edges: [Edge]
  /// What is drawn around nodes, the outer ones first.
  public var boxes: [Box] = []
  var width: Double
  var height: Double

  /// What the legend says.
  public var legend: [LegendEntry] { [] }

  /// One row for each arrow.
  public var table: FigureTable {
    FigureTable(
      columns: ["from", "to", "edges"],
      rows: edges.map {
        [
          nodes[$0.from].lines.joined(separator: " "), nodes[$0.to].lines.joined(separator: " "),
          "\($0.count)",
        ]
      })
  }
}
