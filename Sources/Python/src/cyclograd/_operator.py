"""The inverse that derivatives go through, as a linear operator."""

from __future__ import annotations

import operator as operators
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ._arrays import Floats
from ._errors import InvalidValueError
from ._native import call, lib, pointer

if TYPE_CHECKING:
    from ._equilibrium import Equilibrium


def operator(equilibrium: Equilibrium, sample: int) -> LinearOperator:
    """(I − D Wᵀ)⁻¹ at a sample: see :meth:`Equilibrium.as_linear_operator`."""
    network = equilibrium.network
    try:
        sample = operators.index(sample)
    except TypeError:
        raise InvalidValueError(f"the sample is {sample!r}", advice="give a whole number") from None
    if not -equilibrium.n_samples <= sample < equilibrium.n_samples:
        raise InvalidValueError(
            f"there is no sample {sample}",
            advice=f"the equilibrium has {equilibrium.n_samples}, counted from 0",
        )
    _, _, _, biases = network.layout()
    if len(np.unique(biases)) != network.n_units:
        raise InvalidValueError(
            "units share biases, so that derivatives by single units cannot be told apart",
            code="invalid-graph",
            advice="untie the biases",
        )
    # A parameter moves its bias by the factor of its tie.
    _, factors = network.factors()
    params = equilibrium.params
    one = network.at(
        equilibrium.states[[sample]], equilibrium.inputs[[sample]], params
    ).require()
    weights, _ = network.matrix(params)
    weights = weights.tocsr()
    transposed = weights.T.tocsr()

    def multiply(v: Any) -> Floats:
        # d = v + e with e = D (Wᵀ v + Wᵀ e): the adjoint of a source Wᵀ v, by biases.
        right = np.asarray(v, np.float64).ravel()
        d_params, _ = one.vjp((transposed @ right)[None, :], of="activations")
        result: Floats = right + d_params[biases] / factors
        return result

    def multiply_transposed(v: Any) -> Floats:
        # w = v + W δa, with δa along the change v of what drives the units.
        right = np.asarray(v, np.float64).ravel()
        direction = np.zeros(network.n_params)
        direction[biases] = right / factors
        change = np.empty((1, network.n_neurons))
        call(
            one._work(),
            lib.cg_jvp_neurons,
            one._simulator.address,
            one._handle.address,
            pointer(direction),
            None,
            pointer(change),
            keep=(one, direction, change),
        )
        result: Floats = right + weights @ change[0]
        return result

    size = network.n_units
    return LinearOperator(
        (size, size), matvec=multiply, rmatvec=multiply_transposed, dtype=np.float64
    )
