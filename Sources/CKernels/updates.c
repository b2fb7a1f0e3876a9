#include "CKernels.h"

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t Mask __attribute__((vector_size(64)));

#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))
#define select(mask, a, b) ((Vector)(((Mask)(a) & (mask)) | ((Mask)(b) & ~(mask))))

#define LOOPS "update_loops.h"
#include "instruction_sets.h"

double ck_sum_of_squares(size_t n, const double *g, double cut) {
  return CHOOSE(sum_of_squares)(n, g, cut);
}

size_t ck_descend(const ck_update *u, size_t n, const double *w, const double *g, double *result) {
  return CHOOSE(descend)(u, n, w, g, result);
}

size_t ck_descend_momentum(const ck_update *u, double momentum, int looks_ahead, size_t n,
                           const double *w, const double *g, double *velocity, double *result) {
  return CHOOSE(descend_momentum)(u, momentum, looks_ahead, n, w, g, velocity, result);
}

size_t ck_adam(const ck_update *u, const ck_moments *moments, size_t n, const double *w,
               const double *g, double *mean, double *square, double *result) {
  return CHOOSE(adam)(u, moments, n, w, g, mean, square, result);
}
