#ifdef CYCLOGRAD_PETSC
#include "CPETScEngine.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

// Without PETSc's header, which counts every message.
int cpe_fail_memory(void);

// What one process gets from another, or gives it: neighbouring ghosts, or a part of `given`.
typedef struct {
  int rank, first, count;
} part;

struct cpe_exchange {
  int own, below;
  // Ghosts by the process whose they are: so they lie together in extended vectors.
  int sources;
  part *taken;
  // Own elements by the process that needs them, their indices, and room for their values.
  int targets;
  part *given;
  int32_t *indices;
  double *values;
  // How many numbers of each there is room for.
  int width;
  MPI_Request *requests;
};

enum { tag = 7 };

// Where the ghosts of a process begin in an extended vector.
static double *place(const cpe_exchange *exchange, const part *from, double *extended) {
  return extended + from->first + (from->first < exchange->below ? 0 : exchange->own);
}

static part *parts(const int *counts, int size, int *number) {
  *number = 0;
  for (int rank = 0; rank < size; rank++) *number += counts[rank] > 0;
  part *result = malloc((size_t)(*number + 1) * sizeof *result);
  for (int rank = 0, first = 0, i = 0; result && rank < size; first += counts[rank++])
    if (counts[rank] > 0) result[i++] = (part){rank, first, counts[rank]};
  return result;
}

// Tells every process which of its elements are needed.
static int learn(cpe_exchange *exchange, const int32_t *ghosts, const int *starts) {
  int total = 0;
  for (int i = 0; i < exchange->targets; i++) total += exchange->given[i].count;
  exchange->indices = malloc((size_t)(total + 1) * sizeof *exchange->indices);
  exchange->values = malloc((size_t)(total + 1) * sizeof *exchange->values);
  exchange->requests =
      malloc((size_t)(exchange->sources + exchange->targets + 1) * sizeof *exchange->requests);
  if (!exchange->indices || !exchange->values || !exchange->requests) return 1;
  int count = 0;
  for (int i = 0; i < exchange->targets; i++)
    MPI_Irecv(exchange->indices + exchange->given[i].first, exchange->given[i].count, MPI_INT32_T,
              exchange->given[i].rank, tag, MPI_COMM_WORLD, &exchange->requests[count++]);
  for (int i = 0; i < exchange->sources; i++)
    MPI_Isend(ghosts + exchange->taken[i].first, exchange->taken[i].count, MPI_INT32_T,
              exchange->taken[i].rank, tag, MPI_COMM_WORLD, &exchange->requests[count++]);
  MPI_Waitall(count, exchange->requests, MPI_STATUSES_IGNORE);
  for (int i = 0; i < total; i++) exchange->indices[i] -= starts[cpe_rank()];
  return 0;
}

int cpe_exchange_create(int own, const int32_t *ghosts, int count, int below, cpe_exchange **result) {
  const int size = cpe_size();
  cpe_exchange *exchange = calloc(1, sizeof *exchange);
  int *starts = calloc((size_t)size + 1, sizeof *starts), *taken = calloc((size_t)size, sizeof *taken),
      *given = calloc((size_t)size, sizeof *given);
  *result = exchange;
  int failed = !exchange || !starts || !taken || !given;
  if (!failed) {
    exchange->own = own;
    exchange->below = below;
    exchange->width = 1;
    MPI_Allgather(&own, 1, MPI_INT, starts + 1, 1, MPI_INT, MPI_COMM_WORLD);
    for (int rank = 0; rank < size; rank++) starts[rank + 1] += starts[rank];
    for (int i = 0, rank = 0; i < count; i++) {
      while (ghosts[i] >= starts[rank + 1]) rank++;
      taken[rank]++;
    }
    MPI_Alltoall(taken, 1, MPI_INT, given, 1, MPI_INT, MPI_COMM_WORLD);
    exchange->taken = parts(taken, size, &exchange->sources);
    exchange->given = parts(given, size, &exchange->targets);
    failed = !exchange->taken || !exchange->given || learn(exchange, ghosts, starts);
  }
  free(starts);
  free(taken);
  free(given);
  return failed ? cpe_fail_memory() : 0;
}

void cpe_exchange_destroy(cpe_exchange *exchange) {
  if (!exchange) return;
  free(exchange->taken);
  free(exchange->given);
  free(exchange->indices);
  free(exchange->values);
  free(exchange->requests);
  free(exchange);
}

int cpe_exchange_fetch(cpe_exchange *exchange, const double *own, double *extended, int width) {
  if (width > exchange->width) {
    const part *last = &exchange->given[exchange->targets - 1];
    const size_t total = exchange->targets ? (size_t)(last->first + last->count) : 0;
    double *values = realloc(exchange->values, (total * (size_t)width + 1) * sizeof *values);
    if (!values) return cpe_fail_memory();
    exchange->values = values;
    exchange->width = width;
  }
  int count = 0;
  MPI_Datatype type = MPI_DOUBLE;
  if (width > 1) {
    MPI_Type_contiguous(width, MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
  }
  for (int i = 0; i < exchange->sources; i++) {
    const part *from = &exchange->taken[i];
    double *ghosts = extended + (place(exchange, from, extended) - extended) * width;
    MPI_Irecv(ghosts, from->count, type, from->rank, tag, MPI_COMM_WORLD, &exchange->requests[count++]);
  }
  for (int i = 0; i < exchange->targets; i++) {
    const part *to = &exchange->given[i];
    double *values = exchange->values + (size_t)to->first * (size_t)width;
    for (int k = 0; k < to->count; k++)
      memcpy(values + (size_t)k * (size_t)width,
             own + (size_t)exchange->indices[to->first + k] * (size_t)width,
             (size_t)width * sizeof *values);
    MPI_Isend(values, to->count, type, to->rank, tag, MPI_COMM_WORLD, &exchange->requests[count++]);
  }
  MPI_Waitall(count, exchange->requests, MPI_STATUSES_IGNORE);
  if (width > 1) MPI_Type_free(&type);
  return 0;
}

void cpe_exchange_add(cpe_exchange *exchange, double *extended, double *own) {
  int count = 0;
  for (int i = 0; i < exchange->targets; i++) {
    const part *to = &exchange->given[i];
    MPI_Irecv(exchange->values + to->first, to->count, MPI_DOUBLE, to->rank, tag, MPI_COMM_WORLD,
              &exchange->requests[count++]);
  }
  for (int i = 0; i < exchange->sources; i++) {
    const part *from = &exchange->taken[i];
    MPI_Isend(place(exchange, from, extended), from->count, MPI_DOUBLE, from->rank, tag, MPI_COMM_WORLD,
              &exchange->requests[count++]);
  }
  MPI_Waitall(count, exchange->requests, MPI_STATUSES_IGNORE);
  // In the order of processes, whichever message came first.
  for (int i = 0; i < exchange->targets; i++) {
    const part *to = &exchange->given[i];
    for (int k = to->first; k < to->first + to->count; k++)
      own[exchange->indices[k]] += exchange->values[k];
  }
}
#endif
