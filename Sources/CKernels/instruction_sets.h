// Includes LOOPS, a file of functions named NAME(…), once for each instruction set, and defines
// CHOOSE(function), which picks the widest that the processor has.
//
// GATHERS is defined where one instruction fetches eight numbers from anywhere.
//
// Copies rather than target_clones, whose resolvers run before a sanitizer is ready for them.

#define JOIN(a, b) a##b
#define EXPAND(a, b) JOIN(a, b)
#define NAME(function) EXPAND(function##_, SUFFIX)

#define SUFFIX base
#include LOOPS
#undef SUFFIX

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define SUFFIX avx2
#include LOOPS
#undef SUFFIX
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))), \
                             apply_to = function)
#define SUFFIX avx512
#define GATHERS
#include LOOPS
#undef GATHERS
#undef SUFFIX
#pragma clang attribute pop

#define CHOOSE(function)                                                            \
  (ck_allows(ck_avx512) && __builtin_cpu_supports("avx512f") &&                     \
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") \
       ? function##_avx512                                                          \
       : (ck_allows(ck_avx2) && __builtin_cpu_supports("avx2") ? function##_avx2    \
                                                               : function##_base))

#else
#define CHOOSE(function) function##_base
#endif
