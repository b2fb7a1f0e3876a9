internal import CKernels

/// The instruction sets that kernels are compiled for; what comes out is the same, bit for bit.
package enum InstructionSet: Int32, CaseIterable, Sendable {
  /// What every processor of the architecture has.
  case baseline
  case avx2
  case avx512

  /// Lets kernels use no wider one than this, whatever the processor has: for tests of each.
  package static func limit(to widest: InstructionSet) { ck_limit_instructions(widest.rawValue) }
}
