#ifndef CPETSC_ENGINE_H
#define CPETSC_ENGINE_H

// What Cyclograd asks of MPI and PETSc, without any type of theirs: handles are opaque, vectors are arrays of this
// process's part. There is nothing here unless the package is built with the trait PETSc.
//
// Functions return 0, or not 0 if PETSc has failed; cpe_message says why then. All but cpe_abort, cpe_message and the
// two of one process to another must be called by all processes alike.

#include <stdint.h>

int cpe_begin(void);
// PETSc's own options, as on its command line.
int cpe_set_options(const char *options);
void cpe_end(void);
int cpe_rank(void);
int cpe_size(void);
// Ends all processes.
void cpe_abort(int code);
const char *cpe_message(void);
// Options that PETSc was given and nobody has asked for; empty if there are none.
const char *cpe_unused_options(void);

// Over all processes, in place.
void cpe_sum(double *values, int count);
void cpe_largest(double *values, int count);
void cpe_largest_integers(int32_t *values, int count);
void cpe_add_counts(int64_t *values, int count);
// Process 0 gets the parts of all, one after the other; starts has one number more than there are processes.
void cpe_gather(const double *part, double *all, const int *counts, const int *starts);
// From process 0 to all others.
void cpe_broadcast(void *bytes, int64_t count);
// From one process to another.
void cpe_send(const void *bytes, int64_t count, int to);
void cpe_receive(void *bytes, int64_t count, int from);

// Sends each process its counts[rank] elements of `size` bytes, one after the other; those of all for this one come in their
// order.
void cpe_deal(const void *sent, const int *counts, void *received, const int *received_counts, int size);

// Why neurons cannot be divided by PT-Scotch; a null pointer if they can.
const char *cpe_partition_refusal(void);
// The process for each of this process's vertices of an undirected graph: rows of neighbours without the vertex itself, and
// what each vertex costs.
int cpe_partition(int own, const int32_t *row_starts, const int32_t *columns, const int32_t *weights,
                  int32_t *destinations);

// Fetches the numbers of other processes that a process needs, and adds up what it has found for them.
typedef struct cpe_exchange cpe_exchange;

// own: how many elements of the distributed vector are this process's; ghosts: the others that it needs, ascending, of which
// `below` come before its own. In an extended vector its own stand between these and the rest.
int cpe_exchange_create(int own, const int32_t *ghosts, int count, int below, cpe_exchange **result);
void cpe_exchange_destroy(cpe_exchange *exchange);
// The ghosts of extended = others' elements, each of which is `width` numbers.
int cpe_exchange_fetch(cpe_exchange *exchange, const double *own, double *extended, int width);
// own += what all processes have for its elements in their extended vectors.
void cpe_exchange_add(cpe_exchange *exchange, double *extended, double *own);

// A square system whose products are computed by callbacks.
typedef struct cpe_system cpe_system;
// y = M x, or y = Mᵀ x.
typedef void (*cpe_product)(void *context, const double *x, double *y);

// is_alone: whether the system is this process's own.
int cpe_system_create(int own, cpe_product multiply, cpe_product multiply_transposed, void *context,
                      int is_alone, cpe_system **result);
void cpe_system_destroy(cpe_system *system);
// Whether the preconditioner that was asked for needs the matrix itself.
int cpe_system_needs_matrix(cpe_system *system);
// Why the preconditioner that was asked for is refused; a null pointer if it is not.
const char *cpe_system_refusal(cpe_system *system);
// The matrix, by rows of this process; columns are global. Replaces the one before.
int cpe_system_set_matrix(cpe_system *system, const int32_t *row_starts, const int32_t *columns,
                          const double *values);
// x solves M x = b, or Mᵀ x = b, as far as is claimed. Returns how it ended in `reason`, positive if PETSc says that it
// has converged.
int cpe_system_solve(cpe_system *system, int is_transposed, double tolerance, int limit, const double *b,
                     double *x, int *iterations, int *reason);
// What solves, such as "gmres with bjacobi".
const char *cpe_system_method(cpe_system *system);

#endif
