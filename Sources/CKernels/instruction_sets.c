#include "CKernels.h"

int ck_widest_instructions = ck_any_instructions;

void ck_limit_instructions(int widest) {
  __atomic_store_n(&ck_widest_instructions, widest, __ATOMIC_RELAXED);
}
