#include "CKernels.h"

#include <float.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "numbers.h"
#include "tanh_table.h"

#pragma STDC FP_CONTRACT OFF

INLINE double with_sign_of(double x, double sign) {
  return from_bits(to_bits(x) | (to_bits(sign) & 0x8000000000000000));
}

// e^y for y ≤ 0, by Cody and Waite's reduction y = n ln 2 + r and a minimax polynomial
// for (e^r − 1 − r) / r² of relative error 3e-18.
INLINE double exponential(double y) {
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
  return (1 + p) * a * b;
}

// (1 + e)² for 0 ≤ e ≤ 1, given the rounded sum 1 + e, whose error would otherwise count twice.
INLINE double square_of_sum(double sum, double e) {
  double lost = e - (sum - 1);
  return sum * sum + 2 * sum * lost;
}

#define LOOPS "activation_loops.h"
#include "instruction_sets.h"

typedef void (*Function)(const double *, double *, double *, size_t);

void ck_tanh(const double *z, double *value, double *slope, size_t n) {
  Function function = CHOOSE(tanh);
  function(z, value, slope, n);
}

void ck_logistic(const double *z, double *value, double *slope, size_t n) {
  Function function = CHOOSE(logistic);
  function(z, value, slope, n);
}

void ck_arctan(const double *z, double *value, double *slope, size_t n) {
  Function function = CHOOSE(arctan);
  function(z, value, slope, n);
}

void ck_relu(const double *z, double *value, double *slope, size_t n) {
  Function function = CHOOSE(relu);
  function(z, value, slope, n);
}

void ck_leaky_relu(const double *z, double factor, double *value, double *slope, size_t n) {
  CHOOSE(leaky_relu)(z, factor, value, slope, n);
}

void ck_clamp(const double *z, double lower, double upper, double *value, double *slope,
              size_t n) {
  CHOOSE(clamp)(z, lower, upper, value, slope, n);
}
