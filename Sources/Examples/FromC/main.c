/* A ring of three neurons, its equilibrium, and the derivatives of its third neuron.
 *
 *     cc main.c -I Sources/CCyclogradABI -L .build/release -lcyclograd-c -Wl,-rpath,.build/release
 */
#include <stdio.h>

#include "cyclograd.h"

static int failed(char *error) {
  fprintf(stderr, "%s\n", error);
  cg_free(error);
  return 1;
}

int main(void) {
  if (cg_abi_version() != CG_ABI_VERSION) {
    fprintf(stderr, "the library is of another version\n");
    return 1;
  }
  /* W[i, j] leads from neuron j to neuron i. */
  const int32_t starts[] = {0, 1, 3, 4}, columns[] = {2, 0, 1, 1};
  const double weights[] = {0.5, -0.75, 0.25, 1.5}, biases[] = {0.1, 0.2, -0.3};
  const int64_t inputs[] = {0}, outputs[] = {2};
  const cg_csr matrix = {3, starts, columns, 4, weights, biases, inputs, 1, outputs, 1};

  char *error = NULL;
  cg_network *network = cg_network_from_csr(&matrix, "{\"activation\": \"tanh\"}", NULL, &error);
  if (network == NULL) return failed(error);
  cg_simulator *simulator = cg_simulator_create(network, "{\"tolerance\": 1e-12}", NULL, &error);
  if (simulator == NULL) return failed(error);

  const double samples[] = {0.0, 0.5, 1.0};
  cg_equilibrium *equilibrium = cg_solve(simulator, NULL, samples, 3, NULL, 0, 0, NULL, &error);
  if (equilibrium == NULL) return failed(error);
  double found[3], residuals[3];
  int32_t status[3];
  cg_equilibrium_read(equilibrium, CG_OUTPUTS, found);
  cg_equilibrium_evidence(equilibrium, status, residuals, NULL);

  const double cotangent[] = {1, 1, 1};
  double by_input[3];
  if (!cg_vjp(simulator, equilibrium, cotangent, 0, NULL, by_input, NULL, &error)) return failed(error);
  for (int k = 0; k < 3; k++)
    printf("%4.1f  %s  %9.6f  %9.6f\n", samples[k], cg_status_name(status[k]), found[k], by_input[k]);

  cg_equilibrium_release(equilibrium);
  cg_simulator_release(simulator);
  cg_network_release(network);
  return 0;
}
