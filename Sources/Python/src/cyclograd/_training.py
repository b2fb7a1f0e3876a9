"""Trainings as iterators of events."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from ctypes import byref, c_void_p
from typing import Any

import numpy as np

from . import _native
from ._arrays import Floats, about_classes, pairs
from ._errors import InvalidValueError, no_option
from ._native import Handle, call, call_text, encoded, error_from, json_text, lib, long_work, pointer, take_text
from ._network import Network


class Training(Iterator[dict[str, Any]]):
    """A training that proceeds as it is asked for its next event.

    Ctrl-C ends the waiting, and loses nothing: what goes on unseen is the next event of the next request.

    Attributes
    ----------
    network : Network
        What is trained; its parameters are set with every event, at the end, and when a step is interrupted.
    params : numpy.ndarray, shape (n_params,)
        The parameters after the last step that has ended: a copy.
    history : dict of numpy.ndarray
        The numbers of all steps, epochs and validations so far, such as ``history["step"]["loss"]``; where a training was
        resumed, of those since.
    changes : list of str
        What is different from the training that was resumed, such as ``"rate 0.1 → 0.05"``.
    """

    def __init__(self, network: Network, handle: Handle, targets: Floats) -> None:
        self.network = network
        self._handle = handle
        self._targets = targets
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []
        self._seen = 0
        self._has_ended = False
        self.changes: list[str] = []
        self._params = self._published = self._present(handle.address)

    def __next__(self) -> dict[str, Any]:
        try:
            if self._seen == len(self._events) and not self._has_ended:
                self._proceed()
        finally:
            self._publish()
        if self._seen == len(self._events):
            raise StopIteration
        event = self._events[self._seen]
        self._seen += 1
        return dict(event)

    def _proceed(self) -> None:
        _native.check_threads(int(self.network._options["threads"]))
        # How long a step takes is not known, and on a thread of its own it cannot be lost half-way.
        try:
            call(float("inf"), self._make, self._handle.address, keep=self)
        except InvalidValueError as problem:
            raise about_classes(problem, self._targets, self.network.n_outputs) from None

    def _publish(self) -> None:
        """Sets the network's parameters, if there are others since."""
        params = self._params
        if self._published is not params:
            self.network.params = params
            self._published = params

    def _make(self, address: int, token: int | None, error: Any) -> bool:
        """Makes one more event, unless a call that was interrupted has made one since."""
        with self._lock:
            if self._seen < len(self._events):
                return True
            text = take_text(lib.cg_training_next(address, token, error))
            if text is None:
                return False
            self._params = self._present(address)
            event = json.loads(text)
            if event is None:
                self._has_ended = True
            else:
                self._events.append(event)
            return True

    def _present(self, address: int) -> Floats:
        """What the library has now, which has to wait for a step that goes on."""
        values = np.empty(self.network.n_params)
        lib.cg_training_parameters(address, pointer(values))
        return values

    @property
    def params(self) -> Floats:
        return self._params.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            "a training cannot be copied or pickled; copy its network, and begin another training with it"
        )

    @property
    def history(self) -> dict[str, dict[str, Floats]]:
        result: dict[str, dict[str, list[float]]] = {}
        for event in self._events[: self._seen]:
            columns = result.setdefault(event["event"], {})
            for name, value in event.items():
                if value is None or isinstance(value, (int, float)):
                    columns.setdefault(name, []).append(np.nan if value is None else value)
        return {
            kind: {name: np.asarray(values) for name, values in columns.items()}
            for kind, columns in result.items()
        }

    def save(self, path: Any) -> None:
        """Writes the training as it stands to a file, from which ``train(..., resume=path)`` continues bit for bit.

        The file is whole or as it was before, whatever happens, and may be written over.

        Parameters
        ----------
        path : str or os.PathLike
            The file is of the format safetensors.

        Raises
        ------
        FileError
            For a file that cannot be written.

        Examples
        --------
        >>> import cyclograd as cg, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "training.safetensors"
        >>> def begin(epochs, **options):
        ...     net = cg.from_sparse([[0.0, 0.5], [0.25, 0.0]])
        ...     return cg.train(net, [[0, 1], [1, 0]], [[1, 0], [0, 1]], epochs=epochs, **options)
        >>> begin(4).run().save(path)
        >>> later = begin(6, resume=path)
        >>> later.changes
        ['epochs 4 → 6']
        >>> later.run().params.tolist() == begin(6).run().params.tolist()
        True
        """
        call(
            long_work(1), lib.cg_training_save, self._handle.address, encoded(os.fspath(path), "path"), keep=self
        )

    def _resume(self, path: Any, restart_best: bool) -> None:
        """Goes on from a file, with the parameters that are in it."""
        text = call_text(
            long_work(1), lib.cg_training_resume, self._handle.address, encoded(os.fspath(path), "resume"),
            int(restart_best), keep=self,
        )  # fmt: skip
        self.changes = [str(change) for change in json.loads(text)]
        self._params = self._present(self._handle.address)
        self._publish()

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
    rate: float | None = None,
    validation: tuple[Any, Any] | None = None,
    resume: Any = None,
    restart_best: bool = False,
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
    rate : float, optional
        The learning rate, 0.01 by default; ``lr`` is another name for it.
    validation : (x, y), optional
        Samples that are validated with after each epoch.
    resume : str or os.PathLike, optional
        A file of :meth:`Training.save`, from which the training goes on, with its parameters in place of the network's. The
        network, the samples, ``batch`` and ``seed`` must be the same; the number of epochs, the rate and the like may
        be others, which :attr:`Training.changes` tells.
    restart_best : bool
        Whether the choice of the best and the optimizer's memory begin anew there, so that loss, optimizer and the
        numbers of the samples may be others, too.
    **settings
        What a training file can say, with ``_`` for ``-``: ``loss``, ``optimizer``, ``batch``, ``seed``,
        ``schedule``, ``warm_up``, ``plateau``, ``decay``, ``clip``, ``groups``, ``balls``, ``shuffle``,
        ``warm_start``, ``not_converged``, ``gradient``, ``label_smoothing``, ``accumulate``, ``moving_average``,
        ``early_stopping``, ``normalise``, ``regularise``.

    Returns
    -------
    Training
        An iterator of events: dicts whose ``event`` is ``"step"``, ``"validation"`` or ``"epoch"``.

    Raises
    ------
    InvalidValueError
        For settings without a meaning, samples that do not fit, and files of another training.

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
    inputs, targets = pairs(x, y, network.n_inputs, network._labels)
    held = 0
    if validation is not None:
        more, others = pairs(validation[0], validation[1], network.n_inputs, network._labels)
        held = len(more)
        if others.shape[1] != targets.shape[1]:
            raise InvalidValueError(
                "the targets of the validation have another width", code="shape-mismatch"
            )
        inputs, targets = np.concatenate([inputs, more]), np.concatenate([targets, others])
    if restart_best and resume is None:
        raise InvalidValueError("nothing is resumed whose best could be restarted", advice="give resume as well")
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
        json_text(_file(epochs, rate, settings), "a setting"),
        byref(error),
    )
    if not address:
        raise error_from(json.loads(take_text(error.value) or "{}"))
    training = Training(network, Handle(address, "cg_training_release"), targets)
    if resume is not None:
        training._resume(resume, restart_best)
    return training


#: What a training file can say, and :func:`train` too.
_SETTINGS = (
    "loss", "optimizer", "lr", "batch", "seed", "schedule", "warm_up", "plateau", "decay", "clip", "groups",
    "balls", "shuffle", "warm_start", "not_converged", "gradient", "label_smoothing", "accumulate",
    "moving_average", "early_stopping", "normalise", "regularise",
)  # fmt: skip
#: What the network has, or :func:`train` by its own arguments.
_OWNED = (
    "format", "graph", "data", "validation", "test", "tests", "output", "checkpoints", "backend", "tolerance",
    "max-iterations",
)  # fmt: skip
#: What needs files, as the library says.
_OF_FILES = ("metrics", "select", "class-weights", "graph-seed", "parameters", "sizes", "stages", "task")


def _file(epochs: int, rate: float | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A training file, whose graph and data are not looked at."""
    given = {name.replace("_", "-"): value for name, value in settings.items()}
    for name in given:
        if name in _OWNED:
            raise TypeError(f"{name!r} belongs to the network or to train's own arguments")
        if name.replace("-", "_") not in _SETTINGS and name not in _OF_FILES:
            message, advice = no_option(name.replace("-", "_"), train, _SETTINGS)
            raise InvalidValueError(message, advice=advice)
        if name in ("metrics", "select"):
            raise InvalidValueError(
                f"{name!r} is not for samples in memory, which are validated by the loss",
                advice="leave it out, or train with a training file: cyclograd train FILE",
            )
    if rate is not None and "lr" in given:
        raise TypeError("'lr' and 'rate' are two names of the learning rate; give one of them")
    if "lr" not in given:
        given["rate"] = 0.01 if rate is None else rate
    return {
        "format": "cyclograd-training/1",
        "graph": "memory",
        "data": {"file": "memory", "inputs": "0", "targets": "0"},
        "optimizer": "adam",
        "epochs": epochs,
        **given,
    }


__all__ = ["Training", "train"]
