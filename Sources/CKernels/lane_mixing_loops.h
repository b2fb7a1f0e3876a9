// The loops of Anderson mixing in lanes, included by lane_mixing.c once for each instruction set, under names that end in
// SUFFIX.

#define NAMED(function) NAME(function##_one)
#define NUMBER double
#define MASK int64_t
#define LANES 1
#define VECTORS 1
#define GET(p) (*(p))
#define PUT(p, v) (*(p) = (v))
#define MORE(v) (-(int64_t)((v) > 0))
#define FINITE(v) (-(int64_t)((v) * 0 == 0))
#define KEEP(mask, a, b) ((mask) ? (a) : (b))
#define ROOT(v) __builtin_elementwise_sqrt(v)
#define SIZE(v) magnitude(v)
#define LARGER(most, v) ((v) > (most) ? (v) : (most))
#define RUNNING(p) (*(p))
#include "lane_mixing_body.h"

#define NAMED(function) NAME(function##_eight)
#define LANES 8
#define VECTORS 1
#include "lane_mixing_vectors.h"
#include "lane_mixing_body.h"

#define NAMED(function) NAME(function##_sixteen)
#define LANES 16
#define VECTORS 2
#include "lane_mixing_vectors.h"
#include "lane_mixing_body.h"
