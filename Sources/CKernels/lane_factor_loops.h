// Dense LU factorizations of several small matrices side by side, included by lane_factors.c once for
// each instruction set, under names that end in SUFFIX.

// factor = I − Dᵀ W, row by row, then L with ones on its diagonal and U, whose diagonal is kept
// inverted. No rows are exchanged; growth is the largest |entry of L|, by which a lane's factor is
// judged.
INLINE void NAME(lane_factor_rows)(const ck_rows *m, const int32_t *neuron_of_unit, size_t units,
                                   int32_t first_neuron, int32_t first_column,
                                   const double *restrict slope, size_t n,
                                   double *restrict factor, double *restrict growth,
                                   const size_t vectors) {
  const size_t lanes = 8 * vectors, width = n * lanes;
  const Vector zero = {0}, one = {1, 1, 1, 1, 1, 1, 1, 1};
  for (size_t i = 0; i < n * width; i += 8) store(factor + i, zero);
  for (size_t i = 0; i < n; i++)
    for (size_t v = 0; v < vectors; v++) store(factor + i * width + i * lanes + 8 * v, one);
  for (size_t s = 0; s < units; s++) {
    double *row = factor + (size_t)(neuron_of_unit[s] - first_neuron) * width;
    Vector derivative[MAX_VECTORS];
    for (size_t v = 0; v < vectors; v++) derivative[v] = load(slope + s * lanes + 8 * v);
    for (int32_t e = m->begin[s]; e < m->end[s]; e++) {
      double value = m->values[m->places ? m->places[e] : e];
      double *entry = row + (size_t)(m->columns[e] - first_column) * lanes;
      for (size_t v = 0; v < vectors; v++)
        store(entry + 8 * v, load(entry + 8 * v) - value * derivative[v]);
    }
  }
  Vector most[MAX_VECTORS];
  for (size_t v = 0; v < vectors; v++) most[v] = zero;
  for (size_t p = 0; p < n; p++) {
    double *pivot_row = factor + p * width;
    for (size_t v = 0; v < vectors; v++) {
      double *pivot = pivot_row + p * lanes + 8 * v;
      store(pivot, one / load(pivot));
    }
    for (size_t i = p + 1; i < n; i++) {
      double *row = factor + i * width;
      for (size_t v = 0; v < vectors; v++) {
        Vector left = load(row + p * lanes + 8 * v) * load(pivot_row + p * lanes + 8 * v);
        store(row + p * lanes + 8 * v, left);
        Vector size = absolute(left);
        // NaN does not compare, and is kept.
        most[v] = select(size <= most[v], most[v], size);
        for (size_t j = p + 1; j < n; j++) {
          double *entry = row + j * lanes + 8 * v;
          store(entry, load(entry) - left * load(pivot_row + j * lanes + 8 * v));
        }
      }
    }
  }
  for (size_t v = 0; v < vectors; v++) store(growth + 8 * v, most[v]);
}

INLINE void NAME(lane_solve_rows)(const double *restrict factor, size_t n, double *restrict x,
                                  int is_transposed, const size_t vectors) {
  const size_t lanes = 8 * vectors, width = n * lanes;
  for (size_t v = 0; v < vectors; v++) {
    const double *f = factor + 8 * v;
    double *y = x + 8 * v;
    if (!is_transposed) {
      for (size_t i = 0; i < n; i++) {
        Vector sum = load(y + i * lanes);
        for (size_t j = 0; j < i; j++) sum -= load(f + i * width + j * lanes) * load(y + j * lanes);
        store(y + i * lanes, sum);
      }
      for (size_t i = n; i-- > 0;) {
        Vector sum = load(y + i * lanes);
        for (size_t j = i + 1; j < n; j++)
          sum -= load(f + i * width + j * lanes) * load(y + j * lanes);
        store(y + i * lanes, sum * load(f + i * width + i * lanes));
      }
    } else {
      for (size_t i = 0; i < n; i++) {
        Vector value = load(y + i * lanes) * load(f + i * width + i * lanes);
        store(y + i * lanes, value);
        for (size_t j = i + 1; j < n; j++)
          store(y + j * lanes, load(y + j * lanes) - load(f + i * width + j * lanes) * value);
      }
      for (size_t i = n; i-- > 0;) {
        Vector value = load(y + i * lanes);
        for (size_t j = 0; j < i; j++)
          store(y + j * lanes, load(y + j * lanes) - load(f + i * width + j * lanes) * value);
      }
    }
  }
}

// The same for one matrix, number by number as each lane above.
static void NAME(lane_factor_1)(const ck_rows *m, const int32_t *neuron_of_unit, size_t units,
                                int32_t first_neuron, int32_t first_column,
                                const double *slope, size_t n,
                                double *restrict factor, double *growth) {
  for (size_t i = 0; i < n * n; i++) factor[i] = 0;
  for (size_t i = 0; i < n; i++) factor[i * n + i] = 1;
  for (size_t s = 0; s < units; s++) {
    double *row = factor + (size_t)(neuron_of_unit[s] - first_neuron) * n;
    for (int32_t e = m->begin[s]; e < m->end[s]; e++)
      row[m->columns[e] - first_column] -= m->values[m->places ? m->places[e] : e] * slope[s];
  }
  double most = 0;
  for (size_t p = 0; p < n; p++) {
    double *restrict pivot_row = factor + p * n;
    pivot_row[p] = 1 / pivot_row[p];
    for (size_t i = p + 1; i < n; i++) {
      double *restrict row = factor + i * n;
      const double left = row[p] * pivot_row[p], size = magnitude(left);
      row[p] = left;
      most = size <= most ? most : size;
      for (size_t j = p + 1; j < n; j++) row[j] -= left * pivot_row[j];
    }
  }
  *growth = most;
}

static void NAME(lane_solve_1)(const double *restrict factor, size_t n, double *restrict x,
                               int is_transposed) {
  if (!is_transposed) {
    for (size_t i = 0; i < n; i++) {
      double sum = x[i];
      for (size_t j = 0; j < i; j++) sum -= factor[i * n + j] * x[j];
      x[i] = sum;
    }
    for (size_t i = n; i-- > 0;) {
      double sum = x[i];
      for (size_t j = i + 1; j < n; j++) sum -= factor[i * n + j] * x[j];
      x[i] = sum * factor[i * n + i];
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      const double value = x[i] * factor[i * n + i];
      x[i] = value;
      for (size_t j = i + 1; j < n; j++) x[j] -= factor[i * n + j] * value;
    }
    for (size_t i = n; i-- > 0;) {
      const double value = x[i];
      for (size_t j = 0; j < i; j++) x[j] -= factor[i * n + j] * value;
    }
  }
}

static void NAME(lane_factor_8)(const ck_rows *m, const int32_t *neuron_of_unit, size_t units,
                                int32_t first_neuron, int32_t first_column,
                                const double *slope, size_t n,
                                double *factor, double *growth) {
  NAME(lane_factor_rows)(m, neuron_of_unit, units, first_neuron, first_column,
                         slope, n, factor, growth, 1);
}

static void NAME(lane_factor_16)(const ck_rows *m, const int32_t *neuron_of_unit, size_t units,
                                 int32_t first_neuron, int32_t first_column,
                                 const double *slope, size_t n,
                                 double *factor, double *growth) {
  NAME(lane_factor_rows)(m, neuron_of_unit, units, first_neuron, first_column,
                         slope, n, factor, growth, 2);
}

static void NAME(lane_solve_8)(const double *factor, size_t n, double *x, int is_transposed) {
  NAME(lane_solve_rows)(factor, n, x, is_transposed, 1);
}

static void NAME(lane_solve_16)(const double *factor, size_t n, double *x, int is_transposed) {
  NAME(lane_solve_rows)(factor, n, x, is_transposed, 2);
}
