"""JAX: an equilibrium and a product with the Hessian, jvp over the gradient that custom_root's implicit differentiation gives."""

import os
import sys
import time

THREADS = int(sys.argv[2])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

import jax
import jax.numpy as jnp
import numpy as np

from peer import serve

jax.config.update("jax_enable_x64", True)


class HessianProduct:
    def __init__(self, problem, threads):
        assert problem.activation == "tanh" and problem.samples == 1
        p = self.p = problem
        n, outputs, tolerance = p.neurons, p.output_count, p.tolerance
        rows, columns = jnp.asarray(p.rows), jnp.asarray(p.columns)
        entries, targets = jnp.zeros(n).at[: p.input_count].set(p.inputs[0]), p.output_targets()

        def product(weights, a):
            return jax.ops.segment_sum(weights * a[columns], rows, n, indices_are_sorted=True)

        def iterate(step, start):
            def body(carry):
                value, _ = carry
                following = step(value)
                change = jnp.abs(following - value).max() / jnp.abs(following).max()
                return following, change

            return jax.lax.while_loop(lambda carry: carry[1] >= tolerance, body, (start, 1.0))[0]

        def richardson(matvec, right):
            return iterate(lambda x: x + (right - matvec(x)), right)

        def linear(matvec, right):
            return jax.lax.custom_linear_solve(
                matvec, right, solve=richardson, transpose_solve=richardson
            )

        def loss(parameters):
            weights, biases = parameters

            def residual(z):
                return z - (product(weights, jnp.tanh(z)) + biases + entries)

            def solve(residual, start):
                return iterate(lambda z: z - residual(z), start)

            z = jax.lax.custom_root(residual, biases + entries, solve, linear)
            difference = jnp.tanh(z)[-outputs:] - targets
            return 0.5 * jnp.sum(difference**2), z

        @jax.jit
        def hessian(parameters, direction):
            gradient, change, z = jax.jvp(
                jax.grad(loss, has_aux=True), (parameters,), (direction,), has_aux=True
            )
            return z, gradient, change

        parameters = jnp.asarray(p.weights), jnp.asarray(p.biases)
        direction = jnp.asarray(p.read_direction("weights")), jnp.asarray(p.read_direction("biases"))
        self.product = lambda: hessian(parameters, direction)

    def run(self):
        start = time.perf_counter()
        _, _, self.change = jax.block_until_ready(self.product())
        return {"total": time.perf_counter() - start}

    def answer(self):
        weights, biases = self.change
        return {"weights": weights, "biases": biases}


if __name__ == "__main__":
    serve(HessianProduct)
