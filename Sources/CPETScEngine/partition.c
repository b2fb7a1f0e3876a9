#ifdef CYCLOGRAD_PETSC
#include "CPETScEngine.h"
#include "failure.h"

#include <string.h>

const char *cpe_partition_refusal(void) {
#ifdef PETSC_HAVE_PTSCOTCH
  return NULL;
#else
  return "this PETSc is built without PT-Scotch";
#endif
}

int cpe_partition(int own, const int32_t *row_starts, const int32_t *columns, const int32_t *weights,
                  int32_t *destinations) {
  PetscInt *starts, *neighbours, *costs, total = own;
  const PetscInt count = row_starts[own];
  MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD);
  // The graph and the partitioning take these over.
  CPE_TRY(PetscMalloc1(own + 1, &starts));
  CPE_TRY(PetscMalloc1(count + 1, &neighbours));
  CPE_TRY(PetscMalloc1(own + 1, &costs));
  memcpy(starts, row_starts, (size_t)(own + 1) * sizeof *starts);
  memcpy(neighbours, columns, (size_t)count * sizeof *neighbours);
  memcpy(costs, weights, (size_t)own * sizeof *costs);
  Mat graph;
  MatPartitioning partitioning;
  IS result;
  CPE_TRY(MatCreateMPIAdj(PETSC_COMM_WORLD, own, total, starts, neighbours, NULL, &graph));
  CPE_TRY(MatPartitioningCreate(PETSC_COMM_WORLD, &partitioning));
  CPE_TRY(MatPartitioningSetAdjacency(partitioning, graph));
  CPE_TRY(MatPartitioningSetType(partitioning, MATPARTITIONINGPTSCOTCH));
  CPE_TRY(MatPartitioningSetVertexWeights(partitioning, costs));
  CPE_TRY(MatPartitioningApply(partitioning, &result));
  const PetscInt *indices;
  CPE_TRY(ISGetIndices(result, &indices));
  memcpy(destinations, indices, (size_t)own * sizeof *destinations);
  CPE_TRY(ISRestoreIndices(result, &indices));
  CPE_TRY(ISDestroy(&result));
  CPE_TRY(MatPartitioningDestroy(&partitioning));
  CPE_TRY(MatDestroy(&graph));
  return 0;
}
#endif
