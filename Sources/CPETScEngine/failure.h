// What the files of this target share.
#include <petscksp.h>

// Keeps PETSc's message; returns 1.
int cpe_fail(PetscErrorCode code);
// The same where memory is short.
int cpe_fail_memory(void);

#define CPE_TRY(call)                    \
  do {                                   \
    PetscErrorCode code_ = (call);       \
    if (code_) return cpe_fail(code_);   \
  } while (0)

// Numbers of neurons are handed over as they are.
_Static_assert(sizeof(PetscInt) == 4, "use PETSc with indices of 32 bits, as libpetsc-real-dev has them");
