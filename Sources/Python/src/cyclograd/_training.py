"""Trainings as iterators of events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ctypes import byref, c_void_p
from typing import Any

import numpy as np

from . import _native
from ._arrays import Floats, pairs
from ._errors import InvalidValueError
from ._native import Handle, call_text, error_from, lib, plain, pointer, take_text
from ._network import Network


class Training(Iterator[dict[str, Any]]):
    """A training that proceeds as it is asked for its next event.

    Attributes
    ----------
    network : Network
        What is trained; its parameters are set as events are asked for.
    params : numpy.ndarray, shape (n_params,)
        The parameters as they are now.
    history : dict of numpy.ndarray
        The numbers of all steps, epochs and validations so far, such as ``history["step"]["loss"]``.
    """

    def __init__(self, network: Network, handle: Handle, work: float) -> None:
        self.network = network
        self._handle = handle
        self._work = work
        self._events: list[dict[str, Any]] = []

    def __next__(self) -> dict[str, Any]:
        _native.check_threads(int(self.network._options["threads"]))
        text = call_text(self._work, lib.cg_training_next, self._handle.address, keep=self)
        event = json.loads(text)
        if event is None:
            raise StopIteration
        self._events.append(event)
        if event["event"] == "step":
            self.network.params = self.params
        return dict(event)

    @property
    def params(self) -> Floats:
        values = np.empty(self.network.n_params)
        lib.cg_training_parameters(self._handle.address, pointer(values))
        return values

    @property
    def history(self) -> dict[str, dict[str, Floats]]:
        result: dict[str, dict[str, list[float]]] = {}
        for event in self._events:
            columns = result.setdefault(event["event"], {})
            for name, value in event.items():
                if value is None or isinstance(value, (int, float)):
                    columns.setdefault(name, []).append(np.nan if value is None else value)
        return {
            kind: {name: np.asarray(values) for name, values in columns.items()}
            for kind, columns in result.items()
        }

    def run(self) -> Training:
        """Goes on to the end."""
        for _ in self:
            pass
        return self


def train(
    network: Network,
    x: Any,
    y: Any,
    *,
    epochs: int,
    rate: float = 0.01,
    validation: tuple[Any, Any] | None = None,
    **settings: Any,
) -> Training:
    """Trains a network on samples in memory.

    Parameters
    ----------
    network : Network
        Its parameters are where the training begins, and are set as it proceeds.
    x : array_like, shape (n_samples, n_inputs)
    y : array_like, shape (n_samples, n_outputs), or what else the loss takes
    epochs : int
    rate : float
        The learning rate.
    validation : (x, y), optional
        Samples that are validated with after each epoch.
    **settings
        What a training file can say, with ``_`` for ``-``: ``loss``, ``optimizer``, ``batch``, ``seed``,
        ``schedule``, ``warm_up``, ``plateau``, ``decay``, ``clip``, ``groups``, ``balls``, ``shuffle``,
        ``warm_start``, ``not_converged``, ``gradient``.

    Returns
    -------
    Training
        An iterator of events: dicts whose ``event`` is ``"step"``, ``"validation"`` or ``"epoch"``.

    Raises
    ------
    InvalidValueError
        For settings without a meaning and samples that do not fit.

    Examples
    --------
    >>> import numpy as np, cyclograd as cg
    >>> rng = np.random.default_rng(0)
    >>> net = cg.from_sparse(rng.normal(size=(6, 6)) * 0.2, inputs=[0, 1], outputs=[5])
    >>> x = rng.normal(size=(20, 2))
    >>> training = cg.train(net, x, 0.3 * x[:, :1], epochs=30, batch=20, rate=0.02)
    >>> losses = [event["loss"] for event in training if event["event"] == "epoch"]
    >>> losses[-1] < 0.5 * losses[0]
    True
    """
    inputs, targets = pairs(x, y, network.n_inputs)
    held = 0
    if validation is not None:
        more, others = pairs(validation[0], validation[1], network.n_inputs)
        held = len(more)
        if others.shape[1] != targets.shape[1]:
            raise InvalidValueError(
                "the targets of the validation have another width", code="shape-mismatch"
            )
        inputs, targets = np.concatenate([inputs, more]), np.concatenate([targets, others])
    error = c_void_p()
    params = network._params(None)
    _native.check_threads(int(network._options["threads"]))
    address = lib.cg_training_create(
        network._simulator.address,
        pointer(params),
        pointer(inputs),
        pointer(targets),
        len(inputs),
        targets.shape[1],
        held,
        json.dumps(_file(epochs, rate, settings), default=plain).encode(),
        byref(error),
    )
    if not address:
        raise error_from(json.loads(take_text(error.value) or "{}"))
    work = float(network.n_edges * len(inputs))
    return Training(network, Handle(address, "cg_training_release"), work)


def _file(epochs: int, rate: float, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A training file, whose graph and data are not looked at."""
    owned = {"format", "graph", "data", "validation", "test", "output", "checkpoints"}
    for name in settings:
        if name in owned or name.replace("_", "-") in ("backend", "tolerance", "max-iterations"):
            raise TypeError(f"{name!r} belongs to the network or to train's own arguments")
    return {
        "format": "cyclograd-training/1",
        "graph": "memory",
        "data": {"file": "memory", "inputs": "0", "targets": "0"},
        "optimizer": "adam",
        "epochs": epochs,
        "rate": rate,
        **{name.replace("_", "-"): value for name, value in settings.items()},
    }


__all__ = ["Training", "train"]
