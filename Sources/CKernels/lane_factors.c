#include "CKernels.h"

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t Mask __attribute__((vector_size(64)));

#define MAX_VECTORS 2
#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))
#define select(mask, a, b) ((Vector)(((Mask)(a) & (mask)) | ((Mask)(b) & ~(mask))))
#define absolute(a) ((Vector)((Mask)(a) & 0x7FFFFFFFFFFFFFFF))

#define LOOPS "lane_factor_loops.h"
#include "instruction_sets.h"

void ck_lane_factor(const ck_rows *matrix, const int32_t *neuron_of_unit, size_t units,
                    int32_t first_neuron, int32_t first_column,
                    const double *slope, size_t n, double *factor,
                    double *growth, size_t lanes) {
  if (lanes == 1)
    CHOOSE(lane_factor_1)(matrix, neuron_of_unit, units, first_neuron, first_column,
                          slope, n, factor, growth);
  else if (lanes == 8)
    CHOOSE(lane_factor_8)(matrix, neuron_of_unit, units, first_neuron, first_column,
                          slope, n, factor, growth);
  else
    CHOOSE(lane_factor_16)(matrix, neuron_of_unit, units, first_neuron, first_column,
                           slope, n, factor, growth);
}

void ck_lane_solve(const double *factor, size_t n, double *x, int is_transposed, size_t lanes) {
  if (lanes == 1)
    CHOOSE(lane_solve_1)(factor, n, x, is_transposed);
  else if (lanes == 8)
    CHOOSE(lane_solve_8)(factor, n, x, is_transposed);
  else
    CHOOSE(lane_solve_16)(factor, n, x, is_transposed);
}
