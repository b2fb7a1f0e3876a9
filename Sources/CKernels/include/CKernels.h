#pragma once
#include <stddef.h>

// Activations and their slopes for n numbers at once, in double precision.
//
// The instruction set is chosen at run time. Contraction to fused operations is off, so
// every number's result depends on that number alone, whatever its place and the instruction set.
// Errors are below 4 ulp, for slopes also where the function saturates; ±0, ±∞, NaN and subnormals
// come out as the functions have them. The arrays must not overlap.

void ck_tanh(const double *z, double *value, double *slope, size_t n);
void ck_logistic(const double *z, double *value, double *slope, size_t n);
void ck_arctan(const double *z, double *value, double *slope, size_t n);
