import Cyclograd

/// The parameters that requests are answered with; they may change at any time.
actor Model {
  private(set) var parameters: Parameters

  init(_ parameters: Parameters) { self.parameters = parameters }

  func replace(_ parameters: Parameters) { self.parameters = parameters }
}
