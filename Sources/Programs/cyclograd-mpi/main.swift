#if PETSc
  import CyclogradCommand

  Programs.cyclogradMPI()
#else
  import Foundation

  FileHandle.standardError.write(
    Data(
      "cyclograd-mpi: error: this build has no PETSc\nbuild with --traits default,PETSc (Docs/Distributed.md)\n"
        .utf8))
  exit(1)
#endif
