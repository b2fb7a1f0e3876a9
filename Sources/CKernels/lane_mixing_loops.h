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
#define NUMBER Vector
#define MASK Mask
#define LANES 8
#define VECTORS 1
#define GET(p) load(p)
#define PUT(p, v) store(p, v)
#define MORE(v) ((v) > 0)
#define FINITE(v) ((v) * 0 == 0)
#define KEEP(mask, a, b) select(mask, a, b)
#define ROOT(v) __builtin_elementwise_sqrt(v)
#define SIZE(v) absolute(v)
#define LARGER(most, v) select((v) > (most), v, most)
#define RUNNING(p) (*(const UnalignedMask *)(p))
#include "lane_mixing_body.h"

#define NAMED(function) NAME(function##_sixteen)
#define NUMBER Vector
#define MASK Mask
#define LANES 16
#define VECTORS 2
#define GET(p) load(p)
#define PUT(p, v) store(p, v)
#define MORE(v) ((v) > 0)
#define FINITE(v) ((v) * 0 == 0)
#define KEEP(mask, a, b) select(mask, a, b)
#define ROOT(v) __builtin_elementwise_sqrt(v)
#define SIZE(v) absolute(v)
#define LARGER(most, v) select((v) > (most), v, most)
#define RUNNING(p) (*(const UnalignedMask *)(p))
#include "lane_mixing_body.h"
