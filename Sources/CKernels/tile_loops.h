// Products with a matrix in tiles, included by product_loops.h.
//
// Rows of random lengths are hard to foresee, and vectors that outgrow the caches are slow to fetch from at random. A tile's
// loop ends seldom, and what it fetches and adds to stays in the nearest caches.

// How many entries ahead their values and places are asked for.
#define AHEAD 256

// y[row] += value · x[column] for the entries of one block, and where it is asked for size[row] += |value · x[column]|.
INLINE void NAME(block_sums)(const ck_tiles *t, size_t block, const double *restrict x,
                             double *restrict y, double *restrict size, const int transposed,
                             const int measures) {
  const uint32_t *restrict places = t->places;
  const double *restrict values = t->values;
  size_t e = (size_t)t->starts[block];
  const size_t stop = (size_t)t->starts[block + 1];
#define ADD(e)                                                                     \
  {                                                                                \
    const uint32_t place = places[e];                                              \
    const size_t row = transposed ? place >> 16 : place & 0xFFFF;                  \
    const size_t column = transposed ? place & 0xFFFF : place >> 16;               \
    const double product = values[e] * x[column];                                  \
    y[row] += product;                                                             \
    if (measures) size[row] += magnitude(product);                                 \
  }
  for (; e + 8 <= stop; e += 8) {
    __builtin_prefetch(values + e + AHEAD);
    __builtin_prefetch(places + e + 2 * AHEAD);
    UNROLL for (size_t k = 0; k < 8; k++) ADD(e + k)
  }
  for (; e < stop; e++) ADD(e)
#undef ADD
}

// The same for all entries of the rows first..<first + rows.
INLINE void NAME(tile_sums)(const ck_tiles *t, size_t first, size_t rows, const double *x,
                            double *y, double *size, const int measures) {
  const size_t height = (size_t)1 << t->row_shift, width = (size_t)1 << t->column_shift;
  x += t->first;
  for (size_t start = first; start < first + rows; start += height) {
    if (!t->is_transposed) {
      const size_t block = (start >> t->row_shift) * t->blocks;
      for (size_t b = 0; b < t->blocks; b++)
        NAME(block_sums)(t, block + b, x + b * width, y + start, size + start, 0, measures);
      continue;
    }
    const size_t begin = start >> t->column_shift;
    size_t end = (start + height) >> t->column_shift;
    if (end > t->blocks) end = t->blocks;
    for (size_t top = 0; top < t->order; top += height) {
      const size_t block = (top >> t->row_shift) * t->blocks;
      for (size_t b = begin; b < end; b++)
        NAME(block_sums)(t, block + b, x + top, y + b * width, size + b * width, 1, measures);
    }
  }
}

// sum = start + the products of the rows first..<first + rows.
INLINE void NAME(tiled_products)(const ck_tiles *t, size_t first, size_t rows, const double *x,
                                 const double *start, double *sum) {
  for (size_t r = first; r < first + rows; r++) sum[r] = start[r] + 0.0;
  NAME(tile_sums)(t, first, rows, x, sum, sum, 0);
}

// The same for a step, whose sizes start with |z| + |drive|.
INLINE void NAME(tiled_drive)(const ck_tiles *t, size_t first, size_t rows, const double *x,
                              const double *drive, const double *z, double *sum,
                              const int measures) {
  if (!measures) {
    NAME(tiled_products)(t, first, rows, x, drive, sum);
    return;
  }
  for (size_t r = first; r < first + rows; r++) {
    t->sizes[r] = magnitude(z[r]) + magnitude(drive[r]);
    sum[r] = drive[r] + 0.0;
  }
  NAME(tile_sums)(t, first, rows, x, sum, t->sizes, 1);
}

#undef AHEAD
