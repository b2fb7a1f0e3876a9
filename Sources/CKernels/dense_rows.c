#include "CKernels.h"

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));

#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))

#define LOOPS "dense_row_loops.h"
#include "instruction_sets.h"

void ck_add_rows(const ck_dense_rows *rows, size_t count, const double *factors, double *y) {
  CHOOSE(add_rows)(rows, count, factors, y);
}

void ck_row_products(const ck_dense_rows *rows, size_t count, const double *x, double *y) {
  CHOOSE(row_products)(rows, count, x, y);
}
