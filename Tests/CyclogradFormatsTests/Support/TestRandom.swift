import TestSupport

/// The tests' source of random numbers.
typealias TestRandom = TestSupport.TestRandom
