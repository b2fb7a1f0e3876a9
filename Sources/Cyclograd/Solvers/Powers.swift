#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The natural logarithm, for files that need nothing else of the library.
func logarithm(_ x: Double) -> Double { log(x) }

/// xʸ
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
