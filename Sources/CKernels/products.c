#include "CKernels.h"

#include <float.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "numbers.h"

#pragma STDC FP_CONTRACT OFF

// Eight numbers; one, two or four registers, by the instruction set.
typedef double Vector __attribute__((vector_size(64)));
typedef double Unaligned __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t Mask __attribute__((vector_size(64)));
typedef int64_t UnalignedMask __attribute__((vector_size(64), aligned(8), may_alias));

#define MAX_VECTORS 2
#define load(p) (*(const Unaligned *)(p))
#define store(p, v) (*(Unaligned *)(p) = (v))
#define select(mask, a, b) ((Vector)(((Mask)(a) & (mask)) | ((Mask)(b) & ~(mask))))
#define absolute(a) ((Vector)((Mask)(a) & 0x7FFFFFFFFFFFFFFF))

// What becomes of each entry's number: it is set, or multiplied and added to another.
typedef struct {
  const int32_t *targets;
  const double *factors;
} ck_targets;

#define LOOPS "product_loops.h"
#include "instruction_sets.h"

int ck_gathers(void) { return CHOOSE(gathers)(); }

void ck_product(const ck_rows *matrix, size_t first, size_t rows, const double *x, double *y,
                size_t lanes) {
  CHOOSE(product)(matrix, first, rows, x, y, lanes);
}

void ck_step(const ck_rows *matrix, size_t first, size_t rows, const double *x,
             const double *drive, const double *z, const int64_t *running, double *next,
             const ck_change *result, const double *least, size_t lanes) {
  CHOOSE(step)(matrix, first, rows, x, drive, z, running, next, result, least, lanes);
}

void ck_adjoint_step(const ck_rows *matrix, size_t first, size_t rows, const double *x,
                     const double *source, const double *slope, const double *d,
                     const int64_t *running, double *next, double *largest, double *scale,
                     size_t lanes) {
  CHOOSE(adjoint_step)
  (matrix, first, rows, x, source, slope, d, running, next, largest, scale, lanes);
}

void ck_transposed_product(const ck_rows *matrix, size_t rows, const double *x, double *y) {
  CHOOSE(transposed_product)(matrix, rows, x, y);
}

void ck_outer_product(const ck_rows *matrix, size_t rows, const double *u, const double *x,
                      size_t samples, double factor, const int32_t *targets,
                      const double *factors, double *result) {
  const ck_targets all = {targets, factors};
  CHOOSE(outer_product)(matrix, rows, u, x, samples, factor, &all, result);
}

void ck_fill_bundles(const ck_rows *matrix, const int32_t *slots, const int32_t *first_entries,
                     const uint16_t *entry_slots, size_t first, size_t count, double *values) {
  for (size_t i = first; i < first + count; i++) {
    if (slots[i] == slots[i + 1]) continue;
    const int is_numbered = first_entries[i] == first_entries[i + 1];
    const uint16_t *slot = entry_slots + first_entries[i];
    double *target = values + 8 * (size_t)slots[i];
    for (size_t k = 0; k < 8; k++) {
      const size_t place = 8 * i + k;
      const size_t r = matrix->order ? (size_t)matrix->order[place] : place;
      for (int32_t e = matrix->begin[r]; e < matrix->end[r]; e++) {
        const size_t s = is_numbered ? (size_t)(e - matrix->begin[r]) : (size_t)*slot++;
        target[8 * s + k] = matrix->values[matrix->places ? matrix->places[e] : e];
      }
    }
  }
}
