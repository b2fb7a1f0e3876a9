// The updates of parameters, included by updates.c once for each instruction set, under names that end
// in SUFFIX. Plain loops without branches, which the compiler makes vectors of; what exceeds the
// bound is counted, because a sum of whole numbers, unlike a maximum, may be taken in any order.

INLINE double NAME(derivative)(const ck_update *u, double w, double g) {
  g = g > u->cut ? u->cut : g;
  g = g < -u->cut ? -u->cut : g;
  return u->scale * g + u->decay * w;
}

static double NAME(sum_of_squares)(size_t n, const double *g, double cut) {
  const Vector most = {cut, cut, cut, cut, cut, cut, cut, cut};
  Vector sum[4] = {{0}, {0}, {0}, {0}};
  size_t i = 0;
  for (; i + 32 <= n; i += 32)
    for (int k = 0; k < 4; k++) {
      Vector value = load(g + i + 8 * k);
      value = select(value > most, most, value);
      value = select(value < -most, -most, value);
      sum[k] += value * value;
    }
  double partial[8], rest = 0;
  store(partial, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  for (; i < n; i++) {
    double value = g[i] > cut ? cut : (g[i] < -cut ? -cut : g[i]);
    rest += value * value;
  }
  for (int k = 0; k < 8; k++) rest += partial[k];
  return rest;
}

INLINE int64_t NAME(exceeds)(const ck_update *u, double w) {
  return magnitude(w) <= u->largest ? 0 : 1;
}

static size_t NAME(descend)(const ck_update *restrict u, size_t n, const double *restrict w,
                            const double *restrict gradient, double *restrict result) {
  const ck_update rule = *u;
  int64_t exceeding = 0;
  for (size_t i = 0; i < n; i++) {
    double updated = w[i] - rule.rate * NAME(derivative)(&rule, w[i], gradient[i]);
    result[i] = updated;
    exceeding += NAME(exceeds)(&rule, updated);
  }
  return (size_t)exceeding;
}

static size_t NAME(descend_momentum)(const ck_update *restrict u, double momentum, int looks_ahead,
                                     size_t n, const double *restrict w,
                                     const double *restrict gradient, double *restrict velocity,
                                     double *restrict result) {
  const ck_update rule = *u;
  const double ahead = looks_ahead ? 1 : 0;
  int64_t exceeding = 0;
  for (size_t i = 0; i < n; i++) {
    double step = rule.rate * NAME(derivative)(&rule, w[i], gradient[i]);
    double v = momentum * velocity[i] - step;
    velocity[i] = v;
    double updated = ahead != 0 ? w[i] + momentum * v - step : w[i] + v;
    result[i] = updated;
    exceeding += NAME(exceeds)(&rule, updated);
  }
  return (size_t)exceeding;
}

static size_t NAME(adam)(const ck_update *restrict u, const ck_moments *restrict moments, size_t n,
                         const double *restrict w, const double *restrict gradient,
                         double *restrict mean, double *restrict square, double *restrict result) {
  const ck_update rule = *u;
  const ck_moments by = *moments;
  const double new_mean = 1 - by.beta1, new_square = 1 - by.beta2;
  int64_t exceeding = 0;
  for (size_t i = 0; i < n; i++) {
    double g = NAME(derivative)(&rule, w[i], gradient[i]);
    double m = by.beta1 * mean[i] + new_mean * g;
    double v = by.beta2 * square[i] + new_square * g * g;
    mean[i] = m;
    square[i] = v;
    double step = rule.rate * (m * by.first) / (__builtin_elementwise_sqrt(v * by.second) + by.epsilon);
    double updated = w[i] - step - by.shrink * w[i];
    result[i] = updated;
    exceeding += NAME(exceeds)(&rule, updated);
  }
  return (size_t)exceeding;
}
