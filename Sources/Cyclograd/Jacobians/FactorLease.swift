extension ComponentWorkspace {
  /// The factors of an equilibrium, and which of its samples the workspace is at.
  struct SampleFactors {
    var kept: KeptFactors
    var sample: Int
    var samples: Int
  }

  /// Runs `body` with the component's matrix factored at the slopes as they are: by the factor that the equilibrium
  /// has, or by one that it gets.
  func withFactorization<Result>(
    _ method: DirectMethod, _ body: (JacobianFactorization) throws -> Result
  ) throws -> Result {
    let lease = try leaseFactorization(method)
    defer { lease.end() }
    return try body(lease.factorization)
  }

  /// The same for as long as the caller likes.
  func leaseFactorization(_ method: DirectMethod) throws -> FactorLease {
    let key = factors.map {
      KeptFactors.Key(sample: $0.sample, units: component.units, method: method)
    }
    let known = key.flatMap { factors?.kept.take($0) }
    let lease = FactorLease(
      try known ?? memory.lend(method), from: memory, method, factors, key)
    lease.factorization.forget()
    do {
      try lease.factorization.factor(self)
    } catch {
      lease.endInMemory()
      throw error
    }
    return lease
  }
}

/// The use of a factorization, which goes back to the equilibrium, or to the memory that it came from.
final class FactorLease {
  let factorization: JacobianFactorization
  private let memory: SolverMemory
  private let method: DirectMethod
  private let factors: ComponentWorkspace.SampleFactors?
  private let key: KeptFactors.Key?

  init(
    _ factorization: JacobianFactorization, from memory: SolverMemory, _ method: DirectMethod,
    _ factors: ComponentWorkspace.SampleFactors?, _ key: KeptFactors.Key?
  ) {
    self.factorization = factorization
    self.memory = memory
    self.method = method
    self.factors = factors
    self.key = key
  }

  /// The factorization must not be used after this.
  func end() {
    if let factors, let key, factors.kept.keep(factorization, key, samples: factors.samples) {
      return
    }
    endInMemory()
  }

  /// The same where there is nothing worth keeping.
  func endInMemory() { memory.giveBack(factorization, method) }
}
