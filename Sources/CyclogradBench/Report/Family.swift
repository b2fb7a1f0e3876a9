import ArgumentParser

/// The families of the benchmark.
enum Family: String, CaseIterable, ExpressibleByArgument {
  case uniform, poisson
  case heavyTailed = "heavy-tailed"
  case local, critical, islands, batch, autoencoder, acyclic
  case sweeps, update, tax, direct, bandwidth, scale, reading, derivatives, python

  /// The races of a family; those that are measured otherwise have none.
  var entries: [Entry] {
    let loops: [Entry.Peer] = [.scipyCSR, .jax, .torchCSR]
    switch self {
    case .uniform:
      return [10_000, 100_000, 1_000_000].map { count in
        Entry(family: self, neurons: count, peers: loops) { try Families.uniform(count) }
      }
    case .poisson:
      return [10_000, 100_000, 1_000_000].map { count in
        Entry(family: self, neurons: count, peers: loops) { try Families.poisson(count) }
      }
    case .heavyTailed:
      return [10_000, 100_000, 1_000_000].map { count in
        Entry(family: self, neurons: count, peers: loops) { try Families.heavyTailed(count) }
      }
    case .local:
      return [10_000, 100_000, 1_000_000].map { count in
        Entry(
          family: self, neurons: count,
          peers: loops + (count <= 100_000 ? [.scipySuperLU, .pardiso] : [])
        ) { try Families.local(count) }
      }
    case .critical:
      return [
        Entry(family: self, neurons: 100_000, peers: loops + [.pardiso], target: 20) {
          try Families.critical(100_000)
        }
      ]
    case .islands:
      return [
        Entry(
          family: self, neurons: 100_000, peers: loops + [.scipySuperLU, .pardiso], target: 20
        ) { try Families.islands(2000, of: 50) }
      ]
    case .batch:
      return [
        Entry(family: self, neurons: 10_000, peers: loops) {
          try Families.uniform(10_000, samples: 64)
        }
      ]
    case .autoencoder:
      return Autoencoder.Version.allCases.flatMap { version in
        [Autoencoder.small(version), .large(version)].map { network in
          Entry(
            family: self, neurons: network.inputs, peers: [.torchDense], task: .training, target: 4
          ) { try network.problem() }
        }
      }
    case .acyclic:
      return [
        Entry(family: self, neurons: 30 * 1024, peers: [.scipyLayers]) {
          try Families.acyclic(layers: 30, width: 1024, degree: 32, samples: 1000)
        }
      ]
    case .sweeps, .update, .tax, .direct, .bandwidth, .scale, .reading, .python: return []
    case .derivatives:
      return [
        Entry(family: self, neurons: 10_000, peers: [.jaxHessian], task: .hessianProduct) {
          var problem = try Families.uniform(10_000)
          problem.name += ", Hessian"
          return problem
        }
      ]
    }
  }

  /// The networks whose sweeps are measured at every size.
  static let swept: [(family: Family, make: @Sendable (Int) throws -> Problem)] = [
    (.uniform, { try Families.uniform($0) }), (.poisson, { try Families.poisson($0) }),
    (.heavyTailed, { try Families.heavyTailed($0) }), (.local, { try Families.local($0) }),
  ]

  /// The figures of a family that is not a race.
  func measurements(_ settings: Settings) throws -> [Measurement] {
    switch self {
    case .update: try Reevaluation.measure(settings)
    case .tax: try [.v1, .v2].map { try ImplicitTax.measure($0, settings) }
    case .direct: try RawFactorization.measure(neurons: min(100_000, settings.largest), settings)
    case .bandwidth: [try Bandwidth.measure(neurons: min(1_000_000, settings.largest), settings)]
    case .scale:
      try Scale.measure(
        small: 100_000, large: max(100_000, min(10_000_000, 10 * settings.largest)), settings)
    case .derivatives: try SecondOrder.measure(neurons: min(10_000, settings.largest), settings)
    case .python: try FromPython.measure(neurons: min(1_000_000, settings.largest), settings)
    default: []
    }
  }
}
