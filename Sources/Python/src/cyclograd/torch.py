"""Equilibria as layers of PyTorch, with exact gradients.

>>> import torch, scipy.sparse as sp, cyclograd as cg
>>> from cyclograd.torch import EquilibriumLayer
>>> net = cg.from_sparse(sp.csr_array([[0.0, 0.5], [-0.5, 0.0]]), inputs=[0], outputs=[1])
>>> model = torch.nn.Sequential(torch.nn.Linear(3, 1), EquilibriumLayer(net))
>>> model(torch.ones(4, 3)).shape
torch.Size([4, 1])
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable

from ._errors import InvalidValueError
from ._network import Network


class _Equilibrium(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor,
        network: Network, raises: bool,
    ) -> torch.Tensor:  # fmt: skip
        params = np.concatenate([_numbers(weight), _numbers(bias)])
        equilibrium = network.solve(_numbers(x), params, throw=raises)
        ctx.equilibrium = equilibrium
        ctx.kinds = [(tensor.dtype, tensor.device) for tensor in (x, weight, bias)]
        return torch.from_numpy(equilibrium.outputs.copy()).to(x.dtype).to(x.device)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: torch.Tensor) -> tuple[Any, ...]:
        d_params, d_x = ctx.equilibrium.vjp(_numbers(g))
        count = ctx.equilibrium.network.n_weights
        found = (d_x, d_params[:count], d_params[count:])
        return tuple(
            torch.from_numpy(values).to(dtype).to(device) if wanted else None
            for values, (dtype, device), wanted in zip(found, ctx.kinds, ctx.needs_input_grad)
        ) + (None, None)


def _numbers(tensor: torch.Tensor) -> Any:
    return tensor.detach().to("cpu", torch.float64).numpy()


class EquilibriumLayer(torch.nn.Module):
    """The outputs of a network at its equilibrium, as a function of its inputs and parameters.

    Equilibria and derivatives are computed in double precision on the CPU, whatever the tensors are.

    Parameters
    ----------
    network : Network
        What is solved; its parameters are what the layer begins with.
    dtype : torch.dtype, optional
        Of the layer's parameters: ``torch.float32`` or ``torch.float64``; the default of PyTorch.
    on_failure : {"raise", "nan"}
        What becomes of samples without an equilibrium: an error, or rows of NaN. A backward pass through such
        rows is an error all the same.

    Attributes
    ----------
    weight : torch.nn.Parameter, shape (n_weights,)
        One for each weight of the network, tied ones once; :meth:`matrix` shows where they stand.
    bias : torch.nn.Parameter, shape (n_params - n_weights,)

    Notes
    -----
    Second derivatives are an error, not a wrong number. Parameters that the network freezes get no gradient.
    """

    def __init__(
        self, network: Network, dtype: torch.dtype | None = None, on_failure: str = "raise"
    ) -> None:
        super().__init__()
        if on_failure not in ("raise", "nan"):
            raise InvalidValueError(
                f"on_failure is {on_failure!r}", advice="give 'raise' or 'nan'"
            )
        self.network = network
        self.on_failure = on_failure
        params = torch.from_numpy(network.params).to(dtype or torch.get_default_dtype())
        self.weight = torch.nn.Parameter(params[: network.n_weights].clone())
        self.bias = torch.nn.Parameter(params[network.n_weights :].clone())
        frozen = network.frozen
        if frozen.any():
            mask = torch.from_numpy(~frozen)
            self.register_buffer("_free_weights", mask[: network.n_weights], persistent=False)
            self.register_buffer("_free_biases", mask[network.n_weights :], persistent=False)
            self.weight.register_hook(
                lambda g: g * self._free_weights
            )
            self.bias.register_hook(
                lambda g: g * self._free_biases
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs, shape (..., n_outputs), of samples of shape (..., n_inputs).

        Raises
        ------
        NotConvergedError
            If ``on_failure`` is ``"raise"`` and a sample has no equilibrium.
        """
        flat = x.reshape(-1, self.network.n_inputs)
        found = _Equilibrium.apply(
            flat, self.weight, self.bias, self.network, self.on_failure == "raise"
        )
        result: torch.Tensor = found.reshape(*x.shape[:-1], self.network.n_outputs)
        return result

    def matrix(self) -> Any:
        """The present parameters as a sparse matrix and biases: see :meth:`Network.matrix`."""
        return self.network.matrix(
            np.concatenate([_numbers(self.weight), _numbers(self.bias)])
        )

    def extra_repr(self) -> str:
        return repr(self.network).strip("<>")


__all__ = ["EquilibriumLayer"]
