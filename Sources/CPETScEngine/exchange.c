#ifdef CYCLOGRAD_PETSC
#include "CPETScEngine.h"
#include "failure.h"

#include <stdlib.h>

struct cpe_exchange {
  Vec own, extended;
  VecScatter scatter;
};

int cpe_exchange_create(int own, const int32_t *indices, const int32_t *places, int count, int extent,
                        cpe_exchange **result) {
  cpe_exchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) return 1;
  *result = exchange;
  CPE_TRY(VecCreateMPIWithArray(PETSC_COMM_WORLD, 1, own, PETSC_DETERMINE, NULL, &exchange->own));
  CPE_TRY(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, extent, NULL, &exchange->extended));
  PetscInt *from, *to;
  CPE_TRY(PetscMalloc2(count, &from, count, &to));
  for (int i = 0; i < count; i++) from[i] = indices[i], to[i] = places[i];
  IS sources, targets;
  CPE_TRY(ISCreateGeneral(PETSC_COMM_SELF, count, from, PETSC_COPY_VALUES, &sources));
  CPE_TRY(ISCreateGeneral(PETSC_COMM_SELF, count, to, PETSC_COPY_VALUES, &targets));
  CPE_TRY(PetscFree2(from, to));
  CPE_TRY(VecScatterCreate(exchange->own, sources, exchange->extended, targets, &exchange->scatter));
  CPE_TRY(ISDestroy(&sources));
  CPE_TRY(ISDestroy(&targets));
  return 0;
}

void cpe_exchange_destroy(cpe_exchange *exchange) {
  if (!exchange) return;
  VecScatterDestroy(&exchange->scatter);
  VecDestroy(&exchange->own);
  VecDestroy(&exchange->extended);
  free(exchange);
}

// A vector that is only read is lent as well: PETSc has no other way.
static int lend(cpe_exchange *exchange, const double *own, const double *extended) {
  CPE_TRY(VecPlaceArray(exchange->own, own));
  CPE_TRY(VecPlaceArray(exchange->extended, extended));
  return 0;
}

static int take_back(cpe_exchange *exchange) {
  CPE_TRY(VecResetArray(exchange->own));
  CPE_TRY(VecResetArray(exchange->extended));
  return 0;
}

int cpe_exchange_fetch(cpe_exchange *exchange, const double *own, double *extended) {
  if (lend(exchange, own, extended)) return 1;
  CPE_TRY(VecScatterBegin(exchange->scatter, exchange->own, exchange->extended, INSERT_VALUES,
                          SCATTER_FORWARD));
  CPE_TRY(VecScatterEnd(exchange->scatter, exchange->own, exchange->extended, INSERT_VALUES,
                        SCATTER_FORWARD));
  return take_back(exchange);
}

int cpe_exchange_add(cpe_exchange *exchange, const double *extended, double *own) {
  if (lend(exchange, own, extended)) return 1;
  CPE_TRY(VecScatterBegin(exchange->scatter, exchange->extended, exchange->own, ADD_VALUES,
                          SCATTER_REVERSE));
  CPE_TRY(VecScatterEnd(exchange->scatter, exchange->extended, exchange->own, ADD_VALUES, SCATTER_REVERSE));
  return take_back(exchange);
}
#endif
