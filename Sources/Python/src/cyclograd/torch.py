"""Equilibria as layers of PyTorch, with exact gradients.

>>> import torch, scipy.sparse as sp, cyclograd as cg
>>> from cyclograd.torch import EquilibriumLayer
>>> net = cg.from_sparse(sp.csr_array([[0.0, 0.5], [-0.5, 0.0]]), inputs=[0], outputs=[1])
>>> model = torch.nn.Sequential(torch.nn.Linear(3, 1), EquilibriumLayer(net))
>>> model(torch.ones(4, 3)).shape
torch.Size([4, 1])
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import torch
from ._equilibrium import Equilibrium
from ._errors import InvalidValueError
from ._network import Network


class _Solutions:
    """The equilibria of a network, the last of which is kept for its derivatives."""

    def __init__(self, network: Network, raises: bool) -> None:
        self.network = network
        self.raises = raises
        self._last: tuple[Any, Any, Equilibrium] | None = None

    def at(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> Equilibrium:
        """The equilibrium of these samples and parameters, solved once more where it is not the last."""
        samples = _numbers(x)
        params = np.concatenate([_numbers(weight), _numbers(bias)])
        if self._last and _same(self._last[0], samples) and _same(self._last[1], params):
            return self._last[2]
        found = self.network.solve(samples, params, throw=self.raises)
        # Tensors may be changed in place later.
        self._last = samples.copy(), params, found
        return found


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool((a == b).all())


class _Function(torch.autograd.Function):
    """A function of tensors and, as the last argument, solutions; all are kept for both modes."""

    def __init_subclass__(cls) -> None:
        # PyTorch asks for it at every call, and to find it each time is slow beside a small network.
        setattr(cls.forward, "__signature__", inspect.signature(cls.forward))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        *tensors, ctx.solutions = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)


class _Equilibrium(_Function):
    @staticmethod
    def forward(
        x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, solutions: _Solutions
    ) -> torch.Tensor:
        return _tensor(solutions.at(x, weight, bias).outputs.copy(), x)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[Any, ...]:
        found = _Derivatives.apply(g, *ctx.saved_tensors, ctx.solutions)
        return *_wanted(found, ctx.needs_input_grad), None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        return _Tangent.apply(*_filled(tangents, ctx.saved_tensors), *ctx.saved_tensors, ctx.solutions)

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> Any:
        if in_dims[1] is not None or in_dims[2] is not None:
            return _one_by_one(_Equilibrium, info, in_dims, arguments)
        # With the same parameters, batches of samples are more samples.
        x, weight, bias, solutions = arguments
        x = x.movedim(in_dims[0], 0)
        more = _Solutions(solutions.network, solutions.raises)
        found = _Equilibrium.apply(x.flatten(0, 1), weight, bias, more)
        return found.unflatten(0, x.shape[:2]), 0


class _Derivatives(_Function):
    """The derivatives as functions of the cotangent, the samples and the parameters, to be differentiated once more."""

    @staticmethod
    def forward(
        g: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor,
        solutions: _Solutions,
    ) -> tuple[torch.Tensor, ...]:  # fmt: skip
        d_params, d_x = solutions.at(x, weight, bias).vjp(_numbers(g))
        return _parts(d_params, d_x, x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *directions: torch.Tensor) -> tuple[Any, ...]:
        found = _SecondDerivatives.apply(*directions, *ctx.saved_tensors, ctx.solutions)
        return *_wanted(found, ctx.needs_input_grad), None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        g, *point = ctx.saved_tensors
        t_g, *directions = _filled(tangents, ctx.saved_tensors)
        first = _Derivatives.apply(t_g, *point, ctx.solutions)
        second = _SecondDerivatives.apply(*directions, g, *point, ctx.solutions)
        return tuple(one + other for one, other in zip(first, second[1:]))

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> Any:
        return _one_by_one(_Derivatives, info, in_dims, arguments)


class _Tangent(_Function):
    """The derivatives of the outputs in a direction of samples and parameters."""

    @staticmethod
    def forward(
        t_x: torch.Tensor, t_weight: torch.Tensor, t_bias: torch.Tensor,
        x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, solutions: _Solutions,
    ) -> torch.Tensor:  # fmt: skip
        direction = _direction(t_x, t_weight, t_bias)
        return _tensor(solutions.at(x, weight, bias).jvp(**direction), x)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[Any, ...]:
        direction, point = ctx.saved_tensors[:3], ctx.saved_tensors[3:]
        first = _Derivatives.apply(g, *point, ctx.solutions)
        second = _SecondDerivatives.apply(*direction, g, *point, ctx.solutions)
        return *_wanted((*first, *second[1:]), ctx.needs_input_grad), None

    @staticmethod
    def jvp(ctx: Any, *_: Any) -> Any:
        raise RuntimeError(
            "an EquilibriumLayer has no forward mode within forward mode; "
            "take one of the derivatives in reverse mode, as torch.func.hessian does"
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> Any:
        return _one_by_one(_Tangent, info, in_dims, arguments)


class _SecondDerivatives(_Function):
    """Second derivatives, whose own are errors, so that third ones are never left out."""

    @staticmethod
    def forward(
        u_x: torch.Tensor, u_weight: torch.Tensor, u_bias: torch.Tensor,
        g: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor,
        solutions: _Solutions,
    ) -> tuple[torch.Tensor, ...]:  # fmt: skip
        equilibrium = solutions.at(x, weight, bias)
        direction = _direction(u_x, u_weight, u_bias)
        d_g = _tensor(equilibrium.jvp(**direction), g)
        h_params, h_x = equilibrium.hvp(_numbers(g), **direction)
        return d_g, *_parts(h_params, h_x, x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *_: torch.Tensor) -> tuple[Any, ...]:
        raise RuntimeError(
            "an EquilibriumLayer has first and second derivatives, and no third ones; "
            "leave out create_graph=True where second ones are taken"
        )

    jvp = backward

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> Any:
        return _one_by_one(_SecondDerivatives, info, in_dims, arguments)


def _one_by_one(kind: Any, info: Any, in_dims: Any, arguments: Any) -> Any:
    """A function of each element of a batch."""
    if info.batch_size == 0:
        raise InvalidValueError(
            "vmap goes over no elements", advice="leave out parameters and derivatives of an empty batch"
        )
    found = [
        kind.apply(*(
            values if dim is None else values.select(dim, k)
            for values, dim in zip(arguments, in_dims)
        ))
        for k in range(info.batch_size)
    ]  # fmt: skip
    if isinstance(found[0], tuple):
        return tuple(torch.stack(each) for each in zip(*found)), (0,) * len(found[0])
    return torch.stack(found), 0


def _filled(tangents: Any, like: Any) -> Any:
    """Tangents of tensors, with zeros for those that do not move."""
    return tuple(
        torch.zeros_like(values) if tangent is None else tangent
        for tangent, values in zip(tangents, like)
    )


def _direction(u_x: torch.Tensor, u_weight: torch.Tensor, u_bias: torch.Tensor) -> dict[str, Any]:
    direction = {
        "x": _numbers(u_x),
        "params": np.concatenate([_numbers(u_weight), _numbers(u_bias)]),
    }
    # What does not change costs nothing.
    return {name: values for name, values in direction.items() if values.any()}


def _parts(
    d_params: Any, d_x: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    count = weight.numel()
    return _tensor(d_x, x), _tensor(d_params[:count], weight), _tensor(d_params[count:], bias)


def _wanted(found: Any, needs: Any) -> tuple[Any, ...]:
    return tuple(values if wanted else None for values, wanted in zip(found, needs))


def _tensor(values: Any, like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(values).to(like.dtype).to(like.device)


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
    Second derivatives are exact, too, where activations have them; third ones are an error, not a wrong number.
    Forward mode and the transforms of ``torch.func`` (``grad``, ``vmap``, ``jvp``, ``jacrev``, ``jacfwd``, ``hessian``)
    work; forward mode within forward mode is an error, and so are batches of cotangents outside ``torch.func``
    (``is_grads_batched``, ``vectorize``). ``vmap`` over samples solves them together, and over parameters one by one,
    as it takes derivatives.
    Parameters that the network freezes get no gradient, and are computed with as they were, whatever an optimizer makes
    of them: ``state_dict`` holds their values as ``fixed_weight`` and ``fixed_bias``.
    """

    def __init__(
        self, network: Network, dtype: torch.dtype | None = None, on_failure: str = "raise"
    ) -> None:
        super().__init__()
        if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise InvalidValueError(f"dtype is {dtype}", advice="give torch.float32 or torch.float64")
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
            # Optimizers with a decay of weights move parameters that get no gradient, too.
            self.register_buffer("fixed_weight", self.weight.detach().clone())
            self.register_buffer("fixed_bias", self.bias.detach().clone())

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        # Without values of their own, frozen parameters are those of the layer that was stored.
        for name in ("weight", "bias"):
            if hasattr(self, "fixed_" + name) and prefix + name in state_dict:
                state_dict.setdefault(f"{prefix}fixed_{name}", state_dict[prefix + name].detach().clone())
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def _present(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The weights and biases to compute with: what is frozen is what it was."""
        weight: torch.Tensor = self.weight
        bias: torch.Tensor = self.bias
        # Not by hooks, which copies of the layer would not have.
        if hasattr(self, "fixed_weight"):
            free = torch.as_tensor(self._free_weights), torch.as_tensor(self._free_biases)
            weight = torch.where(free[0], weight, torch.as_tensor(self.fixed_weight))
            bias = torch.where(free[1], bias, torch.as_tensor(self.fixed_bias))
        return weight, bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs, shape (..., n_outputs), of samples of shape (..., n_inputs).

        Raises
        ------
        InvalidValueError
            For samples of another width, and complex numbers.
        NotConvergedError
            If ``on_failure`` is ``"raise"`` and a sample has no equilibrium.
        """
        if x.is_complex():
            raise InvalidValueError("x is complex", advice="give real numbers")
        if x.ndim == 0 or x.shape[-1] != self.network.n_inputs:
            raise InvalidValueError(
                f"x has the shape {tuple(x.shape)}, but there are {self.network.n_inputs} inputs",
                code="shape-mismatch",
                advice="give a last dimension with a number for each input",
            )
        if not x.is_floating_point():
            x = x.to(self.weight.dtype)
        flat = x.reshape(math.prod(x.shape[:-1]), self.network.n_inputs)
        weight, bias = self._present()
        solutions = _Solutions(self.network, self.on_failure == "raise")
        found = _Equilibrium.apply(flat, weight, bias, solutions)
        result: torch.Tensor = found.reshape(*x.shape[:-1], self.network.n_outputs)
        return result

    def matrix(self) -> Any:
        """The present parameters as a sparse matrix and biases: see :meth:`Network.matrix`."""
        return self.network.matrix(
            np.concatenate([_numbers(values) for values in self._present()])
        )

    def extra_repr(self) -> str:
        return repr(self.network).strip("<>")


__all__ = ["EquilibriumLayer"]
