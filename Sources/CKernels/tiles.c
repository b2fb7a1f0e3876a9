#include "CKernels.h"

// Which entries of rows first..<first + rows belong where; BODY sees the entry e, its row r and its block b.
#define FOR_EACH_ENTRY(BODY)                                                                   \
  for (size_t r = first; r < first + rows; r++)                                                \
    for (int32_t e = matrix->begin[r]; e < matrix->end[r]; e++) {                              \
      const uint32_t column = (uint32_t)(matrix->columns[e] - first_column);                   \
      const size_t b = column >> column_shift;                                                 \
      BODY                                                                                     \
    }

void ck_count_tile(const ck_rows *matrix, size_t first, size_t rows, int32_t first_column,
                   unsigned column_shift, size_t blocks, int32_t *counts) {
  for (size_t b = 0; b < blocks; b++) counts[b] = 0;
  FOR_EACH_ENTRY(counts[b]++;)
}

void ck_place_tile(const ck_rows *matrix, size_t first, size_t rows, int32_t first_column,
                   unsigned column_shift, int32_t *cursors, uint32_t *places) {
  const uint32_t mask = ((uint32_t)1 << column_shift) - 1;
  FOR_EACH_ENTRY(places[cursors[b]++] = (column & mask) << 16 | (uint32_t)(r - first);)
}

void ck_fill_tile(const ck_rows *matrix, size_t first, size_t rows, int32_t first_column,
                  unsigned column_shift, int32_t *cursors, double *values) {
  FOR_EACH_ENTRY(values[cursors[b]++] = matrix->values[e];)
}
