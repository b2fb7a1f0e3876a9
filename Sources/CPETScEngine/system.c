#ifdef CYCLOGRAD_PETSC
#include "CPETScEngine.h"
#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cpe_system {
  int own;
  MPI_Comm processes;
  cpe_product multiply, multiply_transposed;
  void *context;
  Mat shell, matrix;
  Vec b, x;
  KSP solver;
  char method[128];
  char refusal[256];
};

static PetscErrorCode apply(Mat shell, Vec x, Vec y, int is_transposed) {
  cpe_system *system;
  const PetscScalar *in;
  PetscScalar *out;
  PetscFunctionBeginUser;
  PetscCall(MatShellGetContext(shell, &system));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(y, &out));
  (is_transposed ? system->multiply_transposed : system->multiply)(system->context, in, out);
  PetscCall(VecRestoreArray(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(0);
}

static PetscErrorCode multiply(Mat shell, Vec x, Vec y) { return apply(shell, x, y, 0); }
static PetscErrorCode multiply_transposed(Mat shell, Vec x, Vec y) { return apply(shell, x, y, 1); }

int cpe_system_create(int own, cpe_product product, cpe_product transposed, void *context,
                      int is_alone, cpe_system **result) {
  cpe_system *system = calloc(1, sizeof *system);
  if (!system) return 1;
  *result = system;
  system->own = own;
  system->processes = is_alone ? PETSC_COMM_SELF : PETSC_COMM_WORLD;
  system->multiply = product;
  system->multiply_transposed = transposed;
  system->context = context;
  CPE_TRY(MatCreateShell(system->processes, own, own, PETSC_DETERMINE, PETSC_DETERMINE, system,
                         &system->shell));
  CPE_TRY(MatShellSetOperation(system->shell, MATOP_MULT, (void (*)(void))multiply));
  CPE_TRY(MatShellSetOperation(system->shell, MATOP_MULT_TRANSPOSE, (void (*)(void))multiply_transposed));
  CPE_TRY(VecCreateMPIWithArray(system->processes, 1, own, PETSC_DETERMINE, NULL, &system->b));
  CPE_TRY(VecCreateMPIWithArray(system->processes, 1, own, PETSC_DETERMINE, NULL, &system->x));
  CPE_TRY(KSPCreate(system->processes, &system->solver));
  CPE_TRY(KSPSetOperators(system->solver, system->shell, system->shell));
  CPE_TRY(KSPSetType(system->solver, KSPGMRES));
  CPE_TRY(KSPGMRESSetRestart(system->solver, 30));
  PC preconditioner;
  CPE_TRY(KSPGetPC(system->solver, &preconditioner));
  CPE_TRY(PCSetType(preconditioner, PCNONE));
  CPE_TRY(KSPSetFromOptions(system->solver));
  return 0;
}

void cpe_system_destroy(cpe_system *system) {
  if (!system) return;
  KSPDestroy(&system->solver);
  MatDestroy(&system->shell);
  MatDestroy(&system->matrix);
  VecDestroy(&system->b);
  VecDestroy(&system->x);
  free(system);
}

static const char *preconditioner_name(cpe_system *system) {
  PC preconditioner;
  PCType type = NULL;
  if (KSPGetPC(system->solver, &preconditioner) || PCGetType(preconditioner, &type) || !type) return "none";
  return type;
}

int cpe_system_needs_matrix(cpe_system *system) { return strcmp(preconditioner_name(system), PCNONE) != 0; }

const char *cpe_system_refusal(cpe_system *system) {
  const char *name = preconditioner_name(system);
  const char *good[] = {PCNONE, PCBJACOBI, PCASM, PCGAMG};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    if (!strcmp(name, good[i])) return NULL;
  const char *why = "its transposed application has not been tried against a dense solver";
  if (!strcmp(name, PCLU) || !strcmp(name, PCCHOLESKY)) {
    PC preconditioner;
    MatSolverType factorization = NULL;
    if (!KSPGetPC(system->solver, &preconditioner) &&
        !PCFactorGetMatSolverType(preconditioner, &factorization) && factorization) {
      if (!strcmp(factorization, MATSOLVERMUMPS)) return NULL;
      name = factorization;
    }
    why = strcmp(name, MATSOLVERSUPERLU_DIST)
              ? "only MUMPS factors matrices that are spread over processes; give "
                "-pc_factor_mat_solver_type mumps"
              : "its transposed solutions in PETSc 3.18 are wrong, and are called converged";
  } else if (!strcmp(name, PCHYPRE)) {
    why = "its transposed solutions in PETSc 3.18 are wrong, and are called converged";
  }
  snprintf(system->refusal, sizeof system->refusal, "'%s': %s", name, why);
  return system->refusal;
}

int cpe_system_set_matrix(cpe_system *system, const int32_t *row_starts, const int32_t *columns,
                          const double *values) {
  PetscInt first, end;
  CPE_TRY(MatDestroy(&system->matrix));
  CPE_TRY(MatCreate(system->processes, &system->matrix));
  CPE_TRY(MatSetSizes(system->matrix, system->own, system->own, PETSC_DETERMINE, PETSC_DETERMINE));
  CPE_TRY(MatSetType(system->matrix, MATAIJ));
  CPE_TRY(VecGetOwnershipRange(system->b, &first, &end));
  PetscInt *within, *without;
  CPE_TRY(PetscCalloc2(system->own, &within, system->own, &without));
  for (int row = 0; row < system->own; row++)
    for (int32_t e = row_starts[row]; e < row_starts[row + 1]; e++)
      columns[e] >= first && columns[e] < end ? within[row]++ : without[row]++;
  CPE_TRY(MatMPIAIJSetPreallocation(system->matrix, 0, within, 0, without));
  CPE_TRY(MatSeqAIJSetPreallocation(system->matrix, 0, within));
  CPE_TRY(PetscFree2(within, without));
  for (int row = 0; row < system->own; row++) {
    PetscInt index = first + row;
    CPE_TRY(MatSetValues(system->matrix, 1, &index, row_starts[row + 1] - row_starts[row],
                         (const PetscInt *)columns + row_starts[row], values + row_starts[row],
                         INSERT_VALUES));
  }
  CPE_TRY(MatAssemblyBegin(system->matrix, MAT_FINAL_ASSEMBLY));
  CPE_TRY(MatAssemblyEnd(system->matrix, MAT_FINAL_ASSEMBLY));
  CPE_TRY(KSPSetOperators(system->solver, system->shell, system->matrix));
  return 0;
}

int cpe_system_solve(cpe_system *system, int is_transposed, double tolerance, int limit, const double *b,
                     double *x, int *iterations, int *reason) {
  CPE_TRY(VecPlaceArray(system->b, b));
  CPE_TRY(VecPlaceArray(system->x, x));
  CPE_TRY(KSPSetTolerances(system->solver, tolerance, PETSC_DEFAULT, PETSC_DEFAULT, limit));
  PetscErrorCode code = is_transposed ? KSPSolveTranspose(system->solver, system->b, system->x)
                                      : KSPSolve(system->solver, system->b, system->x);
  VecResetArray(system->b);
  VecResetArray(system->x);
  CPE_TRY(code);
  KSPConvergedReason found;
  PetscInt count;
  CPE_TRY(KSPGetConvergedReason(system->solver, &found));
  CPE_TRY(KSPGetIterationNumber(system->solver, &count));
  *reason = found;
  *iterations = (int)count;
  return 0;
}

const char *cpe_system_method(cpe_system *system) {
  KSPType type = NULL;
  KSPGetType(system->solver, &type);
  const char *preconditioner = preconditioner_name(system);
  const int is_plain = !strcmp(preconditioner, PCNONE);
  snprintf(system->method, sizeof system->method, "%s%s%s", type ? type : "gmres", is_plain ? "" : " with ",
           is_plain ? "" : preconditioner);
  return system->method;
}
#endif
