#include "CKernels.h"

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

enum { BLOCK = 512 };

typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));

#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))

INLINE double eight(const double *v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

#define LOOPS "mixing_loops.h"
#include "instruction_sets.h"

void ck_mixing_store(size_t begin, size_t end, const double *x, const double *r, double *last_x,
                     double *last_r, double *const *columns, double *const *moves, size_t count,
                     size_t row, double *gram, double *projection, double *largest) {
  CHOOSE(mixing_store)
  (begin, end, x, r, last_x, last_r, columns, moves, count, row, gram, projection, largest);
}

void ck_mixing_update(size_t begin, size_t end, double *x, const double *r, const double *last_x,
                      double *const *moves, const double *coefficients, size_t count,
                      double *largest) {
  CHOOSE(mixing_update)(begin, end, x, r, last_x, moves, coefficients, count, largest);
}
