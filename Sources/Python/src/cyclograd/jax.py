"""Equilibria as functions of JAX, with exact gradients.

>>> import jax, jax.numpy as jnp, scipy.sparse as sp, cyclograd as cg
>>> import cyclograd.jax
>>> net = cg.from_sparse(sp.csr_array([[0.0, 0.5], [-0.5, 0.0]]), inputs=[0], outputs=[1])
>>> solve = cyclograd.jax.function(net)
>>> jax.grad(lambda x: solve(jnp.asarray(net.params), x).sum())(jnp.ones((3, 1))).shape
(3, 1)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._errors import InvalidValueError
from ._network import Network


def function(network: Network) -> Callable[[Any, Any], Any]:
    """The outputs at equilibrium as a function of parameters and inputs.

    Parameters
    ----------
    network : Network

    Returns
    -------
    callable
        ``f(params, x)`` of ``params`` with shape (n_params,) and ``x`` with shape (n_samples, n_inputs) or
        (n_inputs,), which works under ``jit``, ``grad`` and ``vmap``. Equilibria and derivatives are computed in
        double precision on the CPU, whatever the arrays are; outputs have the type of ``x``, and derivatives those of
        ``params`` and ``x``.

    Notes
    -----
    A sample without an equilibrium is an error of the callback. Derivatives are those of reverse mode, twice at most.
    Shapes that do not fit are an :class:`InvalidValueError`.
    """

    def state_type(x: Any) -> Any:
        # States may be beyond half precision where outputs are not.
        return np.float64 if x.dtype == np.float64 else np.float32

    # Callbacks use NumPy alone: what asks JAX for something from within a callback may wait for ever.
    def forward(params: Any, x: Any) -> tuple[Any, Any]:
        eq = network.solve(np.asarray(x), np.asarray(params, np.float64), throw=True)
        with np.errstate(over="ignore"):
            states = eq.states.astype(state_type(x))
        # Samples with states beyond single precision start from a = 0 later, as they do here.
        states[~np.isfinite(states).all(axis=1)] = np.nan
        return eq.outputs.astype(x.dtype), states

    def backward(params: Any, x: Any, z: Any, g: Any) -> tuple[Any, Any]:
        # From the states of before, so that the branch is the same where there are several.
        eq = network.solve(np.asarray(x), np.asarray(params, np.float64), z0=np.asarray(z), throw=True)
        d_params, d_x = eq.vjp(np.asarray(g))
        return d_params.astype(params.dtype), d_x.astype(x.dtype)

    def second(params: Any, x: Any, z: Any, g: Any, u: Any, v: Any) -> tuple[Any, Any, Any]:
        eq = network.solve(np.asarray(x), np.asarray(params, np.float64), z0=np.asarray(z), throw=True)
        direction = {"params": np.asarray(u, np.float64), "x": np.asarray(v, np.float64)}
        direction = {name: values for name, values in direction.items() if values.any()}
        h_params, h_x = eq.hvp(np.asarray(g), **direction)
        d_g = eq.jvp(**direction)
        return h_params.astype(params.dtype), h_x.astype(x.dtype), d_g.astype(g.dtype)

    def ask(body: Any, shapes: Any, *arguments: Any) -> Any:
        return jax.pure_callback(body, shapes, *arguments, vmap_method="sequential")

    def like(*arrays: Any) -> Any:
        return tuple(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in arrays)

    @jax.custom_vjp
    def solved(params: Any, x: Any) -> Any:
        shapes = (
            jax.ShapeDtypeStruct((x.shape[0], network.n_outputs), x.dtype),
            jax.ShapeDtypeStruct((x.shape[0], network.n_units), state_type(x)),
        )
        return ask(forward, shapes, params, x)

    def solved_forward(params: Any, x: Any) -> Any:
        found = solved(params, x)
        return found, (params, x, found[1])

    def solved_backward(kept: Any, g: Any) -> Any:
        # The states are only where later solves begin, and change nothing.
        return pullback(*kept, g[0])

    @jax.custom_vjp
    def pullback(params: Any, x: Any, z: Any, g: Any) -> Any:
        return ask(backward, like(params, x), params, x, z, g)

    def pullback_forward(*arguments: Any) -> Any:
        return pullback(*arguments), arguments

    def pullback_backward(kept: Any, directions: Any) -> Any:
        params, x, z, g = kept
        h_params, h_x, d_g = ask(second, like(params, x, g), *kept, *directions)
        return h_params, h_x, jnp.zeros_like(z), d_g

    solved.defvjp(solved_forward, solved_backward)
    pullback.defvjp(pullback_forward, pullback_backward)

    def outputs(params: Any, x: Any) -> Any:
        return solved(params, x)[0]

    def check_shapes(params: Any, x: Any) -> None:
        # Before the callback, whose errors are those of JAX.
        if params.shape != (network.n_params,):
            raise InvalidValueError(
                f"params has the shape {params.shape}, but {network.n_params} numbers are needed",
                code="shape-mismatch",
                advice="give one number for each parameter",
            )
        if x.ndim not in (1, 2) or x.shape[-1] != network.n_inputs:
            raise InvalidValueError(
                f"x has the shape {x.shape}, but there are {network.n_inputs} inputs",
                code="shape-mismatch",
                advice="give a row for each sample and a column for each input",
            )

    def call(params: Any, x: Any) -> Any:
        params, x = jnp.asarray(params), jnp.asarray(x)
        check_shapes(params, x)
        for values, what in ((params, "params"), (x, "x")):
            if jnp.issubdtype(values.dtype, jnp.complexfloating):
                raise InvalidValueError(f"{what} is complex", advice="give real numbers")
        if not jnp.issubdtype(x.dtype, jnp.floating):
            x = x.astype(jnp.result_type(float))
        if not jnp.issubdtype(params.dtype, jnp.floating):
            params = params.astype(jnp.result_type(float))
        return outputs(params, x[None, :])[0] if x.ndim == 1 else outputs(params, x)

    return call


__all__ = ["function"]
