// The loops over matrix entries, included by products.c once for each instruction set, under names
// that end in SUFFIX.
//
// Every row's sum has one order: its start, then its entries one after the other, product by product, without
// fused operations. So it comes out the same for one sample and for several, for rows alone, in groups and in
// bundles. A start of −0 counts as 0; a sum is never −0 then, and a product with a padded 0 changes nothing.

// start + Σ values[e] · x[columns[e]], and where it is asked for size + Σ |values[e] · x[columns[e]]|.
INLINE double NAME(row_sum)(const ck_rows *m, size_t r, const double *restrict x, double start,
                            double *size, const int measures) {
  const int32_t *restrict columns = m->columns;
  const double *restrict values = m->values;
  int32_t e = m->begin[r], stop = m->end[r];
  double sum = start + 0.0, sizes = *size;
  if (m->places) {
    for (; e < stop; e++) {
      double product = values[m->places[e]] * x[columns[e]];
      sum += product;
      if (measures) sizes += magnitude(product);
    }
  } else {
    // Rows are short; the entries some rows ahead are fetched while these are summed.
    __builtin_prefetch(values + e + 768);
    __builtin_prefetch(values + e + 776);
    __builtin_prefetch(columns + e + 1536);
    for (; e < stop; e++) {
      double product = values[e] * x[columns[e]];
      sum += product;
      if (measures) sizes += magnitude(product);
    }
  }
  *size = sizes;
  return sum;
}

INLINE size_t NAME(row)(const ck_rows *m, size_t place) {
  return m->order ? (size_t)m->order[place] : place;
}

INLINE size_t NAME(length)(const ck_rows *m, size_t r) {
  return m->begin[r] < m->end[r] ? (size_t)(m->end[r] - m->begin[r]) : 0;
}

// Columns ascend, so a row without gaps is known by its ends.
INLINE int NAME(is_contiguous)(const int32_t *columns, int32_t begin, int32_t end) {
  return end - begin >= 8 && columns[end - 1] - columns[begin] == end - begin - 1;
}

// Whether the rows r..<r + count have the same columns, without gaps.
INLINE int NAME(are_dense)(const ck_rows *m, size_t r, size_t count) {
  const int32_t *c = m->columns;
  if (m->places || m->order || !NAME(is_contiguous)(c, m->begin[r], m->end[r])) return 0;
  const int32_t n = m->end[r] - m->begin[r], first = c[m->begin[r]];
  for (size_t k = 1; k < count; k++) {
    int32_t begin = m->begin[r + k], end = m->end[r + k];
    if (end - begin != n || c[begin] != first || c[end - 1] != first + n - 1) return 0;
  }
  return 1;
}

// MARK: Several samples, 8 · vectors lanes

// How many rows are summed together where they are long, so that no addition waits for the one before.
#define TOGETHER 4

#define UNROLL _Pragma("clang loop unroll(full)")

INLINE void NAME(lanes_sum)(const ck_rows *m, int32_t begin, int32_t end,
                            const double *restrict x, Vector *total, Vector *total_size,
                            const size_t vectors, const int measures) {
  const size_t lanes = 8 * vectors;
  const int32_t *restrict columns = m->columns, *restrict places = m->places;
  const double *restrict values = m->values;
  Vector sum[MAX_VECTORS], size[MAX_VECTORS];
  UNROLL for (size_t v = 0; v < vectors; v++) {
    sum[v] = total[v];
    if (measures) size[v] = total_size[v];
  }
  for (int32_t e = begin; e < end; e++) {
    const double value = values[places ? places[e] : e];
    const double *a = x + (size_t)columns[e] * lanes;
    UNROLL for (size_t v = 0; v < vectors; v++) {
      Vector product = value * load(a + 8 * v);
      sum[v] += product;
      if (measures) size[v] += absolute(product);
    }
  }
  UNROLL for (size_t v = 0; v < vectors; v++) {
    total[v] = sum[v];
    if (measures) total_size[v] = size[v];
  }
}

// The same for TOGETHER rows r[k], whose first n entries are summed in step. `is_dense`: they have the same columns, without
// gaps.
INLINE void NAME(lanes_sums)(const ck_rows *m, const size_t *r, size_t n, const double *restrict x,
                             Vector *total, Vector *total_size, const size_t vectors,
                             const int measures, const int is_dense) {
  const size_t lanes = 8 * vectors;
  const int32_t *restrict places = m->places;
  const double *restrict values = m->values;
  Vector sum[TOGETHER * MAX_VECTORS], size[TOGETHER * MAX_VECTORS];
  size_t first[TOGETHER];
  UNROLL for (size_t k = 0; k < TOGETHER; k++) first[k] = (size_t)m->begin[r[k]];
  UNROLL for (size_t i = 0; i < TOGETHER * vectors; i++) {
    sum[i] = total[i];
    if (measures) size[i] = total_size[i];
  }
  if (is_dense) {
    const double *a = x + (size_t)m->columns[first[0]] * lanes;
    for (size_t i = 0; i < n; i++, a += lanes) {
      Vector right[MAX_VECTORS];
      UNROLL for (size_t v = 0; v < vectors; v++) right[v] = load(a + 8 * v);
      UNROLL for (size_t k = 0; k < TOGETHER; k++) {
        const double value = values[first[k] + i];
        UNROLL for (size_t v = 0; v < vectors; v++) {
          Vector product = value * right[v];
          sum[k * vectors + v] += product;
          if (measures) size[k * vectors + v] += absolute(product);
        }
      }
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      UNROLL for (size_t k = 0; k < TOGETHER; k++) {
        const size_t e = first[k] + i;
        const double value = values[places ? (size_t)places[e] : e];
        const double *a = x + (size_t)m->columns[e] * lanes;
        UNROLL for (size_t v = 0; v < vectors; v++) {
          Vector product = value * load(a + 8 * v);
          sum[k * vectors + v] += product;
          if (measures) size[k * vectors + v] += absolute(product);
        }
      }
    }
  }
  UNROLL for (size_t i = 0; i < TOGETHER * vectors; i++) {
    total[i] = sum[i];
    if (measures) total_size[i] = size[i];
  }
}

// Sums of `count` rows, one or TOGETHER, from place i on: sum and size have their starts on entry.
INLINE void NAME(group_sums)(const ck_rows *m, const size_t *r, size_t count,
                             const double *restrict x, Vector *sum, Vector *size,
                             const size_t vectors, const int measures) {
  for (size_t k = 0; k < count * vectors; k++) sum[k] += 0.0;
  size_t shared = 0;
  if (count == TOGETHER) {
    shared = NAME(length)(m, r[0]);
    for (size_t k = 1; k < TOGETHER; k++) {
      size_t n = NAME(length)(m, r[k]);
      shared = n < shared ? n : shared;
    }
    if (shared < 8)
      shared = 0;
    else if (NAME(are_dense)(m, r[0], TOGETHER))
      NAME(lanes_sums)(m, r, shared, x, sum, size, vectors, measures, 1);
    else
      NAME(lanes_sums)(m, r, shared, x, sum, size, vectors, measures, 0);
  }
  for (size_t k = 0; k < count; k++) {
    const int32_t begin = m->begin[r[k]] + (int32_t)shared, end = m->end[r[k]];
    NAME(lanes_sum)(m, begin, end, x, sum + k * vectors, size + k * vectors, vectors, measures);
  }
}

// MARK: One sample

// Eight rows with the same columns, without gaps: blocks of 8 × 8 are transposed, so that each column is a vector.
INLINE void NAME(dense_sums)(const ck_rows *m, size_t r, const double *restrict x, Vector *total,
                             Vector *total_size, const int measures) {
  const size_t n = NAME(length)(m, r);
  const double *restrict right = x + m->columns[m->begin[r]];
  const double *row[8];
  for (size_t k = 0; k < 8; k++) row[k] = m->values + m->begin[r + k];
  Vector sum = *total, size = *total_size;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    Vector pairs[8], quads[8], column[8];
    for (int k = 0; k < 4; k++) {
      Vector a = load(row[2 * k] + i), b = load(row[2 * k + 1] + i);
      pairs[2 * k] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
      pairs[2 * k + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int h = 0; h < 2; h++)
      for (int k = 0; k < 2; k++) {
        Vector a = pairs[4 * h + k], b = pairs[4 * h + 2 + k];
        quads[4 * h + k] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
        quads[4 * h + 2 + k] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
      }
    for (int k = 0; k < 4; k++) {
      column[k] = __builtin_shufflevector(quads[k], quads[4 + k], 0, 1, 2, 3, 8, 9, 10, 11);
      column[4 + k] = __builtin_shufflevector(quads[k], quads[4 + k], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int k = 0; k < 8; k++) {
      Vector product = column[k] * right[i + (size_t)k];
      sum += product;
      if (measures) size += absolute(product);
    }
  }
  for (; i < n; i++) {
    Vector column = {row[0][i], row[1][i], row[2][i], row[3][i],
                     row[4][i], row[5][i], row[6][i], row[7][i]};
    Vector product = column * right[i];
    sum += product;
    if (measures) size += absolute(product);
  }
  *total = sum;
  *total_size = size;
}

static int NAME(gathers)(void) {
#ifdef GATHERS
  return 1;
#else
  return 0;
#endif
}

// x[c[0]], … x[c[7]]
INLINE void NAME(gather)(const double *restrict x, const int32_t *restrict c, Vector *result) {
#ifdef GATHERS
  *result = (Vector)_mm512_i32gather_pd(_mm256_loadu_si256((const __m256i *)c), x, 8);
#else
  *result = (Vector){x[c[0]], x[c[1]], x[c[2]], x[c[3]], x[c[4]], x[c[5]], x[c[6]], x[c[7]]};
#endif
}

// total += the products of a bundle's slots with x, slot by slot.
INLINE void NAME(bundle_sum)(const ck_bundles *b, size_t i, const double *restrict x,
                             Vector *total, Vector *total_size, const int measures) {
  const int32_t *restrict column = b->columns + b->first_columns[i];
  const double *restrict value = b->values + 8 * (size_t)b->slots[i];
  const size_t count = (size_t)(b->slots[i + 1] - b->slots[i]);
  Vector sum = *total, size = *total_size;
#define ADD(factor)                                   \
  for (size_t s = 0; s < count; s++) {                \
    Vector product = load(value + 8 * s) * (factor);  \
    sum += product;                                   \
    if (measures) size += absolute(product);          \
  }
  switch (b->kinds[i]) {
    case ck_diagonals: ADD(load(x + column[s])) break;
    case ck_columns: ADD(x[column[s]]) break;
    default:
      for (size_t s = 0; s < count; s++) {
        // Into all caches: what is fetched past the second one, as for data that is read once, comes from the third again
        // in the next sweep, which takes twice as long.
        __builtin_prefetch(value + 8 * s + 256);
        if (s % 2 == 0) __builtin_prefetch(column + 8 * s + 512);
        Vector a;
        NAME(gather)(x, column + 8 * s, &a);
        Vector product = load(value + 8 * s) * a;
        sum += product;
        if (measures) size += absolute(product);
      }
  }
#undef ADD
  *total = sum;
  *total_size = size;
}

// start += the sums of eight places from i on, and size += those of magnitudes.
INLINE void NAME(eight_sums)(const ck_rows *m, size_t i, const double *restrict x, Vector *start,
                             Vector *size, const int measures) {
  const ck_bundles *b = m->bundles;
  *start += 0.0;
  if (b && i % 8 == 0 && b->slots[i / 8] < b->slots[i / 8 + 1]) {
    NAME(bundle_sum)(b, i / 8, x, start, size, measures);
    return;
  }
  if (NAME(are_dense)(m, i, 8)) {
    NAME(dense_sums)(m, i, x, start, size, measures);
    return;
  }
  double sum[8], sizes[8];
  store(sum, *start);
  store(sizes, *size);
  for (size_t k = 0; k < 8; k++)
    sum[k] = NAME(row_sum)(m, NAME(row)(m, i + k), x, sum[k], sizes + k, measures);
  *start = load(sum);
  *size = load(sizes);
}

// The numbers of eight places from i on.
INLINE void NAME(fetch)(const ck_rows *m, size_t i, const double *v, Vector *value) {
  const int32_t *o = m->order;
  if (!o) {
    *value = load(v + i);
    return;
  }
  o += i;
  *value = (Vector){v[o[0]], v[o[1]], v[o[2]], v[o[3]], v[o[4]], v[o[5]], v[o[6]], v[o[7]]};
}

INLINE void NAME(put)(const ck_rows *m, size_t i, const Vector *value, double *v) {
  if (!m->order) {
    store(v + i, *value);
    return;
  }
  for (int k = 0; k < 8; k++) v[m->order[i + (size_t)k]] = (*value)[k];
}

INLINE double NAME(largest_of)(const Vector *v) {
  double most = 0;
  for (int k = 0; k < 8; k++) most = (*v)[k] > most ? (*v)[k] : most;
  return most;
}

INLINE double NAME(taint_of)(const Vector *v) {
  double taint = 0;
  for (int k = 0; k < 8; k++) taint += (*v)[k];
  return taint;
}

INLINE void NAME(largest)(Vector *most, const Vector *value) {
  *most = select(*value > *most, *value, *most);
}

// |r| over the size of what it is the sum of, which may have overflowed where the sum has not: it counts as the largest number
// then, so that no residual vanishes against it.
INLINE double NAME(relative_to)(double moved, double scale, double least) {
  scale = scale < DBL_MAX ? scale : DBL_MAX;
  return moved / (scale > least ? scale : least);
}

INLINE void NAME(relatives)(const Vector *moved, const Vector *scale, const Vector *least,
                            Vector *result) {
  const Vector most = {DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX};
  Vector size = select(*scale < most, *scale, most);
  *result = *moved / select(size > *least, size, *least);
}

#include "tile_loops.h"

// MARK: Products

INLINE void NAME(lane_products)(const ck_rows *m, size_t first, size_t rows, const double *x,
                                double *y, const size_t vectors) {
  Vector sum[TOGETHER * MAX_VECTORS], size[TOGETHER * MAX_VECTORS];
  for (size_t i = first; i < first + rows;) {
    const size_t count = i + TOGETHER <= first + rows ? TOGETHER : 1;
    size_t r[TOGETHER];
    for (size_t k = 0; k < count; k++) {
      r[k] = NAME(row)(m, i + k);
      for (size_t v = 0; v < vectors; v++)
        sum[k * vectors + v] = load(y + 8 * (r[k] * vectors + v));
    }
    NAME(group_sums)(m, r, count, x, sum, size, vectors, 0);
    for (size_t k = 0; k < count; k++)
      for (size_t v = 0; v < vectors; v++)
        store(y + 8 * (r[k] * vectors + v), sum[k * vectors + v]);
    i += count;
  }
}

static void NAME(product)(const ck_rows *m, size_t first, size_t rows, const double *x, double *y,
                          size_t lanes) {
  if (lanes == 1 && m->tiles) {
    NAME(tiled_products)(m->tiles, first, rows, x, y, y);
  } else if (lanes == 8) {
    NAME(lane_products)(m, first, rows, x, y, 1);
  } else if (lanes == 16) {
    NAME(lane_products)(m, first, rows, x, y, 2);
  } else {
    size_t i = first;
    double none = 0;
    Vector nothing = {0};
    for (; i + 8 <= first + rows; i += 8) {
      Vector sum;
      NAME(fetch)(m, i, y, &sum);
      NAME(eight_sums)(m, i, x, &sum, &nothing, 0);
      NAME(put)(m, i, &sum, y);
    }
    for (; i < first + rows; i++) {
      const size_t r = NAME(row)(m, i);
      y[r] = NAME(row_sum)(m, r, x, y[r], &none, 0);
    }
  }
}

// MARK: Steps

INLINE void NAME(step_rows)(const ck_rows *m, size_t first, size_t rows, const double *x,
                            const double *drive, const double *z, double *next,
                            const ck_change *result, const double least, const int measures,
                            const int tiled) {
  if (tiled) NAME(tiled_drive)(m->tiles, first, rows, x, drive, z, next, measures);
  double change = 0, size = 0, error = 0, taint = 0;
  Vector changes = {0}, sizes = {0}, errors = {0}, taints = {0};
  Vector floor = {least, least, least, least, least, least, least, least};
  size_t i = first;
  for (; i + 8 <= first + rows; i += 8) {
    Vector old, sum, scale = {0};
    if (tiled) {
      old = load(z + i);
      sum = load(next + i);
      if (measures) scale = load(m->tiles->sizes + i);
    } else {
      NAME(fetch)(m, i, z, &old);
      NAME(fetch)(m, i, drive, &sum);
      if (measures) scale = absolute(old) + absolute(sum);
      NAME(eight_sums)(m, i, x, &sum, &scale, measures);
    }
    Vector moved = absolute(sum - old), now = absolute(sum);
    NAME(largest)(&changes, &moved);
    NAME(largest)(&sizes, &now);
    taints += moved * 0;
    if (measures) {
      Vector relative;
      NAME(relatives)(&moved, &scale, &floor, &relative);
      NAME(largest)(&errors, &relative);
    }
    if (!tiled) NAME(put)(m, i, &sum, next);
  }
  for (; i < first + rows; i++) {
    const size_t r = tiled ? i : NAME(row)(m, i);
    double old = z[r], sum, scale;
    if (tiled) {
      sum = next[r];
      if (measures) scale = m->tiles->sizes[r];
    } else {
      scale = magnitude(old) + magnitude(drive[r]);
      sum = NAME(row_sum)(m, r, x, drive[r], &scale, measures);
    }
    double moved = magnitude(sum - old), now = magnitude(sum);
    change = moved > change ? moved : change;
    size = now > size ? now : size;
    taint += moved * 0;
    if (measures) {
      double relative = NAME(relative_to)(moved, scale, least);
      error = relative > error ? relative : error;
    }
    next[r] = sum;
  }
  double all = NAME(largest_of)(&changes);
  change = all > change ? all : change;
  all = NAME(largest_of)(&sizes);
  size = all > size ? all : size;
  taint += NAME(taint_of)(&taints);
  *result->change = change + taint;
  *result->size = size;
  if (measures) {
    all = NAME(largest_of)(&errors);
    *result->error = (all > error ? all : error) + taint;
  }
}

INLINE void NAME(lane_steps)(const ck_rows *m, size_t first, size_t rows, const double *x,
                             const double *drive, const double *z, const int64_t *running,
                             double *next, const ck_change *result, const double *least,
                             const size_t vectors, const int measures) {
  Vector changes[MAX_VECTORS], sizes[MAX_VECTORS], errors[MAX_VECTORS], taints[MAX_VECTORS];
  Vector floor[MAX_VECTORS];
  Mask mask[MAX_VECTORS];
  for (size_t v = 0; v < vectors; v++) {
    changes[v] = sizes[v] = errors[v] = taints[v] = (Vector){0};
    mask[v] = *(const UnalignedMask *)(running + 8 * v);
    if (measures) floor[v] = load(least + 8 * v);
  }
  Vector sum[TOGETHER * MAX_VECTORS], scale[TOGETHER * MAX_VECTORS];
  for (size_t i = first; i < first + rows;) {
    const size_t count = i + TOGETHER <= first + rows ? TOGETHER : 1;
    size_t r[TOGETHER];
    for (size_t k = 0; k < count; k++) {
      r[k] = NAME(row)(m, i + k);
      for (size_t v = 0; v < vectors; v++) {
        const size_t place = 8 * (r[k] * vectors + v);
        sum[k * vectors + v] = load(drive + place);
        if (measures)
          scale[k * vectors + v] = absolute(load(z + place)) + absolute(sum[k * vectors + v]);
      }
    }
    NAME(group_sums)(m, r, count, x, sum, scale, vectors, measures);
    for (size_t k = 0; k < count; k++)
      for (size_t v = 0; v < vectors; v++) {
        const size_t place = 8 * (r[k] * vectors + v);
        Vector old = load(z + place), now = sum[k * vectors + v];
        Vector moved = absolute(now - old), much = absolute(now);
        NAME(largest)(&changes[v], &moved);
        NAME(largest)(&sizes[v], &much);
        taints[v] += moved * 0;
        if (measures) {
          Vector relative;
          NAME(relatives)(&moved, &scale[k * vectors + v], &floor[v], &relative);
          NAME(largest)(&errors[v], &relative);
        }
        store(next + place, select(mask[v], now, old));
      }
    i += count;
  }
  for (size_t v = 0; v < vectors; v++) {
    store(result->change + 8 * v, changes[v] + taints[v]);
    store(result->size + 8 * v, sizes[v]);
    if (measures) store(result->error + 8 * v, errors[v] + taints[v]);
  }
}

static void NAME(step)(const ck_rows *m, size_t first, size_t rows, const double *x,
                       const double *drive, const double *z, const int64_t *running, double *next,
                       const ck_change *result, const double *least, size_t lanes) {
  if (lanes == 1 && m->tiles) {
    if (result->error)
      NAME(step_rows)(m, first, rows, x, drive, z, next, result, *least, 1, 1);
    else
      NAME(step_rows)(m, first, rows, x, drive, z, next, result, 0, 0, 1);
  } else if (lanes == 1) {
    if (result->error)
      NAME(step_rows)(m, first, rows, x, drive, z, next, result, *least, 1, 0);
    else
      NAME(step_rows)(m, first, rows, x, drive, z, next, result, 0, 0, 0);
  } else if (lanes == 8) {
    if (result->error)
      NAME(lane_steps)(m, first, rows, x, drive, z, running, next, result, least, 1, 1);
    else
      NAME(lane_steps)(m, first, rows, x, drive, z, running, next, result, least, 1, 0);
  } else {
    if (result->error)
      NAME(lane_steps)(m, first, rows, x, drive, z, running, next, result, least, 2, 1);
    else
      NAME(lane_steps)(m, first, rows, x, drive, z, running, next, result, least, 2, 0);
  }
}

INLINE void NAME(adjoint_rows)(const ck_rows *m, size_t first, size_t rows, const double *x,
                               const double *source, const double *slope, const double *d,
                               double *next, double *largest, double *scale,
                               const int tiled) {
  if (tiled) NAME(tiled_products)(m->tiles, first, rows, x, source, next);
  double most = 0, taint = 0, widest = 0, none = 0;
  Vector mosts = {0}, taints = {0}, widests = {0}, nothing = {0};
  size_t i = first;
  for (; i + 8 <= first + rows; i += 8) {
    Vector sum, factor, old;
    if (tiled) {
      sum = load(next + i);
      factor = load(slope + i);
      old = load(d + i);
    } else {
      NAME(fetch)(m, i, source, &sum);
      NAME(fetch)(m, i, slope, &factor);
      NAME(fetch)(m, i, d, &old);
      NAME(eight_sums)(m, i, x, &sum, &nothing, 0);
    }
    Vector now = factor * sum;
    Vector change = absolute(old - now), a = absolute(old), b = absolute(now);
    NAME(largest)(&mosts, &change);
    taints += change * 0;
    NAME(largest)(&widests, &a);
    NAME(largest)(&widests, &b);
    if (tiled)
      store(next + i, now);
    else
      NAME(put)(m, i, &now, next);
  }
  for (; i < first + rows; i++) {
    const size_t r = tiled ? i : NAME(row)(m, i);
    const double sum = tiled ? next[r] : NAME(row_sum)(m, r, x, source[r], &none, 0);
    double now = slope[r] * sum, old = d[r];
    double change = magnitude(old - now), a = magnitude(old), b = magnitude(now);
    most = change > most ? change : most;
    taint += change * 0;
    a = a > b ? a : b;
    widest = a > widest ? a : widest;
    next[r] = now;
  }
  double all = NAME(largest_of)(&mosts);
  most = all > most ? all : most;
  all = NAME(largest_of)(&widests);
  widest = all > widest ? all : widest;
  taint += NAME(taint_of)(&taints);
  *largest = most + taint;
  *scale = widest;
}

INLINE void NAME(lane_adjoint_rows)(const ck_rows *m, size_t first, size_t rows, const double *x,
                                    const double *source, const double *slope, const double *d,
                                    const int64_t *running, double *next, double *largest,
                                    double *scale, const size_t vectors) {
  Vector most[MAX_VECTORS], taint[MAX_VECTORS], widest[MAX_VECTORS];
  Mask mask[MAX_VECTORS];
  for (size_t v = 0; v < vectors; v++) {
    most[v] = taint[v] = widest[v] = (Vector){0};
    mask[v] = *(const UnalignedMask *)(running + 8 * v);
  }
  Vector sum[TOGETHER * MAX_VECTORS], nothing[TOGETHER * MAX_VECTORS];
  for (size_t i = first; i < first + rows;) {
    const size_t count = i + TOGETHER <= first + rows ? TOGETHER : 1;
    size_t r[TOGETHER];
    for (size_t k = 0; k < count; k++) {
      r[k] = NAME(row)(m, i + k);
      for (size_t v = 0; v < vectors; v++)
        sum[k * vectors + v] = load(source + 8 * (r[k] * vectors + v));
    }
    NAME(group_sums)(m, r, count, x, sum, nothing, vectors, 0);
    for (size_t k = 0; k < count; k++)
      for (size_t v = 0; v < vectors; v++) {
        const size_t place = 8 * (r[k] * vectors + v);
        Vector now = sum[k * vectors + v] * load(slope + place), old = load(d + place);
        Vector change = absolute(old - now), a = absolute(old), b = absolute(now);
        NAME(largest)(&most[v], &change);
        taint[v] += change * 0;
        NAME(largest)(&widest[v], &a);
        NAME(largest)(&widest[v], &b);
        store(next + place, select(mask[v], now, old));
      }
    i += count;
  }
  for (size_t v = 0; v < vectors; v++) {
    store(largest + 8 * v, most[v] + taint[v]);
    store(scale + 8 * v, widest[v]);
  }
}

static void NAME(adjoint_step)(const ck_rows *m, size_t first, size_t rows, const double *x,
                               const double *source, const double *slope, const double *d,
                               const int64_t *running, double *next, double *largest,
                               double *scale, size_t lanes) {
  if (lanes == 1 && m->tiles)
    NAME(adjoint_rows)(m, first, rows, x, source, slope, d, next, largest, scale, 1);
  else if (lanes == 1)
    NAME(adjoint_rows)(m, first, rows, x, source, slope, d, next, largest, scale, 0);
  else if (lanes == 8)
    NAME(lane_adjoint_rows)
  (m, first, rows, x, source, slope, d, running, next, largest, scale, 1);
  else
    NAME(lane_adjoint_rows)
  (m, first, rows, x, source, slope, d, running, next, largest, scale, 2);
}

static void NAME(transposed_product)(const ck_rows *m, size_t rows, const double *restrict x,
                                     double *restrict y) {
  const int32_t *restrict columns = m->columns;
  const double *restrict values = m->values;
  for (size_t r = 0; r < rows; r++) {
    double factor = x[r];
    if (factor == 0) continue;
    int32_t e = m->begin[r], stop = m->end[r];
    if (NAME(is_contiguous)(columns, e, stop)) {
      double *target = y + columns[e];
      const double *value = values + e;
      size_t n = (size_t)(stop - e);
      for (size_t i = 0; i < n; i++) target[i] += value[i] * factor;
      continue;
    }
    for (; e < stop; e++) y[columns[e]] += values[e] * factor;
  }
}

// MARK: Outer products

INLINE double NAME(sum)(const double *v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// The last numbers of n of which n % 8 are not in whole vectors; what stands before these counts as 0.
INLINE void NAME(tail)(const double *v, size_t n, const Mask *kept, Vector *result) {
  *result = (Vector)((Mask)load(v + n - 8) & *kept);
}

INLINE void NAME(tail_mask)(size_t n, Mask *kept) {
  for (int k = 0; k < 8; k++) (*kept)[k] = (size_t)k >= 8 - n % 8 ? -1 : 0;
}

// Σ x[i] y[i]; the order of the sum depends on n alone.
INLINE double NAME(dot)(const double *restrict x, const double *restrict y, size_t n) {
  Vector first = {0}, second = {0};
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    first += load(x + i) * load(y + i);
    second += load(x + i + 8) * load(y + i + 8);
  }
  if (i + 8 <= n) {
    first += load(x + i) * load(y + i);
    i += 8;
  }
  double rest = 0;
  if (i < n && n >= 8) {
    Mask kept;
    Vector a, b;
    NAME(tail_mask)(n, &kept);
    NAME(tail)(x, n, &kept, &a);
    NAME(tail)(y, n, &kept, &b);
    second += a * b;
  } else {
    for (; i < n; i++) rest += x[i] * y[i];
  }
  double partial[8];
  store(partial, first + second);
  return NAME(sum)(partial) + rest;
}

// The sums of eight vectors, each in the order of sum().
INLINE void NAME(sums)(const Vector *v, Vector *result) {
  Vector halves[4];
  for (int i = 0; i < 4; i++) {
    Vector a = v[2 * i], b = v[2 * i + 1];
    halves[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +
                __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
  Vector pairs[2];
  for (int i = 0; i < 2; i++) {
    Vector a = halves[2 * i], b = halves[2 * i + 1];
    pairs[i] = __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13) +
               __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15);
  }
  *result = __builtin_shufflevector(pairs[0], pairs[1], 0, 2, 4, 6, 8, 10, 12, 14) +
            __builtin_shufflevector(pairs[0], pairs[1], 1, 3, 5, 7, 9, 11, 13, 15);
}

// The products of one vector with eight others, each in the order of dot().
INLINE void NAME(dots)(const double *restrict x, const double *const *y, size_t n, double factor,
                       double *restrict result) {
  Vector first[8], second[8];
  for (int k = 0; k < 8; k++) first[k] = second[k] = (Vector){0};
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    Vector a = load(x + i), b = load(x + i + 8);
    for (int k = 0; k < 8; k++) {
      first[k] += a * load(y[k] + i);
      second[k] += b * load(y[k] + i + 8);
    }
  }
  if (i + 8 <= n) {
    Vector a = load(x + i);
    for (int k = 0; k < 8; k++) first[k] += a * load(y[k] + i);
    i += 8;
  }
  double rest[8] = {0};
  if (i < n && n >= 8) {
    Mask kept;
    Vector a;
    NAME(tail_mask)(n, &kept);
    NAME(tail)(x, n, &kept, &a);
    for (int k = 0; k < 8; k++) {
      Vector b;
      NAME(tail)(y[k], n, &kept, &b);
      second[k] += a * b;
    }
  } else {
    for (; i < n; i++)
      for (int k = 0; k < 8; k++) rest[k] += x[i] * y[k][i];
  }
  for (int k = 0; k < 8; k++) first[k] += second[k];
  Vector sum;
  NAME(sums)(first, &sum);
  store(result, factor * (sum + load(rest)));
}

// Sets results of entries, or adds them to their targets.
INLINE void NAME(deliver)(const ck_targets *t, size_t e, double value, double *restrict result) {
  if (!t->targets)
    result[e] = value;
  else
    result[t->targets[e]] += t->factors ? value * t->factors[e] : value;
}

static void NAME(outer_product)(const ck_rows *m, size_t rows, const double *restrict u,
                                const double *restrict x, size_t samples, double factor,
                                const ck_targets *t, double *restrict result) {
  if (samples == 1) {
    for (size_t r = 0; r < rows; r++) {
      double left = factor * u[r];
      int32_t e = m->begin[r], stop = m->end[r];
      if (t->targets)
        for (; e < stop; e++) NAME(deliver)(t, (size_t)e, left * x[m->columns[e]], result);
      else
        for (; e < stop; e++) result[e] = left * x[m->columns[e]];
    }
    return;
  }
  for (size_t r = 0; r < rows; r++) {
    const double *left = u + r * samples;
    int32_t e = m->begin[r], stop = m->end[r];
    for (; e + 8 <= stop; e += 8) {
      const double *right[8];
      for (int k = 0; k < 8; k++) right[k] = x + (size_t)m->columns[e + k] * samples;
      if (!t->targets) {
        NAME(dots)(left, right, samples, factor, result + e);
        continue;
      }
      double values[8];
      NAME(dots)(left, right, samples, factor, values);
      for (int k = 0; k < 8; k++) NAME(deliver)(t, (size_t)(e + k), values[k], result);
    }
    for (; e < stop; e++) {
      const double value = factor * NAME(dot)(left, x + (size_t)m->columns[e] * samples, samples);
      NAME(deliver)(t, (size_t)e, value, result);
    }
  }
}

#undef TOGETHER
#undef UNROLL
