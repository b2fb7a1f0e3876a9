#include "CKernels.h"

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

// Numbers of a block of a vector, and of the blocks of all differences together.
enum { BLOCK = 512, ROOM = 8 * ck_most_differences };

// Shorter where there are many differences, so that all blocks together stay in the nearest cache.
static size_t block_length(size_t count) {
  size_t length = count > 0 ? ROOM / count / 8 * 8 : BLOCK;
  return length < BLOCK ? length : BLOCK;
}

typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));

#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))

INLINE double eight(const double *v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

#define LOOPS "mixing_loops.h"
#include "instruction_sets.h"

void ck_mixing_keep(size_t begin, size_t end, double *x, const double *r, double *kept_x,
                    double *kept_r, int is_plain, double *largest, double *squares) {
  CHOOSE(mixing_keep)(begin, end, x, r, kept_x, kept_r, is_plain, largest, squares);
}

void ck_mixing_products(size_t begin, size_t end, const double *const *r, size_t count,
                        size_t fresh, double scale, double *products, double *projection) {
  CHOOSE(mixing_products)(begin, end, r, count, fresh, scale, products, projection);
}

void ck_mixing_update(size_t begin, size_t end, double *x, const double *const *kept_x,
                      const double *const *kept_r, const double *coefficients, size_t count,
                      double *largest) {
  CHOOSE(mixing_update)(begin, end, x, kept_x, kept_r, coefficients, count, largest);
}
