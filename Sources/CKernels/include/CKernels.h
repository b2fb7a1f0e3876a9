#pragma once
#include <stddef.h>
#include <stdint.h>

// The few loops whose instruction set is chosen at run time.
//
// Contraction to fused operations is off and the order of every sum is fixed, so that results do not
// depend on the instruction set. Output arrays must not overlap input arrays.

// Activations and, where `slope` is not null, their slopes for n numbers at once, in double
// precision. A number's result depends on that number alone, whatever its place. Errors are below
// 4 ulp, for slopes also where the function saturates; ±0, ±∞, NaN and subnormals come out as the
// functions have them.

void ck_tanh(const double *z, double *value, double *slope, size_t n);
void ck_logistic(const double *z, double *value, double *slope, size_t n);
void ck_arctan(const double *z, double *value, double *slope, size_t n);

// Rows of a sparse matrix: the entries of row r are begin[r]..<end[r], their columns ascend. The value
// of entry e is values[e], or values[places[e]] where `places` is not null.
typedef struct {
  const int32_t *begin;
  const int32_t *end;
  const int32_t *columns;
  const int32_t *places;
  const double *values;
} ck_rows;

// Vectors hold 1, 8 or 16 samples side by side as lanes: element r of lane b is at r · lanes + b. The
// order of a lane's sums depends neither on the other lanes nor, from 8 on, on their number. With one
// lane, rows whose columns have no gaps are treated as dense.

// y[r] += Σ values[e] · x[columns[e]] for the rows first..<first + rows
void ck_product(const ck_rows *matrix, size_t first, size_t rows, const double *x, double *y,
                size_t lanes);

// next[r] = drive[r] + Σ values[e] · x[columns[e]], in lanes that are not running z[r];
// largest = max |next[r] − z[r]| / max(1, |z[r]|) for each lane before that, NaN where one is not
// finite. `running` holds all bits or none for each lane; it is not read for one lane.
void ck_step(const ck_rows *matrix, size_t first, size_t rows, const double *x,
             const double *drive, const double *z, const int64_t *running, double *next,
             double *largest, size_t lanes);

// next[r] = slope[r] · (source[r] + Σ values[e] · x[columns[e]]), in lanes that are not running d[r];
// largest = max |next[r] − d[r]|, NaN where one is not finite, and scale = max(|next[r]|, |d[r]|) for
// each lane before that.
void ck_adjoint_step(const ck_rows *matrix, size_t first, size_t rows, const double *x,
                     const double *source, const double *slope, const double *d,
                     const int64_t *running, double *next, double *largest, double *scale,
                     size_t lanes);

// y[columns[e]] += values[e] · x[r], without the rows whose x is 0; one lane.
void ck_transposed_product(const ck_rows *matrix, size_t rows, const double *x, double *y);

// result[e] = factor · Σ_b u[r][b] · x[columns[e]][b] over any number of samples b.
void ck_outer_product(const ck_rows *matrix, size_t rows, const double *u, const double *x,
                      size_t samples, double factor, double *result);

// Anderson mixing of vectors of n numbers with `count` stored differences of residuals and iterates.

// columns[row] = r − last_r, dx = x − last_x, then last_r = r and last_x = x;
// gram[j] = columns[row] · columns[j], projection[j] = r · columns[j], largest = max |r|
void ck_mixing_store(size_t n, const double *x, const double *r, double *last_x, double *last_r,
                     double *const *columns, size_t count, size_t row, double *dx, double *gram,
                     double *projection, double *largest);

// x −= r + Σ_j coefficients[j] (dx[j] − dr[j]); largest = max |x − last_x|
void ck_mixing_update(size_t n, double *x, const double *r, const double *last_x,
                      double *const *dr, double *const *dx, const double *coefficients,
                      size_t count, double *largest);
