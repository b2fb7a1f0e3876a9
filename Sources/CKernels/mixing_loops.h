// The loops of Anderson mixing, included by mixing.c once for each instruction set, under names that
// end in SUFFIX. They go through the vectors in blocks that stay in the cache.

static void NAME(mixing_keep)(size_t begin, size_t end, double *restrict x,
                              const double *restrict r, double *restrict kept_x,
                              double *restrict kept_r, int is_plain, double *largest,
                              double *squares) {
  double most = 0;
  Vector sums = {0};
  size_t i = begin;
  for (; i + 8 <= end; i += 8) {
    Vector now = load(x + i), residual = load(r + i);
    store(kept_x + i, now);
    store(kept_r + i, residual);
    sums += residual * residual;
    if (is_plain) store(x + i, now - residual);
  }
  double sum[8];
  store(sum, sums);
  for (; i < end; i++) {
    kept_x[i] = x[i];
    kept_r[i] = r[i];
    sum[0] += r[i] * r[i];
    if (is_plain) x[i] -= r[i];
  }
  *squares = eight(sum);
  if (!is_plain)
    for (i = begin; i < end; i++) {
      double size = magnitude(r[i]);
      most = size > most ? size : most;
    }
  *largest = most;
}

INLINE double NAME(dot_of)(const double *restrict x, const double *restrict y, size_t n) {
  Vector sums = {0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) sums += load(x + i) * load(y + i);
  double sum[8];
  store(sum, sums);
  for (; i < n; i++) sum[0] += x[i] * y[i];
  return eight(sum);
}

static void NAME(mixing_products)(size_t begin, size_t end, const double *const *r, size_t count,
                                  size_t fresh, double scale, double *products,
                                  double *projection) {
  double room[ROOM];
  const size_t block = block_length(count);
  for (size_t k = 0; k < fresh * count; k++) products[k] = 0;
  for (size_t j = 0; j < count; j++) projection[j] = 0;
  for (size_t first = begin; first < end; first += block) {
    const size_t length = end - first < block ? end - first : block;
    for (size_t j = 0; j < count; j++) {
      const double *before = r[j] + first, *after = r[j + 1] + first;
      double *restrict difference = room + j * block;
      for (size_t i = 0; i < length; i++) difference[i] = scale * (after[i] - before[i]);
    }
    for (size_t j = 0; j < count; j++) {
      const double *difference = room + j * block;
      projection[j] += NAME(dot_of)(difference, r[count] + first, length);
      for (size_t f = 0; f < fresh; f++) {
        const size_t row = count - fresh + f;
        if (j <= row)
          products[f * count + j] += NAME(dot_of)(difference, room + row * block, length);
      }
    }
  }
  for (size_t j = 0; j < count; j++) projection[j] *= scale;
}

static void NAME(mixing_update)(size_t begin, size_t end, double *restrict x,
                                const double *const *kept_x, const double *const *kept_r,
                                const double *coefficients, size_t count, double *largest) {
  double most = 0;
  for (size_t first = begin; first < end; first += BLOCK) {
    const size_t length = end - first < BLOCK ? end - first : BLOCK;
    const double *last_x = kept_x[count] + first, *last_r = kept_r[count] + first;
    double *target = x + first;
    for (size_t i = 0; i < length; i++) target[i] = last_x[i] - last_r[i];
    for (size_t j = 0; j < count; j++) {
      const double *before_x = kept_x[j] + first, *before_r = kept_r[j] + first;
      const double *after_x = kept_x[j + 1] + first, *after_r = kept_r[j + 1] + first;
      const double factor = coefficients[j];
      for (size_t i = 0; i < length; i++)
        target[i] -= factor * ((after_x[i] - before_x[i]) - (after_r[i] - before_r[i]));
    }
    for (size_t i = 0; i < length; i++) {
      double step = magnitude(target[i] - last_x[i]);
      most = step > most ? step : most;
    }
  }
  *largest = most;
}
