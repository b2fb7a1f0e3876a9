#pragma once
#include <stddef.h>
#include <stdint.h>

// The few loops whose instruction set is chosen at run time.
//
// Contraction to fused operations is off and the order of every sum is fixed, so that results do not
// depend on the instruction set. Output arrays must not overlap input arrays.

// Tells the processor that a thread waits for another's number to change.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

// Instruction sets; what comes out is the same, bit for bit.
enum { ck_baseline, ck_avx2, ck_avx512, ck_any_instructions = ck_avx512 };

// The widest that may be used, whatever the processor has. Tests of each set it; read by ck_allows alone.
extern int ck_widest_instructions;
void ck_limit_instructions(int widest);

static inline int ck_allows(int instructions) {
  return __atomic_load_n(&ck_widest_instructions, __ATOMIC_RELAXED) >= instructions;
}

// Activations and, where `slope` is not null, their slopes for n numbers at once, in double
// precision. A number's result depends on that number alone, whatever its place. Errors are below
// 4 ulp, for slopes also where the function saturates; ±0, ±∞, NaN and subnormals come out as the
// functions have them.

void ck_tanh(const double *z, double *value, double *slope, size_t n);
void ck_logistic(const double *z, double *value, double *slope, size_t n);
void ck_arctan(const double *z, double *value, double *slope, size_t n);
void ck_relu(const double *z, double *value, double *slope, size_t n);
// factor · z below 0; 0 · −∞ is 0.
void ck_leaky_relu(const double *z, double factor, double *value, double *slope, size_t n);
void ck_clamp(const double *z, double lower, double upper, double *value, double *slope,
              size_t n);

// How the entries of a bundle of eight rows fall into slots of eight, one for each row: those of a slot lie on a
// diagonal, in one column, or anywhere.
enum { ck_diagonals, ck_columns, ck_scattered };

// Bundles of rows, the eight from place 8 i on in bundle i, which has the slots slots[i]..<slots[i + 1]; without any
// its rows are taken one by one. The eight values of slot s stand at values[8 s], 0 where a row has no entry. From
// columns[first_columns[i]] on stand the slots' columns: of a diagonal that of its first row, which must be followed by
// seven others; if scattered, eight for each slot.
typedef struct {
  const int32_t *slots;
  const int32_t *first_columns;
  const int32_t *columns;
  const uint8_t *kinds;
  const double *values;
} ck_bundles;

// A square sparse matrix in tiles, which serve products with it and with its transpose. Tile t has the rows from
// t << row_shift on, and as many as 1 << row_shift; its entries stand block by block, each of 1 << column_shift columns,
// and within a block by rows. Those of block b are starts[t · blocks + b]..<starts[t · blocks + b + 1]. Entry e
// has the value values[e], and places[e] = column within the block << 16 | row within the tile: both fit 16 bits.
//
// Each row's entries ascend by columns then, and each column's by rows.
typedef struct {
  size_t order;
  unsigned row_shift;
  unsigned column_shift;
  size_t blocks;
  const int32_t *starts;
  const uint32_t *places;
  const double *values;
  // Room for a number of each row.
  double *sizes;
  // Which column of the vectors that are multiplied is the matrix's first.
  size_t first;
  // Whether rows are those of the transpose.
  int is_transposed;
} ck_tiles;

// Rows of a sparse matrix: the entries of row r are begin[r]..<end[r], their columns ascend. The value
// of entry e is values[e], or values[places[e]] where `places` is not null. Products and steps take the
// row order[i] in the place of row i where `order` is not null. Steps of one lane use `bundles` where that is not
// null, or `tiles`: then nothing else is read, and ranges of rows begin and end with tiles.
typedef struct {
  const int32_t *begin;
  const int32_t *end;
  const int32_t *columns;
  const int32_t *places;
  const double *values;
  const int32_t *order;
  const ck_bundles *bundles;
  const ck_tiles *tiles;
} ck_rows;

// counts[b] = the entries of the rows first..<first + rows in block b of 1 << column_shift columns, which count from
// first_column.
void ck_count_tile(const ck_rows *matrix, size_t first, size_t rows, int32_t first_column,
                   unsigned column_shift, size_t blocks, int32_t *counts);

// Sets where the entries of these rows, a tile's, stand: cursors[b] is where block b begins, and becomes where it ends.
void ck_place_tile(const ck_rows *matrix, size_t first, size_t rows, int32_t first_column,
                   unsigned column_shift, int32_t *cursors, uint32_t *places);

// Puts their values in the same places.
void ck_fill_tile(const ck_rows *matrix, size_t first, size_t rows, int32_t first_column,
                  unsigned column_shift, int32_t *cursors, double *values);

// Whether the processor has instructions that fetch eight numbers from anywhere.
int ck_gathers(void);

// Puts the entries of the rows of bundles first..<first + count in their places: those of bundle i, row by row,
// belong to its slots entry_slots[first_entries[i]] and so on; where there are none, an entry's slot is its number
// within its row.
void ck_fill_bundles(const ck_rows *matrix, const int32_t *slots, const int32_t *first_entries,
                     const uint16_t *entry_slots, size_t first, size_t count, double *values);

// Vectors hold 1, 8 or 16 samples side by side as lanes: element r of lane b is at r · lanes + b. A row's sum
// runs over its entries one after the other from its start on, where −0 counts as 0: it depends neither on the
// other lanes nor on their number, nor on bundles.

// y[r] += Σ values[e] · x[columns[e]] for the rows first..<first + rows
void ck_product(const ck_rows *matrix, size_t first, size_t rows, const double *x, double *y,
                size_t lanes);

// What a step changes, for each lane: change = max |next[r] − z[r]|, NaN where one is not finite; size = max |next[r]|;
// and unless it is null error = max |next[r] − z[r]| / max(t[r], least), where
// t[r] = |z[r]| + |drive[r]| + Σ |values[e] · x[columns[e]]|, NaN where change is.
typedef struct {
  double *change;
  double *size;
  double *error;
} ck_change;

// next[r] = drive[r] + Σ values[e] · x[columns[e]], in lanes that are not running z[r]; what it changes is measured
// before that. `running` holds all bits or none for each lane; it is not read for one lane. `least` has a positive
// number for each lane; it is read for error alone.
void ck_step(const ck_rows *matrix, size_t first, size_t rows, const double *x,
             const double *drive, const double *z, const int64_t *running, double *next,
             const ck_change *result, const double *least, size_t lanes);

// next[r] = slope[r] · (source[r] + Σ values[e] · x[columns[e]]), in lanes that are not running d[r];
// largest = max |next[r] − d[r]|, NaN where one is not finite, and scale = max(|next[r]|, |d[r]|) for
// each lane before that.
void ck_adjoint_step(const ck_rows *matrix, size_t first, size_t rows, const double *x,
                     const double *source, const double *slope, const double *d,
                     const int64_t *running, double *next, double *largest, double *scale,
                     size_t lanes);

// y[columns[e]] += values[e] · x[r], without the rows whose x is 0; one lane. Each sum runs in the order of the rows, as
// in a product with the transpose.
void ck_transposed_product(const ck_rows *matrix, size_t rows, const double *x, double *y);

// value(e) = factor · Σ_b u[r][b] · x[columns[e]][b] over any number of samples b. Without targets result[e] = value(e), otherwise
// result[targets[e]] += value(e) · factors[e], entry after entry; without factors these are 1.
void ck_outer_product(const ck_rows *matrix, size_t rows, const double *u, const double *x,
                      size_t samples, double factor, const int32_t *targets,
                      const double *factors, double *result);

// Dense LU factorizations of matrices of order n side by side, for 1, 8 or 16 lanes; a lane's depends on that lane
// alone.

// factor, n · n · lanes numbers, becomes that of B = I − Dᵀ W for the rows 0..<units of W, whose unit
// s belongs to neuron neuron_of_unit[s] and has slope[s]; neurons count from first_neuron, and
// columns from first_column. No rows are exchanged; growth is the largest |entry of L| for each lane, NaN where the
// factorization broke down.
void ck_lane_factor(const ck_rows *matrix, const int32_t *neuron_of_unit, size_t units,
                    int32_t first_neuron, int32_t first_column,
                    const double *slope, size_t n, double *factor,
                    double *growth, size_t lanes);

// x ← B⁻¹ x, or B⁻ᵀ x
void ck_lane_solve(const double *factor, size_t n, double *x, int is_transposed, size_t lanes);

// The processor that this thread runs on at present, -1 where nobody knows; and the thread, for ck_keep_off.
int ck_current_processor(void);
uintptr_t ck_current_thread(void);

// Lets a thread run wherever the calling one may, but for one processor; returns whether it could be done.
int ck_keep_off(uintptr_t thread, int processor);

// Anderson mixing by kept iterates x and their residuals r = x − G(x), the oldest first, for the numbers begin..<end of each
// vector. Difference j is that of r[j + 1] and r[j]; there are ck_most_differences at most.
enum { ck_most_differences = 512 };

// kept_x = x, kept_r = r, squares = r · r, and, where it is plain, x = x − r, otherwise largest = max |r|
void ck_mixing_keep(size_t begin, size_t end, double *x, const double *r, double *kept_x,
                    double *kept_r, int is_plain, double *largest, double *squares);

// projection[j] = r[count] · difference j, and products[f · count + j] = the f-th of the `fresh` last differences · difference
// j, for those that are not later; all times scale², a power of two.
void ck_mixing_products(size_t begin, size_t end, const double *const *r, size_t count,
                        size_t fresh, double scale, double *products, double *projection);

// x = image[count] − Σ_j coefficients[j] (image[j + 1] − image[j]) with image = kept_x − kept_r; largest = max |x −
// kept_x[count]|
void ck_mixing_update(size_t begin, size_t end, double *x, const double *const *kept_x,
                      const double *const *kept_r, const double *coefficients, size_t count,
                      double *largest);

// How many differences are combined in lanes, and where they stand: `differences` of residuals and `moves` of images,
// ck_mixing_window vectors each, the last residual and image, and ck_mixing_window² products of differences; all have
// n · lanes numbers, the products one for each lane.
enum { ck_mixing_window = 5 };
typedef struct {
  double *differences;
  double *moves;
  double *last_residual;
  double *last_image;
  double *gram;
} ck_lane_mixing;

// Replaces next, the image of now under some map, by Anderson's next iterate, in the lanes that are running and where the
// differences determine it, for 1, 8 or 16 lanes: a lane's depends on that lane alone. `used` differences are there, the
// new one in `row` included; 0 where there is no image before. sizes = max |next| for each lane.
void ck_mix_lanes(const ck_lane_mixing *mixing, size_t n, size_t used, size_t row,
                  const double *now, double *next, const int64_t *running, double *sizes,
                  size_t lanes);

// Some rows of a dense matrix: row j begins at values[places[j] · stride].
typedef struct {
  const double *values;
  size_t stride;
  size_t width;
  const int32_t *places;
} ck_dense_rows;

// y[i] += Σ_j factors[j] · row j[i] for i < width, in the order of j.
void ck_add_rows(const ck_dense_rows *rows, size_t count, const double *factors, double *y);

// y[j] = Σ_i row j[i] · x[i]; the order of the sum depends on the width alone.
void ck_row_products(const ck_dense_rows *rows, size_t count, const double *x, double *y);

// Copies `width` numbers of each of some rows, which begin from_stride and to_stride numbers apart.
void ck_copy_rows(size_t rows, size_t width, const double *from, size_t from_stride, double *to,
                  size_t to_stride);

// Σ of the squares of n derivatives, each cut to ±cut; the order of the sum depends on n alone.
double ck_sum_of_squares(size_t n, const double *g, double cut);

// Updates of n parameters w with the gradient g: every derivative is cut to ±cut, multiplied with
// scale, and decay · w is added. The updated parameters become `result`; returned is how many of them
// are larger than `largest`, or NaN.
typedef struct {
  double rate;
  double decay;
  double cut;
  double scale;
  double largest;
} ck_update;

// Decay rates of the two moments, the factors that undo their bias, and a weight decay apart from the
// gradient.
typedef struct {
  double beta1;
  double beta2;
  double epsilon;
  double first;
  double second;
  double shrink;
} ck_moments;

// w − rate · g
size_t ck_descend(const ck_update *update, size_t n, const double *w, const double *g,
                  double *result);

// v ← momentum · v − rate · g; w + v, or w + momentum · v − rate · g where it looks ahead
size_t ck_descend_momentum(const ck_update *update, double momentum, int looks_ahead, size_t n,
                           const double *w, const double *g, double *velocity, double *result);

// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²; w − rate · first m / (√(second v) + ε) − shrink · w
size_t ck_adam(const ck_update *update, const ck_moments *moments, size_t n, const double *w,
               const double *g, double *mean, double *square, double *result);
