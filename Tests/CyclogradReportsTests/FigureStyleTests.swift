import Foundation
import Testing

@testable import CyclogradReports

@Suite("Colours of figures")
struct FigureStyleTests {
  /// Linear red, green and blue of `#rrggbb` (IEC 61966-2-1).
  private static func linear(_ colour: String) -> [Double] {
    let digits = Array(colour.dropFirst())
    return stride(from: 0, to: 6, by: 2).map {
      let value = Double(Int(String(digits[$0...$0 + 1]), radix: 16)!) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
  }

  /// The contrast ratio of WCAG 2.2.
  private static func contrast(_ a: String, _ b: String) -> Double {
    let luminances = [a, b].map { colour in
      let c = linear(colour)
      return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
    }
    return (luminances.max()! + 0.05) / (luminances.min()! + 0.05)
  }

  @Test("The measure is right where the answer is known")
  func measure() {
    #expect(abs(Self.contrast("#000000", "#ffffff") - 21) < 1e-9)
    #expect(abs(Self.contrast("#777777", "#ffffff") - 4.48) < 0.01)
  }

  @Test(
    "No two of 24 series have the same colour and dashes, and their neighbours have other marks")
  func styles() {
    let styles = (0..<24).map { FigureStyle.className($0) }
    #expect(Set(styles).count == 24)
    // The dashes belong to classes of their own, which exist.
    for style in styles {
      let dash = style.split(separator: " ")[1]
      #expect(dash == "d0" || FigureStyle.css.contains(".\(dash) .l{stroke-dasharray:"))
    }
    for index in 0..<24 where index >= 6 {
      func mark(_ index: Int) -> String { FigureStyle.mark(index, x: 0, y: 0, radius: 4) }
      #expect(mark(index) != mark(index - 6))
    }
  }

  @Test("Contrast is that of WCAG AA", arguments: [FigureStyle.light, FigureStyle.dark])
  func contrast(palette: FigureStyle.Palette) {
    #expect(Self.contrast(palette.ink, palette.ground) >= 7)
    #expect(Self.contrast(palette.faint, palette.ground) >= 4.5)
    for colour in palette.series {
      #expect(Self.contrast(colour, palette.ground) >= 3, "\(colour)")
    }
  }

  /// What dichromats see, in linear light (Machado, Oliveira & Fernandes 2009, severity 1).
  private static let visions: [(name: String, matrix: [[Double]])] = [
    ("usual", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    (
      "protanopia",
      [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
      ]
    ),
    (
      "deuteranopia",
      [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
      ]
    ),
    (
      "tritanopia",
      [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
      ]
    ),
  ]

  /// CIE L*a*b* of linear light, for D65.
  private static func lab(_ c: [Double]) -> [Double] {
    let x = 0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]
    let y = 0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2]
    let z = 0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]
    let xyz = [x / 0.95047, y, z / 1.08883].map { (t: Double) -> Double in
      t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116
    }
    return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
  }

  /// A difference of 10 is seen at a glance (CIE 1976). Where it is smaller, dashes and marks must do.
  @Test(
    "Neighbouring series differ for those who see colours otherwise",
    arguments: [FigureStyle.light, FigureStyle.dark])
  func differences(palette: FigureStyle.Palette) {
    for (name, matrix) in Self.visions {
      let seen = palette.series.map { (colour: String) -> [Double] in
        let c = Self.linear(colour)
        let light = matrix.map { row in row[0] * c[0] + row[1] * c[1] + row[2] * c[2] }
        return Self.lab(light.map { min(1, max(0, $0)) })
      }
      for i in seen.indices {
        for j in 0..<i {
          let squares = (0..<3).map { (seen[i][$0] - seen[j][$0]) * (seen[i][$0] - seen[j][$0]) }
          let difference = squares.reduce(0, +).squareRoot()
          #expect(difference >= 10, "\(name): \(palette.series[i]) and \(palette.series[j])")
        }
      }
    }
  }
}
