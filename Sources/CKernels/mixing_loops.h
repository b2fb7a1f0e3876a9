// The loops of Anderson mixing, included by mixing.c once for each instruction set, under names that
// end in SUFFIX. They go through the vectors in blocks that stay in the cache.

static void NAME(mixing_store)(size_t begin, size_t n, const double *x, const double *r,
                               double *last_x, double *last_r, double *const *columns,
                               double *const *moves, size_t count, size_t row, double *gram,
                               double *projection, double *largest) {
  double *restrict dr = columns[row], *restrict move = moves[row];
  double most = 0;
  for (size_t j = 0; j < count; j++) gram[j] = projection[j] = 0;
  for (size_t first = begin; first < n; first += BLOCK) {
    size_t length = n - first < BLOCK ? n - first : BLOCK;
    for (size_t i = first; i < first + length; i++) {
      dr[i] = r[i] - last_r[i];
      move[i] = (x[i] - last_x[i]) - dr[i];
      last_r[i] = r[i];
      last_x[i] = x[i];
      double size = magnitude(r[i]);
      most = size > most ? size : most;
    }
    for (size_t j = 0; j < count; j++) {
      const double *other = columns[j];
      Vector a = {0}, b = {0};
      size_t i = first, end = first + length;
      for (; i + 8 <= end; i += 8) {
        Vector column = load(other + i);
        a += column * load(dr + i);
        b += column * load(r + i);
      }
      double sum[8], product[8];
      store(sum, a);
      store(product, b);
      for (; i < end; i++) {
        sum[0] += other[i] * dr[i];
        product[0] += other[i] * r[i];
      }
      gram[j] += eight(sum);
      projection[j] += eight(product);
    }
  }
  *largest = most;
}

static void NAME(mixing_update)(size_t begin, size_t n, double *x, const double *r,
                                const double *last_x, double *const *moves,
                                const double *coefficients, size_t count, double *largest) {
  double most = 0;
  for (size_t first = begin; first < n; first += BLOCK) {
    size_t length = n - first < BLOCK ? n - first : BLOCK;
    double *target = x + first;
    for (size_t i = 0; i < length; i++) target[i] -= r[first + i];
    for (size_t j = 0; j < count; j++) {
      const double *restrict move = moves[j] + first;
      double factor = coefficients[j];
      for (size_t i = 0; i < length; i++) target[i] -= factor * move[i];
    }
    for (size_t i = 0; i < length; i++) {
      double step = magnitude(target[i] - last_x[first + i]);
      most = step > most ? step : most;
    }
  }
  *largest = most;
}
