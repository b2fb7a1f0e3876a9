#if PETSc
  import CyclogradCommand

  Programs.cyclogradMPI()
#else
  print("cyclograd-mpi: this build has no PETSc; build with --traits default,PETSc")
#endif
