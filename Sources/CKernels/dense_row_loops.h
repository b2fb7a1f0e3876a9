// Loops over some rows of a dense matrix, included by dense_rows.c once for each instruction set, under names that end in
// SUFFIX.

INLINE const double *NAME(row_of)(const ck_dense_rows *m, size_t j) {
  return m->values + (size_t)m->places[j] * m->stride;
}

static void NAME(add_rows)(const ck_dense_rows *m, size_t count, const double *factors,
                           double *y) {
  size_t i = 0;
  for (; i + 32 <= m->width; i += 32) {
    Vector a = load(y + i), b = load(y + i + 8), c = load(y + i + 16), d = load(y + i + 24);
    for (size_t j = 0; j < count; j++) {
      const double factor = factors[j];
      const double *row = NAME(row_of)(m, j) + i;
      a += factor * load(row);
      b += factor * load(row + 8);
      c += factor * load(row + 16);
      d += factor * load(row + 24);
    }
    store(y + i, a);
    store(y + i + 8, b);
    store(y + i + 16, c);
    store(y + i + 24, d);
  }
  for (; i + 8 <= m->width; i += 8) {
    Vector a = load(y + i);
    for (size_t j = 0; j < count; j++) a += factors[j] * load(NAME(row_of)(m, j) + i);
    store(y + i, a);
  }
  for (; i < m->width; i++) {
    double sum = y[i];
    for (size_t j = 0; j < count; j++) sum += factors[j] * NAME(row_of)(m, j)[i];
    y[i] = sum;
  }
}

// Σ row[i] x[i] for `together` rows, in an order that depends on the width alone.
INLINE void NAME(products)(const ck_dense_rows *m, size_t first, const size_t together,
                           const double *x, double *y) {
  const double *row[4];
  Vector even[4], odd[4];
  double rest[4];
  for (size_t k = 0; k < together; k++) {
    row[k] = NAME(row_of)(m, first + k);
    even[k] = odd[k] = (Vector){0};
    rest[k] = 0;
  }
  size_t i = 0;
  for (; i + 16 <= m->width; i += 16) {
    const Vector a = load(x + i), b = load(x + i + 8);
    for (size_t k = 0; k < together; k++) {
      even[k] += a * load(row[k] + i);
      odd[k] += b * load(row[k] + i + 8);
    }
  }
  for (; i < m->width; i++)
    for (size_t k = 0; k < together; k++) rest[k] += x[i] * row[k][i];
  for (size_t k = 0; k < together; k++) {
    double part[8];
    store(part, even[k] + odd[k]);
    y[first + k] = (((part[0] + part[4]) + (part[2] + part[6])) +
                    ((part[1] + part[5]) + (part[3] + part[7]))) +
                   rest[k];
  }
}

static void NAME(row_products)(const ck_dense_rows *m, size_t count, const double *x, double *y) {
  size_t j = 0;
  for (; j + 4 <= count; j += 4) NAME(products)(m, j, 4, x, y);
  for (; j < count; j++) NAME(products)(m, j, 1, x, y);
}
