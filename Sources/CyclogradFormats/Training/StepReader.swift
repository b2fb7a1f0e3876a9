import Cyclograd

/// Reads what a training file says about a step: loss, optimizer, learning rate, limits, groups.
struct StepReader {
  let fields: Fields

  /// Reads the loss, and the weights of its classes.
  func readLoss(into file: inout TrainingFile) throws {
    if let element = fields["loss"] { try LossReader(element: element).read(into: &file) }
    if let element = fields["class-weights"] {
      file.classWeights = try LossReader.weights(element)
      if file.isLossGiven, !file.lossTerms.isEmpty {
        throw element.failure(
          "weights of classes do not go with a sum of losses", advice: "give terms a 'weight'")
      }
      file.lossLocation = element.location
    }
    if let element = fields["label-smoothing"] {
      let amount = try element.number("'label-smoothing'")
      guard amount >= 0, amount < 1 else {
        throw element.failure(
          "'label-smoothing' must be at least 0 and below 1", code: .invalidValue)
      }
      if file.isLossGiven, !file.lossTerms.isEmpty {
        throw element.failure("smooth labels do not go with a sum of losses")
      }
      file.labelSmoothing = (amount, element.location)
    }
  }

  func read(into file: inout TrainingFile) throws {
    if let element = fields["gradient"] {
      file.options.gradient = try element.gradientKind()
    }
    file.options.optimizer = try optimizer()
    try fields.owner.checking { try file.options.validate() }
    let rate =
      try fields.atMostOne(of: ["rate", "lr"], in: "the training file")?.value
      ?? fields.required("rate", of: "the training file")
    file.options.learningRate = LearningRate(try rate.number("'rate'"))
    try rate.checking { try file.options.learningRate.validate() }
    if let element = fields["schedule"] { file.schedule = try schedule(element) }
    if let element = fields["warm-up"] {
      file.warmUp = try duration(element, "'warm-up'", isZeroAllowed: true)
    }
    if let element = fields["plateau"] {
      file.options.learningRate.plateau = try plateau(element)
      try element.checking { try file.options.learningRate.validate() }
    }
    if let element = fields["decay"] { file.options.decay = try Self.positive(element, "'decay'") }
    if let element = fields["clip"] {
      let clip = try element.fields("'clip'", keys: ["value", "norm"])
      guard clip["value"] != nil || clip["norm"] != nil else {
        throw element.failure("'clip' says no limit", advice: "give 'value', 'norm' or both")
      }
      file.options.valueLimit = try clip["value"]?.number("'value'")
      file.options.normLimit = try clip["norm"]?.number("'norm'")
      try element.checking { try file.options.validate() }
    }
    if let element = fields["moving-average"] {
      file.options.averageDecay = try element.number("'moving-average'")
      try element.checking { try file.options.validate() }
    }
    file.options.groups += try Self.groups(fields["groups"])
    for element in try fields["balls"]?.list("'balls'") ?? [] {
      file.options.balls.append(try Self.ball(element))
    }
    try readNormalisations(into: &file)
    for element in try fields["regularise"]?.list("'regularise'") ?? [] {
      file.options.regularisers.append(try RegulariserReader.read(element))
    }
    try fields["regularise"]?.checking { try file.options.validate() }
    if let element = fields["warm-start"] {
      file.options.warmStart = try element.word("warm start", among: Self.warmStarts)
    }
    if let element = fields["not-converged"] {
      file.options.failures = try element.word("policy", among: Self.policies)
    }
  }

  private static let warmStarts: KeyValuePairs<String, TrainerOptions.WarmStart> = [
    "none": .none, "sample": .sample, "row": .row,
  ]
  private static let policies: KeyValuePairs<String, TrainerOptions.FailurePolicy> = [
    "skip": .skip, "stop": .stop,
  ]
  private static let nesterov: KeyValuePairs<String, Optimizer.Nesterov> = [
    "none": .none, "standard": .standard, "paper": .paper,
  ]
  private static let optimizers: KeyValuePairs<String, Optimizer> = [
    "sgd": .sgd(), "adam": .adam(), "adamw": .adamW(), "lbfgs": .lbfgs(),
    "gauss-newton": .newton(.gaussNewton), "newton": .newton(.hessian),
  ]

  /// A word, or a mapping from a word to constants.
  private func optimizer() throws -> Optimizer {
    let element = try fields.required("optimizer", of: "the training file")
    guard element.isMapping else {
      return try element.word("optimizer", among: Self.optimizers)
    }
    let names = Self.optimizers.map(\.key)
    let entry = try element.fields("'optimizer'", keys: names)
      .exactlyOne(of: names, in: "'optimizer'")
    let optimizer: Optimizer
    if entry.key == "lbfgs" {
      let constants = try entry.value.fields("'lbfgs'", keys: ["memory"])
      optimizer = .lbfgs(memory: try constants["memory"]?.integer("'memory'", in: 1...1000) ?? 10)
    } else if case .newton(let matrix, let iterations, let damping)? = Self.optimizers.first(
      where: { $0.key == entry.key })?.value
    {
      let constants = try entry.value.fields("'\(entry.key)'", keys: ["iterations", "damping"])
      optimizer = .newton(
        matrix,
        iterations: try constants["iterations"]?.integer(
          "'iterations'", in: 1...TrainingReader.most) ?? iterations,
        damping: try constants["damping"]?.number("'damping'") ?? damping)
    } else if entry.key == "sgd" {
      let constants = try entry.value.fields("'sgd'", keys: ["momentum", "nesterov"])
      if let element = constants["nesterov"], constants["momentum"] == nil {
        throw element.failure(
          "Nesterov's method needs a 'momentum'", advice: "give it, or leave 'nesterov' out")
      }
      optimizer = .sgd(
        momentum: try constants["momentum"]?.number("'momentum'") ?? 0,
        nesterov: try constants["nesterov"]?.word("form of Nesterov's method", among: Self.nesterov)
          ?? .none)
    } else {
      let constants = try entry.value.fields("'\(entry.key)'", keys: ["beta1", "beta2", "epsilon"])
      let beta1 = try constants["beta1"]?.number("'beta1'") ?? 0.9
      let beta2 = try constants["beta2"]?.number("'beta2'") ?? 0.999
      let epsilon = try constants["epsilon"]?.number("'epsilon'") ?? 1e-8
      optimizer =
        entry.key == "adam"
        ? .adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
        : .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    }
    try entry.value.checking { try optimizer.validate() }
    return optimizer
  }

  private func schedule(_ element: Element) throws -> TrainingFile.Schedule {
    guard element.isMapping else {
      let name = try element.text("the schedule")
      guard name == "constant" else {
        throw element.failure(
          "unknown schedule '\(name.shortened)'",
          advice: "give constant, {cosine: {to: 0.001}}, {exponential: {to: 0.001}} or "
            + "{step: {every: 5, factor: 0.5}}")
      }
      return .constant
    }
    let names = ["cosine", "exponential", "step"]
    let entry = try element.fields("'schedule'", keys: names)
      .exactlyOne(of: names, in: "'schedule'")
    if entry.key != "step" {
      let what = "'\(entry.key)'"
      let constants = try entry.value.fields(what, keys: ["to", "epochs"])
      let to = try constants.required("to", of: what)
      let end = try Self.positive(to, "'to'")
      let epochs = try constants["epochs"].map { try duration($0, "'epochs'") }
      if entry.key == "cosine" { return .cosine(end: end, epochs: epochs) }
      guard end > 0 else { throw to.failure("'to' must be positive", code: .invalidValue) }
      return .exponential(end: end, epochs: epochs)
    }
    let constants = try entry.value.fields("'step'", keys: ["every", "factor"])
    let factor = try constants.required("factor", of: "'step'")
    let value = try factor.number("'factor'")
    guard value > 0 else { throw factor.failure("'factor' must be positive", code: .invalidValue) }
    return .step(
      every: try duration(try constants.required("every", of: "'step'"), "'every'"), factor: value)
  }

  private func plateau(_ element: Element) throws -> LearningRate.Plateau {
    let fields = try element.fields(
      "'plateau'", keys: ["factor", "patience", "threshold", "cooldown", "smallest-factor"])
    var rule = LearningRate.Plateau()
    if let value = fields["factor"] { rule.factor = try value.number("'factor'") }
    if let value = fields["patience"] {
      rule.patience = try value.integer("'patience'", in: 0...TrainingReader.most)
    }
    if let value = fields["threshold"] { rule.threshold = try value.number("'threshold'") }
    if let value = fields["cooldown"] {
      rule.cooldown = try value.integer("'cooldown'", in: 0...TrainingReader.most)
    }
    if let value = fields["smallest-factor"] {
      rule.smallestFactor = try value.number("'smallest-factor'")
    }
    return rule
  }

  /// The groups of parameters of a list.
  static func groups(_ element: Element?) throws -> [ParameterGroup] {
    try element?.list("'groups'").map(group) ?? []
  }

  private static func group(_ element: Element) throws -> ParameterGroup {
    let fields = try element.fields(
      "a group", keys: ["name", "kind", "from", "to", "rate", "decay", "frozen"])
    let selection = ParameterSelection(
      try fields["kind"]?.word(
        "kind", among: ["weights": ParameterSelection.Kind.weights, "biases": .biases]),
      from: try fields["from"]?.text("'from'"), to: try fields["to"]?.text("'to'"))
    return ParameterGroup(
      try fields.required("name", of: "a group").text("'name'"), selection,
      rateFactor: try fields["rate"].map { try positive($0, "'rate'") } ?? 1,
      decay: try fields["decay"].map { try positive($0, "'decay'") },
      isFrozen: try fields["frozen"]?.boolean("'frozen'") ?? false)
  }

  /// Takes what is normalised.
  func readNormalisations(into file: inout TrainingFile) throws {
    for element in try fields["normalise"]?.list("'normalise'") ?? [] {
      try normalisation(element, &file)
    }
  }

  private func normalisation(_ element: Element, _ file: inout TrainingFile) throws {
    let what = "a term of 'normalise'"
    let fields = try element.fields(
      what, keys: ["share", "from", "to", "t", "bound", "iterations", "always"])
    var rule = SpectralNormalisation(from: "", to: "")
    if let share = fields["share"] {
      for key in ["from", "to", "t"] {
        if let other = fields[key] { throw other.failure("give 'share', or 'from' and 'to'") }
      }
      file.steps.sharedNormalisations.append(
        (file.options.normalisations.count, try share.text("'share'"), share.location))
    } else {
      rule.source = try fields.required("from", of: what).text("'from'")
      rule.target = try fields.required("to", of: what).text("'to'")
    }
    if let bound = fields["bound"] {
      rule.bound = try bound.number("'bound'")
      guard rule.bound > 0 else {
        throw bound.failure("'bound' must be positive", code: .invalidValue)
      }
    }
    if let iterations = fields["iterations"] {
      rule.iterations =
        (try? iterations.text("'iterations'")) == "exact"
        ? nil : try iterations.integer("'iterations'", in: 1...1000)
    }
    rule.isAlways = try fields["always"]?.boolean("'always'") ?? false
    if let numbers = try fields["t"].map({ try RegulariserReader.range($0) }) {
      for block in TrajectoryPenalty.blocks(from: rule.source, to: rule.target, numbers) {
        (rule.source, rule.target) = (block.from, block.to)
        file.options.normalisations.append(rule)
      }
    } else {
      file.options.normalisations.append(rule)
    }
    try element.checking { try file.options.validate() }
  }

  static func ball(_ element: Element) throws -> RowBall {
    let fields = try element.fields("a ball", keys: ["radius", "from", "to"])
    let (from, to) = (try fields["from"]?.text("'from'"), try fields["to"]?.text("'to'"))
    let radius = try fields.required("radius", of: "a ball")
    let value = try radius.number("'radius'")
    guard value > 0 else { throw radius.failure("'radius' must be positive", code: .invalidValue) }
    return RowBall(
      radius: value,
      from == nil && to == nil ? nil : ParameterSelection(.weights, from: from, to: to))
  }

  private static func positive(_ element: Element, _ what: String) throws -> Double {
    let value = try element.number(what)
    guard value >= 0 else {
      throw element.failure("\(what) must not be negative", code: .invalidValue)
    }
    return value
  }

  /// A number of epochs, not necessarily whole.
  private func duration(
    _ element: Element, _ what: String, isZeroAllowed: Bool = false
  ) throws -> Double {
    let value = try element.number(what)
    guard value > 0 || isZeroAllowed && value == 0, value <= Double(TrainingReader.most) else {
      throw element.failure(
        "\(what) is a number of epochs and must be positive", code: .invalidValue)
    }
    return value
  }
}

extension Element {
  /// A kind of gradient, such as `semi` or `neumann:5`.
  func gradientKind() throws -> GradientKind {
    let name = try text("'gradient'")
    return try checking { try GradientKind.named(name) }
  }
}
