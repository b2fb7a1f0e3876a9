// One step of Anderson mixing in some lanes, included by lane_mixing_loops.h for one number and for vectors of them, so that
// a lane's numbers are the same wherever it stands: NUMBER, LANES and VECTORS say what is taken at a time, GET and PUT
// fetch and store it, and the rest works on it.

#define PLACE(i, v) ((i) * LANES + 8 * (v))
#define ENTRY(row, column) (((row) * ck_mixing_window + (column)) * LANES)

INLINE void NAMED(advance_with)(const ck_lane_mixing *m, size_t n, const size_t used, size_t row,
                                const double *now, double *next, const int64_t *running,
                                double *sizes) {
  const size_t length = n * LANES;
  double *dr = m->differences + row * length, *dg = m->moves + row * length;
  NUMBER products[ck_mixing_window * VECTORS] = {0}, projection[ck_mixing_window * VECTORS] = {0};
  NUMBER most[VECTORS] = {0};
  for (size_t i = 0; i < n; i++) {
    UNROLL for (size_t v = 0; v < VECTORS; v++) {
      const size_t p = PLACE(i, v);
      const NUMBER image = GET(next + p), residual = image - GET(now + p);
      const NUMBER difference = residual - GET(m->last_residual + p);
      if (used) {
        PUT(dr + p, difference);
        PUT(dg + p, image - GET(m->last_image + p));
      } else {
        most[v] = LARGER(most[v], SIZE(image));
      }
      PUT(m->last_residual + p, residual);
      PUT(m->last_image + p, image);
      UNROLL for (size_t j = 0; j < used; j++) {
        const NUMBER column = GET(m->differences + j * length + p);
        products[j * VECTORS + v] += column * difference;
        projection[j * VECTORS + v] += column * residual;
      }
    }
  }
  if (!used) {
    UNROLL for (size_t v = 0; v < VECTORS; v++) PUT(sizes + 8 * v, most[v]);
    return;
  }
  NUMBER gamma[ck_mixing_window * VECTORS];
  MASK mixes[VECTORS];
  UNROLL for (size_t v = 0; v < VECTORS; v++) {
    UNROLL for (size_t j = 0; j < used; j++) {
      PUT(m->gram + ENTRY(row, j) + 8 * v, products[j * VECTORS + v]);
      PUT(m->gram + ENTRY(j, row) + 8 * v, products[j * VECTORS + v]);
    }
    // (ΔRᵀ ΔR + ε I) γ = ΔRᵀ r by Cholesky.
    NUMBER factor[ck_mixing_window][ck_mixing_window], trace = {0};
    UNROLL for (size_t j = 0; j < used; j++) trace += GET(m->gram + ENTRY(j, j) + 8 * v);
    const NUMBER ridge = 1e-14 * trace;
    MASK ok = RUNNING(running + 8 * v) & MORE(trace) & FINITE(trace);
    UNROLL for (size_t i = 0; i < used; i++) {
      UNROLL for (size_t j = 0; j <= i; j++) {
        NUMBER sum = GET(m->gram + ENTRY(i, j) + 8 * v);
        if (i == j) sum += ridge;
        UNROLL for (size_t k = 0; k < j; k++) sum -= factor[i][k] * factor[j][k];
        if (i == j) {
          ok &= MORE(sum);
          factor[i][i] = ROOT(sum);
        } else {
          factor[i][j] = sum / factor[j][j];
        }
      }
    }
    NUMBER solution[ck_mixing_window];
    UNROLL for (size_t i = 0; i < used; i++) {
      NUMBER sum = projection[i * VECTORS + v];
      UNROLL for (size_t k = 0; k < i; k++) sum -= factor[i][k] * solution[k];
      solution[i] = sum / factor[i][i];
    }
    UNROLL for (size_t down = 0; down < used; down++) {
      const size_t i = used - 1 - down;
      NUMBER sum = solution[i];
      UNROLL for (size_t k = i + 1; k < used; k++) sum -= factor[k][i] * solution[k];
      solution[i] = sum / factor[i][i];
      ok &= FINITE(solution[i]);
    }
    UNROLL for (size_t j = 0; j < used; j++) gamma[j * VECTORS + v] = solution[j];
    mixes[v] = ok;
  }
  for (size_t i = 0; i < n; i++) {
    UNROLL for (size_t v = 0; v < VECTORS; v++) {
      const size_t p = PLACE(i, v);
      const NUMBER image = GET(next + p);
      NUMBER mixed = image;
      UNROLL for (size_t j = 0; j < used; j++)
        mixed -= gamma[j * VECTORS + v] * GET(m->moves + j * length + p);
      mixed = KEEP(mixes[v], mixed, image);
      most[v] = LARGER(most[v], SIZE(mixed));
      PUT(next + p, mixed);
    }
  }
  UNROLL for (size_t v = 0; v < VECTORS; v++) PUT(sizes + 8 * v, most[v]);
}

static void NAMED(advance)(const ck_lane_mixing *m, size_t n, size_t used, size_t row,
                           const double *now, double *next, const int64_t *running,
                           double *sizes) {
  switch (used) {
    case 0: NAMED(advance_with)(m, n, 0, row, now, next, running, sizes); break;
    case 1: NAMED(advance_with)(m, n, 1, row, now, next, running, sizes); break;
    case 2: NAMED(advance_with)(m, n, 2, row, now, next, running, sizes); break;
    case 3: NAMED(advance_with)(m, n, 3, row, now, next, running, sizes); break;
    case 4: NAMED(advance_with)(m, n, 4, row, now, next, running, sizes); break;
    default: NAMED(advance_with)(m, n, 5, row, now, next, running, sizes); break;
  }
}

#undef PLACE
#undef ENTRY
#undef NAMED
#undef NUMBER
#undef MASK
#undef LANES
#undef VECTORS
#undef GET
#undef PUT
#undef MORE
#undef FINITE
#undef KEEP
#undef ROOT
#undef SIZE
#undef LARGER
#undef RUNNING
