#if defined(__linux__)
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#endif

#include "CKernels.h"

#if defined(__linux__)

int ck_current_processor(void) { return sched_getcpu(); }

uintptr_t ck_current_thread(void) { return (uintptr_t)pthread_self(); }

int ck_keep_off(uintptr_t thread, int processor) {
  cpu_set_t allowed;
  if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed) != 0) return 0;
  CPU_CLR((size_t)processor, &allowed);
  if (CPU_COUNT(&allowed) == 0) return 0;
  return pthread_setaffinity_np((pthread_t)thread, sizeof allowed, &allowed) == 0;
}

#else

int ck_current_processor(void) { return -1; }
uintptr_t ck_current_thread(void) { return 0; }
int ck_keep_off(uintptr_t thread, int processor) {
  (void)thread;
  (void)processor;
  return 0;
}

#endif
