// What a vector of eight numbers is to lane_mixing_body.h, which undefines it.

#define NUMBER Vector
#define MASK Mask
#define GET(p) load(p)
#define PUT(p, v) store(p, v)
#define MORE(v) ((v) > 0)
#define FINITE(v) ((v) * 0 == 0)
#define KEEP(mask, a, b) select(mask, a, b)
#define ROOT(v) __builtin_elementwise_sqrt(v)
#define SIZE(v) absolute(v)
#define LARGER(most, v) select((v) > (most), v, most)
#define RUNNING(p) (*(const UnalignedMask *)(p))
