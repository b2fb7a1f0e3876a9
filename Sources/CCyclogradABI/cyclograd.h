/* Cyclograd from C, and from every language that calls C.
 *
 * Handles are opaque. Each function that makes one says so, and cg_…_release gives it back: once, in any order, since a
 * handle keeps what it needs of others. Arrays and texts that are given are borrowed for the length of a call; arrays
 * that results are written to are the caller's. Matrices have a row for each sample, one row after the other.
 *
 * A function that can fail takes `char **error` last. If it fails it leaves a JSON object there, with the keys code,
 * message, advice, file, line, column and subject, null where there is nothing to say, and text, which is all of it in one
 * sentence. It is given back by cg_free. The function returns a null pointer then, or 0 where it otherwise returns 1.
 * If it does not fail, it leaves a null pointer there.
 *
 * All functions may be called from several threads at once, also with the same handles. Text is UTF-8.
 */
#ifndef CYCLOGRAD_H
#define CYCLOGRAD_H

#include <stdint.h>

#if defined(__clang__)
#define CG_NULLABLE _Nullable
#pragma clang assume_nonnull begin
#else
#define CG_NULLABLE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a function or a struct changes so that programs built before no longer fit. */
#define CG_ABI_VERSION 2

int32_t cg_abi_version(void);

/* Gives back text that a function has returned; nothing happens for a null pointer. */
void cg_free(void *CG_NULLABLE memory);

/* What this build has: {"abi": 2, "backends": […], "losses": […], …} as JSON, given back by cg_free. */
char *cg_features(void);

/* ---- Calls that can be ended ------------------------------------------------------------------------------- */

/* Ends calls that were begun with it: they fail with the code "cancelled". */
typedef struct cg_token cg_token;

/* Told what is being done, how much of it, and of how much in all, -1 if that is not known. It is called on the
 * thread that does the work, and must not call back. */
typedef void (*cg_progress)(const char *task, int64_t done, int64_t total, void *CG_NULLABLE context);

/* Makes a token. */
cg_token *cg_token_create(cg_progress CG_NULLABLE progress, void *CG_NULLABLE context);
/* Asks for the end of all its calls, from any thread, for good. */
void cg_token_cancel(cg_token *token);
void cg_token_release(cg_token *CG_NULLABLE token);

/* ---- Networks ----------------------------------------------------------------------------------------------- */

/* A compiled network and the parameters it begins with: immutable. */
typedef struct cg_network cg_network;

typedef struct cg_network_info {
  int64_t neurons, units, edges, inputs, outputs;
  int64_t parameters, weight_parameters, trainable_parameters;
  int64_t components, cyclic_components, largest_component, levels;
} cg_network_info;

/* Reads a file of any format that the command reads. Options as JSON, by the names of the command's:
 * {"from": "scipy", "activation": "tanh", "inputs": "0..63", …}. A bias is a number for all neurons, or the name of a
 * file. Makes a network. */
cg_network *CG_NULLABLE cg_network_read(
    const char *path, const char *CG_NULLABLE options, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* Reads a graph file's text, YAML or JSON; names of files in it are relative to the folder. Makes a network. */
cg_network *CG_NULLABLE cg_network_parse(
    const char *text, int64_t length, const char *CG_NULLABLE folder, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* A square matrix of weights in compressed rows: W[i, j] is the weight from neuron j to neuron i. A row has each column
 * once, in any order: columns that are repeated are refused. Entries of weight 0 are edges, too. */
typedef struct cg_csr {
  int64_t neurons;
  /* neurons + 1 numbers, and one for each edge, both of index_bytes 4 or 8; without edges no more than the first. */
  const void *CG_NULLABLE row_starts;
  const void *CG_NULLABLE columns;
  int32_t index_bytes;
  const double *CG_NULLABLE weights;
  /* One for each neuron; null for 0. */
  const double *CG_NULLABLE biases;
  /* Neurons that get a number of a sample, and those whose activations are the answer, in order; null for all. */
  const int64_t *CG_NULLABLE inputs;
  int64_t input_count;
  const int64_t *CG_NULLABLE outputs;
  int64_t output_count;
} cg_csr;

/* Copies a matrix. Options as JSON: {"name": "…", "activation": "tanh", "names": […]}; the activation may be a list with
 * one for each neuron, as the neurons' names are. Makes a network. */
cg_network *CG_NULLABLE cg_network_from_csr(
    const cg_csr *matrix, const char *CG_NULLABLE options, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

void cg_network_release(cg_network *CG_NULLABLE network);

void cg_network_get_info(const cg_network *network, cg_network_info *info);

/* The parameters it begins with. */
void cg_network_parameters(const cg_network *network, double *values);

/* Where parameters stand in W, rows (units) and columns (neurons) in the order of the file: units + 1 starts of rows,
 * for each edge its column and its parameter, for each unit the parameter of its bias. */
void cg_network_layout(
    const cg_network *network, int64_t *row_starts, int32_t *columns, int32_t *weights, int32_t *biases);

/* What the parameter of each edge, and of each unit's bias, is multiplied with there; 1 but for ties with a factor. */
void cg_network_factors(const cg_network *network, double *weights, double *biases);

/* Writes the network with some parameters, null for those it begins with, in the format that the file's extension or
 * {"to": "…"} names; what the format cannot hold comes back as a JSON list of texts, given back by cg_free. Parameters alone
 * go to a file with the extension safetensors, with {"preparation": "…"} of cg_read_preparation. */
char *CG_NULLABLE cg_network_write(
    const cg_network *network, const double *CG_NULLABLE parameters, const char *path, const char *CG_NULLABLE options,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* Reads parameters of the network that were written so, by a training or by the command. */
int32_t cg_network_read_parameters(
    const cg_network *network, const char *path, double *values, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* What a training did with columns before they entered the network ("offsets", "divisors", "one-hot", "windows" and which
 * columns), and the words of the classes that outputs stand for ("classes"), as JSON from a file of its parameters; "null"
 * where there is neither. Classes alone change no inputs. Given back by cg_free. */
char *CG_NULLABLE cg_read_preparation(
    const char *path, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* Facts as JSON, given back by cg_free. Kinds: "names", "inputs", "outputs", "units", "title", "remarks", "graph" (the
 * graph file as JSON), "frozen". */
char *CG_NULLABLE cg_network_describe(
    const cg_network *network, const char *kind, char *CG_NULLABLE *CG_NULLABLE error);

/* ---- Solving ------------------------------------------------------------------------------------------------ */

/* A network analysed for a backend: immutable. */
typedef struct cg_simulator cg_simulator;
/* The states of some samples with their evidence, and the factors made at them: immutable. */
typedef struct cg_equilibrium cg_equilibrium;

/* Options as JSON: {"backend": "automatic", "tolerance": 1e-10, "maximum_iterations": null, "threads": 1,
 * "kinks": "branch"}. Makes a simulator. */
cg_simulator *CG_NULLABLE cg_simulator_create(
    const cg_network *network, const char *CG_NULLABLE options, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);
void cg_simulator_release(cg_simulator *CG_NULLABLE simulator);

/* Finds the equilibrium of every sample; that of a sample may fail, which its status says. Makes an equilibrium.
 * Parameters: null for those that the network begins with. Start: z of all units, one row for all samples or one for
 * each; null for a = 0. If is_answer is not 0, the start is taken for the answer, and measured. */
cg_equilibrium *CG_NULLABLE cg_solve(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const double *CG_NULLABLE inputs,
    int64_t samples, const double *CG_NULLABLE start, int64_t start_rows, int32_t is_answer,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* An equilibrium after a change; null for what stays. Makes an equilibrium, the other is what it was. */
cg_equilibrium *CG_NULLABLE cg_update(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, const double *CG_NULLABLE parameters,
    const double *CG_NULLABLE inputs, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

void cg_equilibrium_release(cg_equilibrium *CG_NULLABLE equilibrium);

int64_t cg_equilibrium_samples(const cg_equilibrium *equilibrium);

/* How it ended for each sample: its status, 0 for converged (see cg_status_name), the backward error, iterations. */
void cg_equilibrium_evidence(
    const cg_equilibrium *equilibrium, int32_t *CG_NULLABLE status, double *CG_NULLABLE residual,
    int64_t *CG_NULLABLE iterations);
/* The name of a status, which lives for ever; null where there is none of that number. */
const char *CG_NULLABLE cg_status_name(int32_t status);
/* What else is known of a sample, given back by cg_free; null for nothing. */
char *CG_NULLABLE cg_equilibrium_detail(const cg_equilibrium *equilibrium, int64_t sample);

typedef enum cg_part {
  CG_OUTPUTS = 0,     /* samples × outputs; NaN where a sample failed */
  CG_STATES = 1,      /* samples × units */
  CG_ACTIVATIONS = 2, /* samples × neurons */
  CG_INPUTS = 3,      /* samples × inputs */
  CG_PARAMETERS = 4   /* parameters */
} cg_part;

/* Copies numbers out. */
void cg_equilibrium_read(const cg_equilibrium *equilibrium, cg_part part, double *values);

/* ---- Derivatives -------------------------------------------------------------------------------------------- */

/* The derivatives of Σ v a: by parameters, summed over the samples, and by each sample's inputs. The cotangent v is
 * samples × outputs, or if of_neurons is not 0, samples × neurons. Results that are null are left out. */
int32_t cg_vjp(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, const double *cotangent, int32_t of_neurons,
    double *CG_NULLABLE parameters, double *CG_NULLABLE inputs, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* The change of the outputs, samples × outputs, along changes of parameters and inputs; null for none. */
int32_t cg_jvp(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, const double *CG_NULLABLE parameters,
    const double *CG_NULLABLE inputs, double *outputs, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* The same of all activations, samples × neurons. */
int32_t cg_jvp_neurons(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, const double *CG_NULLABLE parameters,
    const double *CG_NULLABLE inputs, double *neurons, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* The Hessian of Σ v a by parameters and inputs together, times changes of both; null for none. The cotangent v is
 * samples × outputs. By parameters, summed over the samples, and by each sample's inputs: what the derivatives that
 * cg_vjp gives have for derivatives themselves. Results that are null are left out. */
int32_t cg_hessian_product(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, const double *cotangent,
    const double *CG_NULLABLE parameter_direction, const double *CG_NULLABLE input_direction,
    double *CG_NULLABLE parameters, double *CG_NULLABLE inputs, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* ∂outputs/∂inputs: samples × outputs × inputs. */
int32_t cg_jacobian(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, double *values, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* A mean loss by its name, and its derivatives by parameters and by each sample's inputs. Targets have a row for each
 * sample. Results that are null are left out. */
int32_t cg_gradient(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, const char *loss, const double *targets,
    int64_t target_columns, double *CG_NULLABLE value, double *CG_NULLABLE parameters, double *CG_NULLABLE inputs,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* ---- Proofs, comparisons, reports --------------------------------------------------------------------------- */

/* What is proved of each sample's equilibrium, as a list of JSON objects, given back by cg_free. */
char *CG_NULLABLE cg_certify(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* Whether it is proved that every input has exactly one equilibrium, by component: JSON, given back by cg_free. Its
 * "well_posed" is true or false, for proved or not; that of the command's check, which can also refute it at samples, is
 * "proved", "unproved" or "refuted". */
char *CG_NULLABLE cg_check(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* What outputs are possible when inputs move within a box around each sample: a list of JSON objects, given back by
 * cg_free. Options: {"radius": 0.1} (or a list with a number for each input, or each number of the batch), and perhaps
 * "range": [0, 1], "changes": 3, "method": "best", "states": true, "functionals": [[…]]; for margins between classes
 * "margins": true, "targets": […], "attack": true, "splits": 500, "seconds": 10. */
char *CG_NULLABLE cg_bound(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const double *CG_NULLABLE inputs,
    int64_t samples, const char *options, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* How far inputs move outputs at any distance, norms between two proved numbers: JSON, given back by cg_free. Options:
 * {"norms": ["infinity", "one", "two"], "outputs": […], "inputs": […], "matrix": true}. */
char *CG_NULLABLE cg_sensitivity(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const char *CG_NULLABLE options,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* Follows the network in time from a state, or z = 0. Inputs are one row that always holds, or rows that hold from
 * input_times on. Outputs are times × outputs, states times × units; both may be null. Options: {"method": "rk45"} or
 * {"method": "theta:1", "step": 0.1}. What is known of the course is JSON, given back by cg_free. */
char *CG_NULLABLE cg_time_course(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const double *CG_NULLABLE inputs, int64_t rows,
    const double *CG_NULLABLE input_times, const double *times, int64_t count, const double *CG_NULLABLE start,
    const char *CG_NULLABLE options, double *CG_NULLABLE outputs, double *CG_NULLABLE states,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* The same, and its derivatives, which are exact for the steps of the method (theta:0.5 by default; rk45 has none). What
 * is differentiated is a mean loss over rows of targets, {"loss": "half-squared-error"}, or the sum of v · a over rows v
 * of a cotangent, {"cotangent_of": "outputs"} or "neurons". Each row is for one of the times, those of target_times or,
 * where that is null, all in their order. By inputs: rows × inputs; by the start: units. Results may be null. What is
 * known of the course is JSON as of cg_time_course, given back by cg_free. */
char *CG_NULLABLE cg_time_course_gradient(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const double *CG_NULLABLE inputs, int64_t rows,
    const double *CG_NULLABLE input_times, const double *times, int64_t count, const double *CG_NULLABLE start,
    const double *targets, int64_t target_rows, int64_t target_columns, const double *CG_NULLABLE target_times,
    const char *CG_NULLABLE options, double *CG_NULLABLE value, double *CG_NULLABLE of_parameters,
    double *CG_NULLABLE of_inputs, double *CG_NULLABLE of_start, double *CG_NULLABLE outputs,
    double *CG_NULLABLE states, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* How the answer after a cut is related to the one before. */
typedef enum cg_lesion {
  CG_LESION_CONTINUED = 0, /* states change by little at a time while the weights go to 0 */
  CG_LESION_ANOTHER = 1,   /* the intact network's equilibrium vanishes on the way, and another one was reached */
  CG_LESION_NONE = 2       /* no equilibrium was found */
} cg_lesion;

/* What cuts do to the outputs. Each is made by itself in the intact network, whose equilibrium is given: its weights become
 * 0, in steps where states change by much. Cut c is through the edges that leave the neurons
 * sources[cut_starts[c]] … sources[cut_starts[c + 1] - 1], which are counted from 0; where targets are given, through
 * the edge from each source to the target in the same place alone. There are cuts + 1 starts. Weights that several edges
 * have in common cannot be cut, and every sample must have converged. Outputs are cuts × samples × outputs, NaN where
 * no equilibrium was found; relations (of cg_lesion) and residuals are cuts × samples. Results may be null. */
int32_t cg_lesions(
    const cg_simulator *simulator, const cg_equilibrium *equilibrium, int64_t cuts, const int64_t *cut_starts,
    const int64_t *CG_NULLABLE sources, const int64_t *CG_NULLABLE targets, double *CG_NULLABLE outputs,
    int32_t *CG_NULLABLE relations, double *CG_NULLABLE residuals, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

/* Backends side by side: JSON, given back by cg_free. Options: {"loss": …, "backends": […], "repeat": 1}. */
char *CG_NULLABLE cg_compare(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const double *CG_NULLABLE inputs,
    int64_t samples, const double *CG_NULLABLE targets, int64_t target_columns, const char *CG_NULLABLE options,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* The report on a network, and on the first sample of an equilibrium, as an HTML page, or one of its figures as SVG;
 * given back by cg_free. */
char *CG_NULLABLE cg_report(
    const cg_network *network, const cg_equilibrium *CG_NULLABLE equilibrium, const char *CG_NULLABLE figure,
    cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* ---- Training ----------------------------------------------------------------------------------------------- */

/* A training, which its calls take in turn. */
typedef struct cg_training cg_training;

/* Prepares a training on samples in memory, which are copied; the last `validation` of them are validated with. Settings: a
 * training file's text as JSON or YAML. It must have format, graph, data and epochs as a file must, but graph, data, solvers,
 * checkpoints and output do not count:
 * {"format": "cyclograd-training/1", "graph": "none", "data": {"file": "none"}, "optimizer": "adam", "rate": 0.01,
 * "epochs": 10}. What needs files, as stages and metrics do, is refused. Makes a training. */
cg_training *CG_NULLABLE cg_training_create(
    const cg_simulator *simulator, const double *CG_NULLABLE parameters, const double *CG_NULLABLE inputs,
    const double *CG_NULLABLE targets, int64_t samples, int64_t target_columns, int64_t validation,
    const char *settings, char *CG_NULLABLE *CG_NULLABLE error);
void cg_training_release(cg_training *CG_NULLABLE training);

/* Does the next piece of work and says what it was: JSON, given back by cg_free; "null" after the last. */
char *CG_NULLABLE cg_training_next(
    cg_training *training, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* The parameters as they are now. */
void cg_training_parameters(const cg_training *training, double *values);

/* Writes the training as it stands between two pieces of work to a file, whole or not at all: parameters, the optimizer's
 * memory, the place in the epoch, what the validations found. It is a file of the format safetensors. */
int32_t cg_training_save(
    const cg_training *training, const char *path, cg_token *CG_NULLABLE token, char *CG_NULLABLE *CG_NULLABLE error);

/* Continues from such a file, bit for bit. The training must have been created for the same network, with the same samples,
 * batch, seed and order; the parameters that it was created with do not count. What else is different is done from
 * now on, and comes back as a JSON list of texts, given back by cg_free. The loss, the optimizer and the numbers of
 * the samples may be others where restart_best is not 0: the choice of the best and the optimizer's memory begin anew
 * then. If it fails, the training is as it was. */
char *CG_NULLABLE cg_training_resume(
    cg_training *training, const char *path, int32_t restart_best, cg_token *CG_NULLABLE token,
    char *CG_NULLABLE *CG_NULLABLE error);

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#endif
