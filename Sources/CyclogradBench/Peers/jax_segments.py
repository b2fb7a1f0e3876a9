"""JAX: both fixed points as jitted while loops over segment sums."""

import jax
import jax.numpy as jnp
import numpy as np

from peer import serve

jax.config.update("jax_enable_x64", True)


class SegmentSums:
    def __init__(self, problem, threads):
        assert problem.activation == "tanh"
        p = self.p = problem
        order = np.lexsort((p.rows, p.columns))
        n, outputs, samples, tolerance = p.neurons, p.output_count, p.samples, p.tolerance
        rows, columns, weights = map(jnp.asarray, (p.rows, p.columns, p.weights))
        to, source, backward = (jnp.asarray(v[order]) for v in (p.rows, p.columns, p.weights))
        drive, targets = jnp.asarray(p.drive()), jnp.asarray(p.output_targets())

        def scaled(values, vector):
            return values * vector if samples == 1 else values[:, None] * vector

        def product(a, weights, rows, columns):
            terms = scaled(weights, a[columns])
            return jax.ops.segment_sum(terms, rows, n, indices_are_sorted=True)

        def iterate(step, start, is_relative):
            def body(carry):
                value, _, k = carry
                following = step(value)
                change = jnp.abs(following - value).max()
                if is_relative:
                    change = change / jnp.abs(following).max()
                return following, change, k + 1

            return jax.lax.while_loop(lambda carry: carry[1] >= tolerance, body, (start, 1.0, 0))

        @jax.jit
        def equilibrium(weights, rows, columns, drive):
            z, _, k = iterate(
                lambda z: product(jnp.tanh(z), weights, rows, columns) + drive, drive, False)
            return z, jnp.tanh(z), k

        @jax.jit
        def gradient(a, backward, to, source, rows, columns, targets):
            slope = 1 - a * a
            g = jnp.zeros_like(a).at[-outputs:].set((a[-outputs:] - targets) / samples)
            step = lambda d: slope * (g + product(d, backward, source, to))
            d, _, k = iterate(step, slope * g, True)
            edges = d[rows] * a[columns]
            if samples > 1:
                return d, edges.sum(axis=1), d.sum(axis=1), k
            return d, edges, d, k

        self.forward = lambda: equilibrium(weights, rows, columns, drive)
        self.back = lambda a: gradient(a, backward, to, source, rows, columns, targets)

    def equilibrium(self):
        self.z, self.a, k = jax.block_until_ready(self.forward())
        return k

    def gradient(self):
        self.d, self.weights, self.biases, k = jax.block_until_ready(self.back(self.a))
        return k

    def answer(self):
        return {
            "states": np.asarray(self.z).T, "weights": self.weights, "biases": self.biases,
            "inputs": np.asarray(self.d[: self.p.input_count]).T,
        }


if __name__ == "__main__":
    serve(SegmentSums)
