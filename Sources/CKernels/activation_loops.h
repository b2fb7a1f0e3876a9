// The loops over numbers, included by activations.c once for each instruction set, under names that
// end in SUFFIX.

INLINE void NAME(tanh_loop)(const double *restrict z, double *restrict value,
                           double *restrict slope, size_t n, const int with_slope) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i], e, m;
    exponential(-2 * magnitude(x), &e, &m);
    double sum = 1 + e;
    double t = magnitude(m) / (2 + m);
    value[i] = with_sign_of(t, x);
    // The first form loses digits where tanh saturates, the second a little where it does not.
    if (with_slope) slope[i] = t < 0.5 ? 1 - t * t : 4 * e / square_of_sum(sum, e);
  }
}

INLINE void NAME(logistic_loop)(const double *restrict z, double *restrict value,
                               double *restrict slope, size_t n, const int with_slope) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i], e, m;
    exponential(-magnitude(x), &e, &m);
    double sum = 1 + e;
    value[i] = (x < 0 ? e : 1) / sum;
    if (with_slope) slope[i] = e / square_of_sum(sum, e);
  }
}

INLINE void NAME(arctan_loop)(const double *restrict z, double *restrict value,
                             double *restrict slope, size_t n, const int with_slope) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i];
    double a = magnitude(x);
    // arctan a = base + arctan t with |t| ≤ tan(π/8): t = −1/a, (a − 1)/(a + 1) or a.
    int high = a > 0x1.3504f333f9de6p+1;
    int middle = a > 0x1.a827999fcef32p-2;
    double numerator = high ? -1 : (middle ? a - 1 : a);
    double denominator = high ? a : (middle ? a + 1 : 1);
    double t = numerator / denominator;
    double base = high ? 0x1.921fb54442d18p+0 : (middle ? 0x1.921fb54442d18p-1 : 0);
    double rest = high ? 0x1.1a62633145c07p-54 : (middle ? 0x1.1a62633145c07p-55 : 0);
    double u = t * t;
    double q = -0.019173922285547929251;
    q = q * u + 0.039229237138359425085;
    q = q * u - 0.050853659223442483815;
    q = q * u + 0.058581328944279221831;
    q = q * u - 0.066645096032553860696;
    q = q * u + 0.076921830598941144474;
    q = q * u - 0.090909045724873477936;
    q = q * u + 0.11111111015117626207;
    q = q * u - 0.14285714284664817898;
    q = q * u + 0.19999999999995512409;
    q = q * u - 0.33333333333333330153;
    value[i] = with_sign_of(base + (t + (t * (u * q) + rest)), x);
    // 1 + a² is a² for large a, and would overflow long before its reciprocal vanishes.
    double inverse = 1 / a;
    if (with_slope) slope[i] = a > 0x1p30 ? inverse * inverse : 1 / (1 + a * a);
  }
}

// The branches are those of Activation.evaluate: a comparison with NaN is false, and NaN comes out of the last one.

INLINE void NAME(relu_loop)(const double *restrict z, double *restrict value,
                           double *restrict slope, size_t n, const int with_slope) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i];
    value[i] = x > 0 ? x : (x <= 0 ? 0 : x);
    if (with_slope) slope[i] = x > 0 ? 1 : 0;
  }
}

INLINE void NAME(leaky_relu_loop)(const double *restrict z, double factor,
                                 double *restrict value, double *restrict slope, size_t n,
                                 const int with_slope) {
  const int is_flat = factor == 0;
  for (size_t i = 0; i < n; i++) {
    double x = z[i], low = factor * x;
    // 0 · −∞ has the limit 0.
    if (is_flat) low = x < -DBL_MAX ? 0 : low;
    value[i] = x > 0 ? x : low;
    if (with_slope) slope[i] = x > 0 ? 1 : factor;
  }
}

INLINE void NAME(clamp_loop)(const double *restrict z, double lower, double upper,
                            double *restrict value, double *restrict slope, size_t n,
                            const int with_slope) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i];
    value[i] = x <= lower ? lower : (x >= upper ? upper : x);
    if (with_slope) slope[i] = ((x > lower) & (x < upper)) ? 1 : 0;
  }
}

#define FUNCTION(function)                                                                   \
  static void NAME(function)(const double *restrict z, double *restrict value,              \
                             double *restrict slope, size_t n) {                            \
    if (slope)                                                                              \
      NAME(function##_loop)(z, value, slope, n, 1);                                         \
    else                                                                                    \
      NAME(function##_loop)(z, value, slope, n, 0);                                         \
  }

FUNCTION(tanh)
FUNCTION(logistic)
FUNCTION(arctan)
FUNCTION(relu)
#undef FUNCTION

static void NAME(leaky_relu)(const double *restrict z, double factor, double *restrict value,
                             double *restrict slope, size_t n) {
  if (slope)
    NAME(leaky_relu_loop)(z, factor, value, slope, n, 1);
  else
    NAME(leaky_relu_loop)(z, factor, value, slope, n, 0);
}

static void NAME(clamp)(const double *restrict z, double lower, double upper,
                        double *restrict value, double *restrict slope, size_t n) {
  if (slope)
    NAME(clamp_loop)(z, lower, upper, value, slope, n, 1);
  else
    NAME(clamp_loop)(z, lower, upper, value, slope, n, 0);
}
