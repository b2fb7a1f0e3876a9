import Cyclograd

/// The backends of some names that this build has; those of the trait GPLSolvers may be left out.
func built(_ names: [String]) -> [String] {
  names.filter { name in GradientBackend.available.contains { $0.name == name } }
}

/// Whether UMFPACK and CHOLMOD are there.
let hasGPLSolvers = built(["umfpack", "cholmod"]).count == 2
