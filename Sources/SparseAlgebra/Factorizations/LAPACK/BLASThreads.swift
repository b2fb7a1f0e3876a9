import COpenBLAS

/// Parallelism is the callers': they run one factorization per thread. Threads of BLAS's own would
/// compete with those and make sums depend on the number of cores.
enum BLASThreads {
  private static let limitedToOne: Void = openblas_set_num_threads(1)

  /// Makes BLAS run on its callers' threads, once for the whole process.
  static func limitToOne() { limitedToOne }
}
