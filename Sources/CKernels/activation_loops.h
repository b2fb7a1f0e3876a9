// The loops over numbers, included by activations.c once for each instruction set, under names that
// end in SUFFIX.

// tanh z = T + D t / (1 + T t) with t = tanh r and r = |z| − c, exactly, where c is the middle of z's interval, T = tanh c
// and D = 1 − T². The quotient t = n/q is a continued fraction's, whose error counts below 2^-60 of the whole for any r that
// occurs.
//
// The same expressions serve one number and eight.
#define TANH_NUMERATOR(r, u) ((((u + 378) * u + 17325) * u + 135135) * r)
#define TANH_DENOMINATOR(u) (((28 * u + 3150) * u + 62370) * u + 135135)

INLINE double NAME(tanh_of)(double z) {
  double a = magnitude(z);
  a = a > TANH_LIMIT ? TANH_LIMIT : a;
  const double first = from_bits(TANH_FIRST_BITS);
  const uint64_t bits = to_bits(a > first ? a : first);
  const int64_t i = (int64_t)(bits >> 50) - (int64_t)(TANH_FIRST_BITS >> 50);
  const double middle = from_bits((bits & ~0x3FFFFFFFFFFFFull) | 0x2000000000000ull);
  const double r = a - (i > 0 ? middle : 0), u = r * r;
  const double n = TANH_NUMERATOR(r, u), q = TANH_DENOMINATOR(u);
  const double t = tanh_middles[i];
  return with_sign_of(t + tanh_slopes[i] * n / (q + t * n), z);
}

#ifdef GATHERS
// The same for eight numbers, with both tables in registers.
INLINE __m512d NAME(tanh_of_eight)(__m512d z) {
  const __m512i sign = _mm512_set1_epi64(INT64_MIN);
  __m512d a = _mm512_castsi512_pd(_mm512_andnot_si512(sign, _mm512_castpd_si512(z)));
  // Where one is NaN, the second argument comes out.
  a = _mm512_min_pd(_mm512_set1_pd(TANH_LIMIT), a);
  const __m512i first = _mm512_set1_epi64((int64_t)TANH_FIRST_BITS);
  const __m512i bits =
      _mm512_castpd_si512(_mm512_max_pd(a, _mm512_castsi512_pd(first)));
  const __m512i i = _mm512_sub_epi64(_mm512_srli_epi64(bits, 50), _mm512_srli_epi64(first, 50));
  const __m512i half = _mm512_set1_epi64(0x2000000000000);
  const __m512i middle = _mm512_or_si512(
      _mm512_andnot_si512(_mm512_set1_epi64(0x3FFFFFFFFFFFF), bits), half);
  const __mmask8 beyond = _mm512_test_epi64_mask(i, i);
  const __mmask8 high = _mm512_test_epi64_mask(i, _mm512_set1_epi64(16));
  __m512d entry[2];
  for (int k = 0; k < 2; k++) {
    const double *table = k == 0 ? tanh_middles : tanh_slopes;
    entry[k] = _mm512_mask_blend_pd(
        high,
        _mm512_permutex2var_pd(_mm512_loadu_pd(table), i, _mm512_loadu_pd(table + 8)),
        _mm512_permutex2var_pd(_mm512_loadu_pd(table + 16), i, _mm512_loadu_pd(table + 24)));
  }
  const __m512d r = a - _mm512_maskz_mov_pd(beyond, _mm512_castsi512_pd(middle)), u = r * r;
  const __m512d n = TANH_NUMERATOR(r, u), q = TANH_DENOMINATOR(u);
  const __m512d value = entry[0] + entry[1] * n / (q + entry[0] * n);
  return _mm512_castsi512_pd(_mm512_or_si512(
      _mm512_castpd_si512(value), _mm512_and_si512(sign, _mm512_castpd_si512(z))));
}

INLINE void NAME(tanh_values)(const double *restrict z, double *restrict value, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    _mm512_storeu_pd(value + i, NAME(tanh_of_eight)(_mm512_loadu_pd(z + i)));
  if (i == n) return;
  const __mmask8 rest = (__mmask8)((1u << (n - i)) - 1);
  _mm512_mask_storeu_pd(
      value + i, rest, NAME(tanh_of_eight)(_mm512_maskz_loadu_pd(rest, z + i)));
}
#else
INLINE void NAME(tanh_values)(const double *restrict z, double *restrict value, size_t n) {
  for (size_t i = 0; i < n; i++) value[i] = NAME(tanh_of)(z[i]);
}
#endif

#undef TANH_NUMERATOR
#undef TANH_DENOMINATOR

INLINE void NAME(tanh_loop)(const double *restrict z, double *restrict value,
                           double *restrict slope, size_t n, const int with_slope) {
  NAME(tanh_values)(z, value, n);
  if (!with_slope) return;
  for (size_t i = 0; i < n; i++) {
    double t = magnitude(value[i]), e = exponential(-2 * magnitude(z[i]));
    // The first form loses digits where tanh saturates, the second a little where it does not.
    slope[i] = t < 0.5 ? 1 - t * t : 4 * e / square_of_sum(1 + e, e);
  }
}

INLINE void NAME(logistic_loop)(const double *restrict z, double *restrict value,
                               double *restrict slope, size_t n, const int with_slope) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i], e = exponential(-magnitude(x));
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
