#if GPLSolvers
  import Glibc
  import Testing

  @testable import SparseAlgebra

  @Suite struct `OpenMP around CHOLMOD` {
    @Test func `has no active level inside, and what it had outside`() throws {
      _ = try FactorizationMethod.cholmod.analyze(try pattern(order: 2) { _ in [0, 1] })
      let symbol = try #require(dlsym(nil, "omp_get_max_active_levels"))
      let levels = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
      let before = levels()
      #expect(before > 0)
      #expect(OpenMPThreads.limitedToOne { levels() } == 0)
      #expect(levels() == before)
    }
  }
#endif
