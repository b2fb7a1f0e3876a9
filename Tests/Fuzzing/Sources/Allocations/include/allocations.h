#pragma once
#include <stddef.h>
#include <stdint.h>

/// Counts from here on; what is allocated already does not count.
void allocations_begin(void);
/// The largest single block that was asked for since `allocations_begin`.
size_t allocations_largest(void);
/// The most that was allocated at one time since `allocations_begin`, beyond what was then.
size_t allocations_peak(void);

/// A file of memory, opened for reading and writing.
int memory_file(void);

