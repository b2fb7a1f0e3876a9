import Foundation

/// The first four Taylor coefficients f⁽ᵏ⁾(z) / k! of a function at a number, in extended precision.
struct Jet {
  private static let order = 3
  private var c: [Extended]

  init(_ constant: Extended) { c = [constant, 0, 0, 0] }

  private init(_ coefficient: (Int) -> Extended) { c = (0...Self.order).map(coefficient) }

  /// The independent variable at a number.
  static func variable(at z: Extended) -> Jet {
    var result = Jet(z)
    result.c[1] = 1
    return result
  }

  /// f⁽ᵏ⁾(z)
  func derivative(_ k: Int) -> Extended { c[k] * Extended([1, 1, 2, 6][k]) }

  static func + (x: Jet, y: Jet) -> Jet { Jet { x.c[$0] + y.c[$0] } }
  static func - (x: Jet, y: Jet) -> Jet { Jet { x.c[$0] - y.c[$0] } }
  static prefix func - (x: Jet) -> Jet { Jet { -x.c[$0] } }

  static func * (x: Jet, y: Jet) -> Jet {
    Jet { n in (0...n).reduce(0) { $0 + x.c[$1] * y.c[n - $1] } }
  }

  static func / (x: Jet, y: Jet) -> Jet {
    var result = Jet(0)
    for n in 0...order {
      var rest = x.c[n]
      for i in 0..<n { rest -= result.c[i] * y.c[n - i] }
      result.c[n] = rest / y.c[0]
    }
    return result
  }

  /// The function with f(x₀) = value and f′(x) = derivative, along x.
  private static func integral(_ value: Extended, _ derivative: Jet, along x: Jet) -> Jet {
    // d/dt f(x(t)) = f′(x(t)) x′(t), coefficient by coefficient.
    Jet { n in
      if n == 0 { return value }
      var sum: Extended = 0
      for i in 1...n { sum += Extended(i) * x.c[i] * derivative.c[n - i] }
      return sum / Extended(n)
    }
  }

  static func exp(_ x: Jet) -> Jet {
    var result = Jet(Foundation.exp(x.c[0]))
    for _ in 0..<order { result = integral(result.c[0], result, along: x) }
    return result
  }

  static func sqrt(_ x: Jet) -> Jet {
    let root = x.c[0].squareRoot()
    var result = Jet(root)
    for _ in 0..<order { result = integral(root, Jet(0.5) / result, along: x) }
    return result
  }

  /// ln(1 + x)
  static func log1p(_ x: Jet) -> Jet {
    integral(Foundation.log1p(x.c[0]), Jet(1) / (Jet(1) + x), along: x)
  }

  static func atan(_ x: Jet) -> Jet {
    integral(Foundation.atan(x.c[0]), Jet(1) / (Jet(1) + x * x), along: x)
  }

  static func asinh(_ x: Jet) -> Jet {
    integral(Foundation.asinh(x.c[0]), Jet(1) / sqrt(Jet(1) + x * x), along: x)
  }

  static func cos(_ x: Jet) -> Jet {
    var (sine, cosine) = (Jet(Foundation.sin(x.c[0])), Jet(Foundation.cos(x.c[0])))
    for _ in 0..<order {
      (sine, cosine) = (
        integral(sine.c[0], cosine, along: x), integral(cosine.c[0], -sine, along: x)
      )
    }
    return cosine
  }

  /// The distribution function of the standard normal law.
  static func normalDistribution(_ x: Jet) -> Jet {
    let density =
      Jet(1 / (2 * Extended.pi).squareRoot()) * exp(Jet(-0.5) * x * x)
    return integral(erfc(-x.c[0] / Extended(2).squareRoot()) / 2, density, along: x)
  }
}
