#ifdef CYCLOGRAD_PETSC
#include "CPETScEngine.h"
#include "failure.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank = 0, size = 1, owns_mpi = 0;
static char message[2048];

const char *cpe_message(void) { return message; }

int cpe_fail(PetscErrorCode code) {
  const char *text = NULL;
  char *detail = NULL;
  PetscErrorMessage(code, &text, &detail);
  if (!message[0])
    snprintf(message, sizeof message, "%s%s%s", text ? text : "PETSc has failed",
             detail && detail[0] ? ": " : "", detail ? detail : "");
  return 1;
}

int cpe_fail_memory(void) {
  snprintf(message, sizeof message, "there is not enough memory");
  return 1;
}

// Keeps the innermost text, and prints nothing.
static PetscErrorCode keep(MPI_Comm communicator, int line, const char *function, const char *file,
                           PetscErrorCode code, PetscErrorType type, const char *text, void *context) {
  (void)communicator, (void)line, (void)file, (void)context;
  if (type == PETSC_ERROR_INITIAL)
    snprintf(message, sizeof message, "%s (in %s)", text && text[0] ? text : "PETSc has failed",
             function ? function : "?");
  return code;
}

int cpe_begin(void) {
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (!initialized) {
    int provided = 0;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) {
      snprintf(message, sizeof message, "MPI cannot be started");
      return 1;
    }
    owns_mpi = 1;
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  PETSC_COMM_WORLD = MPI_COMM_WORLD;
  char program[] = "cyclograd-mpi", silent[] = "-no_signal_handler";
  char *arguments[] = {program, silent, NULL};
  int count = 2;
  char **list = arguments;
  PetscErrorCode code = PetscInitialize(&count, &list, NULL, NULL);
  if (code) return cpe_fail(code);
  PetscPushErrorHandler(keep, NULL);
  // The option is seen before PETSc has any, and counts as unused otherwise.
  PetscOptionsClearValue(NULL, silent);
  return 0;
}

int cpe_set_options(const char *options) {
  CPE_TRY(PetscOptionsInsertString(NULL, options));
  return 0;
}

void cpe_end(void) {
  PetscPopErrorHandler();
  PetscFinalize();
  if (owns_mpi) MPI_Finalize();
}

int cpe_rank(void) { return rank; }
int cpe_size(void) { return size; }
void cpe_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

const char *cpe_unused_options(void) {
  static char text[1024];
  PetscInt count = 0;
  char **names = NULL, **values = NULL;
  text[0] = 0;
  if (PetscOptionsLeftGet(NULL, &count, &names, &values)) return text;
  for (PetscInt i = 0; i < count; i++) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s-%s", used ? " " : "", names[i]);
  }
  PetscOptionsLeftRestore(NULL, &count, &names, &values);
  return text;
}

void cpe_sum(double *values, int count) {
  MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}

void cpe_largest(double *values, int count) {
  MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
}

void cpe_largest_integers(int32_t *values, int count) {
  MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_INT32_T, MPI_MAX, MPI_COMM_WORLD);
}

void cpe_add_counts(int64_t *values, int count) {
  MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
}

void cpe_gather(const double *part, double *all, const int *counts, const int *starts) {
  MPI_Gatherv(part, counts[rank], MPI_DOUBLE, all, counts, starts, MPI_DOUBLE, 0, MPI_COMM_WORLD);
}

void cpe_deal(const void *sent, const int *counts, void *received, const int *received_counts,
              int element_size) {
  int *places = calloc(2 * (size_t)size + 2, sizeof *places), *received_places = places + size + 1;
  if (!places) MPI_Abort(MPI_COMM_WORLD, 1);
  for (int other = 0; other < size; other++) {
    places[other + 1] = places[other] + counts[other];
    received_places[other + 1] = received_places[other] + received_counts[other];
  }
  MPI_Datatype type;
  MPI_Type_contiguous(element_size, MPI_BYTE, &type);
  MPI_Type_commit(&type);
  MPI_Alltoallv(sent, counts, places, type, received, received_counts, received_places, type,
                MPI_COMM_WORLD);
  MPI_Type_free(&type);
  free(places);
}

// Messages hold at most INT_MAX elements.
enum { chunk = 1 << 30 };

void cpe_broadcast(void *bytes, int64_t count) {
  for (int64_t first = 0; first < count; first += chunk)
    MPI_Bcast((char *)bytes + first, (int)(count - first < chunk ? count - first : chunk), MPI_BYTE, 0,
              MPI_COMM_WORLD);
}

void cpe_send(const void *bytes, int64_t count, int to) {
  for (int64_t first = 0; first < count; first += chunk)
    MPI_Send((const char *)bytes + first, (int)(count - first < chunk ? count - first : chunk), MPI_BYTE,
             to, 0, MPI_COMM_WORLD);
}

void cpe_receive(void *bytes, int64_t count, int from) {
  for (int64_t first = 0; first < count; first += chunk)
    MPI_Recv((char *)bytes + first, (int)(count - first < chunk ? count - first : chunk), MPI_BYTE, from, 0,
             MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
#endif
