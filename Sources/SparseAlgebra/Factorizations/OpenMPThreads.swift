#if GPLSolvers
  import Glibc

  /// CHOLMOD's supernodal code opens OpenMP regions of its own, of up to four threads, whatever
  /// BLAS was told.
  enum OpenMPThreads {
    private typealias Getter = @convention(c) () -> Int32
    private typealias Setter = @convention(c) (Int32) -> Void

    // Looked up by name, because a CHOLMOD built without OpenMP comes without its runtime library.
    private static let activeLevels: (get: Getter, set: Setter)? = {
      guard let get = dlsym(nil, "omp_get_max_active_levels"),
        let set = dlsym(nil, "omp_set_max_active_levels")
      else { return nil }
      return (unsafeBitCast(get, to: Getter.self), unsafeBitCast(set, to: Setter.self))
    }()

    /// Runs the body with all parallel regions of this thread reduced to this thread.
    static func limitedToOne<Result>(_ body: () -> Result) -> Result {
      guard let activeLevels else { return body() }
      let before = activeLevels.get()
      activeLevels.set(0)
      defer { activeLevels.set(before) }
      return body()
    }
  }
#endif
