#include "CKernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VERSIONS
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

INLINE uint64_t to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE double magnitude(double x) { return from_bits(to_bits(x) & 0x7FFFFFFFFFFFFFFF); }

INLINE double with_sign_of(double x, double sign) {
  return from_bits(to_bits(x) | (to_bits(sign) & 0x8000000000000000));
}

// e^y and e^y − 1 for y ≤ 0, by Cody and Waite's reduction y = n ln 2 + r and a minimax polynomial
// for (e^r − 1 − r) / r² of relative error 3e-18.
INLINE void exponential(double y, double *e, double *e_minus_1) {
  y = y < -750 ? -750 : y;
  // Adding 1.5 · 2^52 rounds to an integer and leaves it in the low bits.
  const double shifter = 0x1.8p52;
  double shifted = y * 0x1.71547652b82fep+0 + shifter;
  double n = shifted - shifter;
  double high = y - n * 0x1.62e42fee00000p-1;
  double low = n * 0x1.a39ef35793c76p-33;
  double r = high - low;
  double lost = (high - r) - low;
  double q = 2.09147553258932022e-9;
  q = q * r + 2.5105312729622101787e-8;
  q = q * r + 2.7557273478718580474e-7;
  q = q * r + 2.7557255170000887438e-6;
  q = q * r + 2.48015873256774619e-5;
  q = q * r + 1.9841269875002278793e-4;
  q = q * r + 1.3888888888883711167e-3;
  q = q * r + 8.3333333333260831202e-3;
  q = q * r + 4.1666666666666669783e-2;
  q = q * r + 0.1666666666666667103;
  q = q * r + 0.5;
  double p = r + (r * r * q + lost);
  // 2^n in two factors, because 2^-1083 has no exponent of its own.
  int64_t k = (int64_t)(to_bits(shifted) - to_bits(shifter));
  int64_t half = k >> 1;
  double a = from_bits((uint64_t)(half + 1023) << 52);
  double b = from_bits((uint64_t)(k - half + 1023) << 52);
  double scale = a * b;
  *e = (1 + p) * a * b;
  *e_minus_1 = (scale - 1) + scale * p;
}

// (1 + e)² for 0 ≤ e ≤ 1, given the rounded sum 1 + e, whose error would otherwise count twice.
INLINE double square_of_sum(double sum, double e) {
  double lost = e - (sum - 1);
  return sum * sum + 2 * sum * lost;
}

VERSIONS void ck_tanh(const double *restrict z, double *restrict value, double *restrict slope,
                      size_t n) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i], e, m;
    exponential(-2 * magnitude(x), &e, &m);
    double sum = 1 + e;
    double t = magnitude(m) / (2 + m);
    value[i] = with_sign_of(t, x);
    // The first form loses digits where tanh saturates, the second a little where it does not.
    slope[i] = t < 0.5 ? 1 - t * t : 4 * e / square_of_sum(sum, e);
  }
}

VERSIONS void ck_logistic(const double *restrict z, double *restrict value,
                          double *restrict slope, size_t n) {
  for (size_t i = 0; i < n; i++) {
    double x = z[i], e, m;
    exponential(-magnitude(x), &e, &m);
    double sum = 1 + e;
    value[i] = (x < 0 ? e : 1) / sum;
    slope[i] = e / square_of_sum(sum, e);
  }
}

VERSIONS void ck_arctan(const double *restrict z, double *restrict value, double *restrict slope,
                        size_t n) {
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
    slope[i] = a > 0x1p30 ? inverse * inverse : 1 / (1 + a * a);
  }
}
