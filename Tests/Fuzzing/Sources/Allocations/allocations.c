// Stands before the C library's malloc and counts. Blocks are counted from whatever thread they
// come.
#define _GNU_SOURCE
#include "allocations.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static atomic_llong live, start, peak;
static atomic_size_t largest;

static void *counted(void *block, size_t size) {
  size_t seen = atomic_load_explicit(&largest, memory_order_relaxed);
  while (size > seen && !atomic_compare_exchange_weak(&largest, &seen, size)) {}
  if (!block) return block;
  long long bytes = (long long)malloc_usable_size(block);
  long long now = atomic_fetch_add_explicit(&live, bytes, memory_order_relaxed) + bytes;
  long long most = atomic_load_explicit(&peak, memory_order_relaxed);
  while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {}
  return block;
}

static void uncounted(void *block) {
  if (block) atomic_fetch_sub_explicit(&live, (long long)malloc_usable_size(block), memory_order_relaxed);
}

void allocations_begin(void) {
  long long now = atomic_load(&live);
  atomic_store(&start, now);
  atomic_store(&peak, now);
  atomic_store(&largest, 0);
}

size_t allocations_largest(void) { return atomic_load(&largest); }
size_t allocations_peak(void) { return (size_t)(atomic_load(&peak) - atomic_load(&start)); }

void *malloc(size_t size) { return counted(__libc_malloc(size), size); }

void *calloc(size_t count, size_t size) {
  size_t bytes;
  void *block = __libc_calloc(count, size);
  return counted(block, __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes);
}

void *realloc(void *old, size_t size) {
  long long before = old ? (long long)malloc_usable_size(old) : 0;
  void *block = __libc_realloc(old, size);
  if (block || size == 0) atomic_fetch_sub_explicit(&live, before, memory_order_relaxed);
  return counted(block, size);
}

void *memalign(size_t alignment, size_t size) {
  return counted(__libc_memalign(alignment, size), size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *block = memalign(alignment, size);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}

void free(void *block) {
  uncounted(block);
  __libc_free(block);
}

int memory_file(void) { return memfd_create("input", MFD_CLOEXEC); }
