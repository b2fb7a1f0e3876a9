#include "CKernels.h"

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t Mask __attribute__((vector_size(64)));
typedef int64_t UnalignedMask __attribute__((vector_size(64), aligned(8), may_alias));

#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))
#define select(mask, a, b) ((Vector)(((Mask)(a) & (mask)) | ((Mask)(b) & ~(mask))))
#define absolute(a) ((Vector)((Mask)(a) & 0x7FFFFFFFFFFFFFFF))
#define UNROLL _Pragma("clang loop unroll(full)")

#define LOOPS "lane_mixing_loops.h"
#include "instruction_sets.h"

void ck_mix_lanes(const ck_lane_mixing *mixing, size_t n, size_t used, size_t row,
                  const double *now, double *next, const int64_t *running, double *sizes,
                  size_t lanes) {
  switch (lanes) {
    case 1: CHOOSE(advance_one)(mixing, n, used, row, now, next, running, sizes); break;
    case 8: CHOOSE(advance_eight)(mixing, n, used, row, now, next, running, sizes); break;
    default: CHOOSE(advance_sixteen)(mixing, n, used, row, now, next, running, sizes);
  }
}
