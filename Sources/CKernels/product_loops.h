// The loops over matrix entries, included by products.c once for each instruction set, under names
// that end in SUFFIX.

INLINE double NAME(sum)(const double *v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
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
  for (; i < n; i++) rest += x[i] * y[i];
  double partial[8];
  store(partial, first + second);
  return NAME(sum)(partial) + rest;
}

// Columns ascend, so a row without gaps is known by its ends.
INLINE int NAME(is_contiguous)(const int32_t *columns, int32_t begin, int32_t end) {
  return end - begin >= 8 && columns[end - 1] - columns[begin] == end - begin - 1;
}

// start + Σ values[e] · x[columns[e]]; the order of the sum depends on the row alone.
INLINE double NAME(row_sum)(const ck_rows *m, size_t r, const double *restrict x, double start) {
  const int32_t *restrict columns = m->columns;
  const double *restrict values = m->values;
  int32_t e = m->begin[r], stop = m->end[r];
  if (m->places) {
    for (; e < stop; e++) start += values[m->places[e]] * x[columns[e]];
    return start;
  }
  if (NAME(is_contiguous)(columns, e, stop))
    return start + NAME(dot)(values + e, x + columns[e], (size_t)(stop - e));
  // Rows are short; the entries some rows ahead are fetched while these are summed.
  __builtin_prefetch(values + e + 768);
  __builtin_prefetch(values + e + 776);
  __builtin_prefetch(columns + e + 1536);
  const int32_t *restrict c = columns + e;
  const double *restrict v = values + e;
  size_t n = e < stop ? (size_t)(stop - e) : 0, i = 0;
  double odd = 0;
  for (; i + 1 < n; i += 2) {
    start += v[i] * x[c[i]];
    odd += v[i + 1] * x[c[i + 1]];
  }
  if (i < n) start += v[i] * x[c[i]];
  return start + odd;
}

// The same for 8 · vectors lanes. Sums alternate between two accumulators, so that one addition need
// not wait for the other.
INLINE void NAME(lanes_sum)(const ck_rows *m, size_t r, const double *restrict x, Vector *sum,
                            const size_t vectors) {
  const size_t lanes = 8 * vectors;
  const int32_t *restrict columns = m->columns, *restrict places = m->places;
  const double *restrict values = m->values;
  Vector odd[MAX_VECTORS];
  for (size_t v = 0; v < vectors; v++) odd[v] = (Vector){0};
  int32_t e = m->begin[r], stop = m->end[r];
  for (; e + 1 < stop; e += 2) {
    double first = values[places ? places[e] : e], second = values[places ? places[e + 1] : e + 1];
    const double *a = x + (size_t)columns[e] * lanes, *b = x + (size_t)columns[e + 1] * lanes;
    for (size_t v = 0; v < vectors; v++) {
      sum[v] += first * load(a + 8 * v);
      odd[v] += second * load(b + 8 * v);
    }
  }
  if (e < stop) {
    double value = values[places ? places[e] : e];
    const double *a = x + (size_t)columns[e] * lanes;
    for (size_t v = 0; v < vectors; v++) sum[v] += value * load(a + 8 * v);
  }
  for (size_t v = 0; v < vectors; v++) sum[v] += odd[v];
}

INLINE size_t NAME(row)(const ck_rows *m, size_t place) {
  return m->order ? (size_t)m->order[place] : place;
}

INLINE void NAME(product_rows)(const ck_rows *m, size_t first, size_t rows, const double *x,
                               double *y, const size_t vectors) {
  for (size_t i = first; i < first + rows; i++) {
    const size_t r = NAME(row)(m, i);
    if (vectors == 0) {
      y[r] = NAME(row_sum)(m, r, x, y[r]);
      continue;
    }
    Vector sum[MAX_VECTORS];
    for (size_t v = 0; v < vectors; v++) sum[v] = load(y + 8 * (r * vectors + v));
    NAME(lanes_sum)(m, r, x, sum, vectors);
    for (size_t v = 0; v < vectors; v++) store(y + 8 * (r * vectors + v), sum[v]);
  }
}

static void NAME(product)(const ck_rows *m, size_t first, size_t rows, const double *x, double *y,
                          size_t lanes) {
  if (lanes == 1)
    NAME(product_rows)(m, first, rows, x, y, 0);
  else if (lanes == 8)
    NAME(product_rows)(m, first, rows, x, y, 1);
  else
    NAME(product_rows)(m, first, rows, x, y, 2);
}

INLINE void NAME(largest)(Vector *most, const Vector *value) {
  *most = select(*value > *most, *value, *most);
}

// total += the products of a bundle's slots with x. Sums go to four accumulators in turn.
INLINE void NAME(bundle_sum)(const ck_bundles *b, size_t i, const double *restrict x,
                             Vector *total) {
  Vector sum[4] = {*total, {0}, {0}, {0}};
  const int32_t *restrict column = b->columns + b->first_columns[i];
  const double *restrict value = b->values + 8 * (size_t)b->slots[i];
  const size_t count = (size_t)(b->slots[i + 1] - b->slots[i]);
  size_t s = 0;
  switch (b->kinds[i]) {
    case ck_diagonals:
      for (; s + 4 <= count; s += 4)
        for (size_t k = 0; k < 4; k++)
          sum[k] += load(value + 8 * (s + k)) * load(x + column[s + k]);
      for (; s < count; s++) sum[0] += load(value + 8 * s) * load(x + column[s]);
      break;
    case ck_columns:
      for (; s + 4 <= count; s += 4)
        for (size_t k = 0; k < 4; k++) sum[k] += load(value + 8 * (s + k)) * x[column[s + k]];
      for (; s < count; s++) sum[0] += load(value + 8 * s) * x[column[s]];
      break;
    default:
      for (; s < count; s++) {
        const int32_t *c = column + 8 * s;
        Vector a = {x[c[0]], x[c[1]], x[c[2]], x[c[3]], x[c[4]], x[c[5]], x[c[6]], x[c[7]]};
        sum[s % 2] += load(value + 8 * s) * a;
      }
  }
  *total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// start += the sums of eight places from i on.
INLINE void NAME(eight_sums)(const ck_rows *m, size_t i, const double *restrict x, Vector *start) {
  const ck_bundles *b = m->bundles;
  if (b && i % 8 == 0 && b->slots[i / 8] < b->slots[i / 8 + 1]) {
    NAME(bundle_sum)(b, i / 8, x, start);
    return;
  }
  double sum[8];
  store(sum, *start);
  for (size_t k = 0; k < 8; k++) sum[k] = NAME(row_sum)(m, NAME(row)(m, i + k), x, sum[k]);
  *start = load(sum);
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

INLINE void NAME(step_rows)(const ck_rows *m, size_t first, size_t rows, const double *x,
                            const double *drive, const double *z, const int64_t *running,
                            double *next, double *largest, const size_t vectors) {
  if (vectors == 0) {
    double most = 0, taint = 0;
    Vector widest = {0}, tainted = {0};
    const Vector one = {1, 1, 1, 1, 1, 1, 1, 1};
    size_t i = first;
    for (; i + 8 <= first + rows; i += 8) {
      Vector old, sum;
      NAME(fetch)(m, i, z, &old);
      NAME(fetch)(m, i, drive, &sum);
      NAME(eight_sums)(m, i, x, &sum);
      Vector size = absolute(old);
      Vector scaled = absolute(old - sum) / select(size > one, size, one);
      NAME(largest)(&widest, &scaled);
      tainted += scaled * 0;
      NAME(put)(m, i, &sum, next);
    }
    for (; i < first + rows; i++) {
      const size_t r = NAME(row)(m, i);
      double sum = NAME(row_sum)(m, r, x, drive[r]), old = z[r], size = magnitude(old);
      double scaled = magnitude(old - sum) / (size > 1 ? size : 1);
      most = scaled > most ? scaled : most;
      taint += scaled * 0;
      next[r] = sum;
    }
    double all = NAME(largest_of)(&widest);
    most = all > most ? all : most;
    taint += NAME(taint_of)(&tainted);
    *largest = most + taint;
    return;
  }
  Vector most[MAX_VECTORS], taint[MAX_VECTORS];
  Mask mask[MAX_VECTORS];
  const Vector one = {1, 1, 1, 1, 1, 1, 1, 1};
  for (size_t v = 0; v < vectors; v++) {
    most[v] = taint[v] = (Vector){0};
    mask[v] = *(const UnalignedMask *)(running + 8 * v);
  }
  for (size_t i = first; i < first + rows; i++) {
    const size_t r = NAME(row)(m, i);
    const size_t place = 8 * r * vectors;
    Vector sum[MAX_VECTORS];
    for (size_t v = 0; v < vectors; v++) sum[v] = load(drive + place + 8 * v);
    NAME(lanes_sum)(m, r, x, sum, vectors);
    for (size_t v = 0; v < vectors; v++) {
      Vector old = load(z + place + 8 * v), size = absolute(old);
      Vector scaled = absolute(old - sum[v]) / select(size > one, size, one);
      NAME(largest)(&most[v], &scaled);
      taint[v] += scaled * 0;
      store(next + place + 8 * v, select(mask[v], sum[v], old));
    }
  }
  for (size_t v = 0; v < vectors; v++) store(largest + 8 * v, most[v] + taint[v]);
}

static void NAME(step)(const ck_rows *m, size_t first, size_t rows, const double *x,
                       const double *drive, const double *z, const int64_t *running, double *next,
                       double *largest, size_t lanes) {
  if (lanes == 1)
    NAME(step_rows)(m, first, rows, x, drive, z, running, next, largest, 0);
  else if (lanes == 8)
    NAME(step_rows)(m, first, rows, x, drive, z, running, next, largest, 1);
  else
    NAME(step_rows)(m, first, rows, x, drive, z, running, next, largest, 2);
}

INLINE void NAME(adjoint_rows)(const ck_rows *m, size_t first, size_t rows, const double *x,
                               const double *source, const double *slope, const double *d,
                               const int64_t *running, double *next, double *largest,
                               double *scale, const size_t vectors) {
  if (vectors == 0) {
    double most = 0, taint = 0, widest = 0;
    Vector mosts = {0}, taints = {0}, widests = {0};
    size_t i = first;
    for (; i + 8 <= first + rows; i += 8) {
      Vector sum, factor, old;
      NAME(fetch)(m, i, source, &sum);
      NAME(fetch)(m, i, slope, &factor);
      NAME(fetch)(m, i, d, &old);
      NAME(eight_sums)(m, i, x, &sum);
      Vector now = factor * sum;
      Vector change = absolute(old - now), a = absolute(old), b = absolute(now);
      NAME(largest)(&mosts, &change);
      taints += change * 0;
      NAME(largest)(&widests, &a);
      NAME(largest)(&widests, &b);
      NAME(put)(m, i, &now, next);
    }
    for (; i < first + rows; i++) {
      const size_t r = NAME(row)(m, i);
      double now = slope[r] * NAME(row_sum)(m, r, x, source[r]), old = d[r];
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
    return;
  }
  Vector most[MAX_VECTORS], taint[MAX_VECTORS], widest[MAX_VECTORS];
  Mask mask[MAX_VECTORS];
  for (size_t v = 0; v < vectors; v++) {
    most[v] = taint[v] = widest[v] = (Vector){0};
    mask[v] = *(const UnalignedMask *)(running + 8 * v);
  }
  for (size_t i = first; i < first + rows; i++) {
    const size_t r = NAME(row)(m, i);
    const size_t place = 8 * r * vectors;
    Vector sum[MAX_VECTORS];
    for (size_t v = 0; v < vectors; v++) sum[v] = load(source + place + 8 * v);
    NAME(lanes_sum)(m, r, x, sum, vectors);
    for (size_t v = 0; v < vectors; v++) {
      Vector now = sum[v] * load(slope + place + 8 * v), old = load(d + place + 8 * v);
      Vector change = absolute(old - now), a = absolute(old), b = absolute(now);
      NAME(largest)(&most[v], &change);
      taint[v] += change * 0;
      NAME(largest)(&widest[v], &a);
      NAME(largest)(&widest[v], &b);
      store(next + place + 8 * v, select(mask[v], now, old));
    }
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
  if (lanes == 1)
    NAME(adjoint_rows)(m, first, rows, x, source, slope, d, running, next, largest, scale, 0);
  else if (lanes == 8)
    NAME(adjoint_rows)(m, first, rows, x, source, slope, d, running, next, largest, scale, 1);
  else
    NAME(adjoint_rows)(m, first, rows, x, source, slope, d, running, next, largest, scale, 2);
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
  for (int k = 0; k < 8; k++) first[k] += second[k];
  double rest[8] = {0};
  for (; i < n; i++)
    for (int k = 0; k < 8; k++) rest[k] += x[i] * y[k][i];
  Vector sum;
  NAME(sums)(first, &sum);
  store(result, factor * (sum + load(rest)));
}

static void NAME(outer_product)(const ck_rows *m, size_t rows, const double *restrict u,
                                const double *restrict x, size_t samples, double factor,
                                double *restrict result) {
  if (samples == 1) {
    for (size_t r = 0; r < rows; r++) {
      double left = factor * u[r];
      for (int32_t e = m->begin[r]; e < m->end[r]; e++) result[e] = left * x[m->columns[e]];
    }
    return;
  }
  for (size_t r = 0; r < rows; r++) {
    const double *left = u + r * samples;
    int32_t e = m->begin[r], stop = m->end[r];
    for (; e + 8 <= stop; e += 8) {
      const double *right[8];
      for (int k = 0; k < 8; k++) right[k] = x + (size_t)m->columns[e + k] * samples;
      NAME(dots)(left, right, samples, factor, result + e);
    }
    for (; e < stop; e++)
      result[e] = factor * NAME(dot)(left, x + (size_t)m->columns[e] * samples, samples);
  }
}
