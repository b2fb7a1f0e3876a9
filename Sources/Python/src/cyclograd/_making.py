"""Networks of files, of graphs and of matrices."""

from __future__ import annotations

import json
import math
import operator
import os
import unicodedata
from collections.abc import Mapping, Sequence
from ctypes import byref
from typing import Any

import numpy as np

from ._arrays import Floats, is_mask, labels_of, listed, named_places, neurons, vector
from ._errors import InvalidValueError, no_option
from ._matrices import compressed, is_table, labelled
from ._native import CSR, Handle, call, encoded, json_text, lib, options_text, plain, pointer
from ._network import Network
from ._options import checked

#: What :func:`load` hands on to the reader of the file.
_IMPORT_OPTIONS = (
    "activation", "inputs", "outputs", "bias", "neurons", "weight_attribute", "index_base", "ids", "header", "duplicates",
    "draw_weights", "seed", "table", "query", "sign_column", "sign", "array", "parameters", "weights", "logic",
    "fixwb", "shared_weights", "shared_biases", "activation_3", "scale",
)  # fmt: skip


def _selection(choice: Any, what: str) -> str:
    """Neurons as the command's options name them: a text is one of these; a number in a list is a position."""
    if isinstance(choice, (str, int, np.integer)):
        return str(choice)
    items = [] if isinstance(choice, slice) else listed(choice, what)
    if isinstance(choice, slice) or is_mask(items):
        raise InvalidValueError(
            f"the {what}s are a mask or a slice, and how many neurons the file has is not known yet",
            advice='give positions or names, or a text as the command takes it: "first:64"',
        )
    texts = [
        f"at:{operator.index(item)}" if hasattr(item, "__index__") else _quoted(str(item))
        for item in items
    ]
    return ",".join(texts) if texts else "none"


def _signs(signs: Mapping[Any, Any]) -> str:
    """Words and their signs as the command takes them."""
    for word, sign in signs.items():
        if "," in str(word) or sign not in (1, -1, 0):
            raise InvalidValueError(
                f"sign has {sign!r} for {word!r}",
                advice="give words without a comma with 1, -1 or 0: {'ACH': 1, 'GABA': -1}",
            )
    return ",".join(f"{word}={int(sign)}" for word, sign in signs.items())


def _biases(bias: Any, count: int, names: list[str] | None) -> Floats:
    def known(each: str) -> list[str]:
        return [f"n.{k}" for k in range(count)] if names is None else names

    return vector(bias, count, "bias", "neuron", names=known, spread=True)


def _activations(given: Any, count: int, names: list[str] | None) -> str | list[str]:
    """The activation of all neurons, or a list with that of each; a series or a mapping of names is taken by these."""
    known = [f"n.{k}" for k in range(count)] if names is None else names
    if isinstance(given, str) or _is_activation(given, known) or not hasattr(given, "__iter__"):
        return _activation(given)
    labels = list(given) if isinstance(given, Mapping) else labels_of(given)
    kinds = [_activation(kind) for kind in (given.values() if isinstance(given, Mapping) else given)]
    places = None if labels is None else named_places(labels, known, "activation", "neuron")
    return kinds if places is None else [kinds[place] for place in places]


def _is_activation(given: Any, names: list[str]) -> bool:
    """Whether a mapping is one activation with its parameter, such as ``{"leaky-relu": 0.1}``, and names no neuron."""
    if not isinstance(given, Mapping) or len(given) != 1:
        return False
    [(name, value)] = given.items()
    return str(name) not in names or not isinstance(value, (str, Mapping))


def _one_bias(bias: Any) -> str:
    """The bias of all neurons as the command takes it."""
    is_one = isinstance(bias, (int, float, np.number)) or isinstance(bias, np.ndarray) and bias.ndim == 0
    if not is_one:
        raise InvalidValueError(
            f"bias is of the type {type(bias).__name__}",
            advice="give one number for all neurons, or the name of a file with one for each",
        )
    try:
        number = float(bias)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        raise InvalidValueError("bias is not finite", code="invalid-value", advice="give a finite number")
    return repr(number)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sendable(names: list[str] | None) -> list[str]:
    """The names, where they tell neurons apart in a graph file too; others stay here."""
    if names is None or len({unicodedata.normalize("NFC", name) for name in names}) < len(names):
        return []
    return [] if any(unicodedata.category(c) == "Cc" for name in names for c in name) else names


def _activation(kind: Any) -> str:
    """An activation as graph files write it; one with a parameter may be a mapping of its name to that."""
    if isinstance(kind, str):
        return kind
    if isinstance(kind, Mapping) and len(kind) == 1:
        try:
            return json.dumps({str(name): value for name, value in kind.items()}, default=plain)
        except (TypeError, ValueError):
            # Sets, and what else is no number.
            pass
    raise InvalidValueError(
        f"{kind!r} is no activation", advice='give a name, or {"leaky-relu": 0.1} for one with a parameter'
    )


def load(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    backend: str = "automatic",
    tol: float = 1e-10,
    maxiter: int | None = None,
    threads: int = 1,
    kinks: str = "branch",
    **import_options: Any,
) -> Network:
    """Reads a network from any file that the command reads.

    Parameters
    ----------
    path : str or path-like
        A graph file, or a file of another format.
    format : str, optional
        One of ``cyclograd.features()["formats"]``; by default told from the name's ending.
    backend : str
        The pair of solvers, such as ``"automatic"``, ``"direct"``, ``"newton+gmres"``.
    tol : float
        What the componentwise backward error of a state may be at most.
    maxiter : int, optional
        The most iterations; by default left to the solver.
    threads : int
        How many threads may work at once. Results do not depend on it.
    kinks : {"branch", "refuse"}
        What becomes of derivatives where a neuron stands on a kink of its activation.
    **import_options
        What the file does not say, by the names of the command's options with ``_`` for ``-``:
        ``activation``, ``inputs``, ``outputs``, ``bias``, ``neurons`` (the file of a table that says what the
        neurons of an edge list are), ``weight_attribute``, …. ``inputs`` and ``outputs`` are a text as
        the command takes it (``"a,b"``, ``"first:64"``), or a list of positions and names; ``bias`` is one number
        for all neurons, or the name of a file with one for each; ``sign`` is a text
        (``"ACH=1,GABA=-1"``) or a mapping. ``parameters`` is a ``.safetensors`` file, which is taken as by
        :meth:`Network.load_params`.

    Returns
    -------
    Network

    Raises
    ------
    FileError, MalformedFileError, InvalidValueError
        With file, line and advice.

    Examples
    --------
    >>> import cyclograd as cg
    >>> cg.load("nowhere.yaml")
    Traceback (most recent call last):
    ...
    cyclograd.FileError: nowhere.yaml: cannot open the file: No such file or directory
    """
    options = checked(
        dict(backend=backend, tol=tol, maxiter=maxiter, threads=threads, kinks=kinks), load
    )
    for name in import_options:
        if name not in _IMPORT_OPTIONS:
            message, advice = no_option(name, load, _IMPORT_OPTIONS)
            raise InvalidValueError(message, advice=advice)
    reading = {"from": format, **import_options}
    for name, value in reading.items():
        if value is None:
            continue
        if name in ("inputs", "outputs"):
            reading[name] = _selection(value, name.removesuffix("s"))
        elif name in ("activation", "activation_3"):
            reading[name] = _activation(value)
        elif name == "sign" and isinstance(value, Mapping):
            reading[name] = _signs(value)
        elif name == "bias" and not isinstance(value, str) and not hasattr(value, "__fspath__"):
            reading[name] = _one_bias(value)
        elif hasattr(value, "__fspath__"):
            reading[name] = os.fspath(value)
    try:
        place = os.fsencode(path)
    except UnicodeEncodeError:
        raise InvalidValueError("the path has half a character", advice="give the name of a file") from None
    if b"\0" in place:
        raise InvalidValueError("the path has a NUL", advice="give the name of a file")
    handle = Handle(
        call(
            float("inf"),
            lib.cg_network_read,
            place,
            options_text(reading),
        ),
        "cg_network_release",
    )
    network = Network(handle, ("graph", {}), options, None)
    if reading.get("parameters") is not None:
        network._take_preparation(encoded(reading["parameters"], "parameters"))
    return network


def from_graph(
    graph: Mapping[str, Any] | str, *, folder: str | None = None, **options: Any
) -> Network:
    """Makes a network of what a graph file says.

    Parameters
    ----------
    graph : mapping or str
        The content of a graph file: as a dict, such as :func:`graph` returns, or as YAML or JSON text.
    folder : str, optional
        What names of files in the graph are relative to; the current folder by default.
    **options
        ``backend``, ``tol``, ``maxiter``, ``threads``, ``kinks``, as for :func:`load`.

    Returns
    -------
    Network

    Raises
    ------
    MalformedFileError, InvalidValueError
        With line and column in the text.

    Examples
    --------
    >>> import cyclograd as cg
    >>> net = cg.from_graph({
    ...     "format": "cyclograd/1", "name": "pair", "seed": 1,
    ...     "groups": [
    ...         {"name": "x", "size": 1, "role": "input"},
    ...         {"name": "h", "size": 2, "activation": "tanh"},
    ...         {"name": "y", "size": 1, "role": "output", "activation": "identity"}],
    ...     "connections": [
    ...         {"from": "x", "to": "h"}, {"from": "h", "to": "h"}, {"from": "h", "to": "y"}]})
    >>> net.n_params
    12
    """
    solver = checked(options, from_graph)
    text = encoded(graph, "the graph") if isinstance(graph, str) else json_text(graph, "the graph")
    handle = Handle(
        call(
            float("inf"),
            lib.cg_network_parse,
            text,
            len(text),
            None if folder is None else os.fsencode(folder),
        ),
        "cg_network_release",
    )
    return Network(handle, ("graph", {}), solver, None)


def from_sparse(
    W: Any,
    *,
    bias: Any = None,
    activation: str | Mapping[Any, Any] | Sequence[str | Mapping[str, float]] = "tanh",
    inputs: Any = None,
    outputs: Any = None,
    names: Sequence[Any] | None = None,
    name: str = "",
    **options: Any,
) -> Network:
    """Makes a network of a matrix of weights.

    Parameters
    ----------
    W : sparse or dense matrix or pandas.DataFrame, shape (n, n)
        ``W[i, j]`` is the weight of the edge from neuron ``j`` to neuron ``i``. Every stored entry of
        a sparse matrix is an edge, also one of weight 0; of a dense one every number that is not 0.
        Rows and columns of a DataFrame are matched by their labels, which become names.
    bias : array_like, shape (n,), optional
        0 by default; one number stands for all. A series of pandas is taken by its labels.
    activation : str or mapping, or sequence of these
        ``"tanh"``, ``{"leaky-relu": 0.1}``, …; one for all neurons or one for each. A series of pandas is
        taken by its labels, and so is a mapping of names to activations.
    inputs, outputs : sequence of int or str, mask or slice, optional
        The neurons that get a number of a sample, and those whose activations are the answer, in
        order; by default all.
    names : sequence, optional
        The neurons' names. Where all are different they stand in messages, reports and files.
    name : str
        The network's.
    **options
        ``backend``, ``tol``, ``maxiter``, ``threads``, ``kinks``, as for :func:`load`.

    Returns
    -------
    Network

    Raises
    ------
    InvalidValueError
        For shapes that do not fit, numbers that are not finite, neurons that do not exist, labels that are no
        names, and sparse matrices whose arrays contradict each other.

    Notes
    -----
    Time and memory are O(n + edges). Indices may be of 32 or 64 bits.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp, cyclograd as cg
    >>> W = sp.random_array((50, 50), density=0.1, rng=np.random.default_rng(0)) * 0.1
    >>> net = cg.from_sparse(W, activation="tanh", inputs=range(5), outputs=[48, 49])
    >>> net.solve(np.ones(5)).outputs.shape
    (1, 2)
    """
    solver = checked(options, from_sparse)
    if is_table(W):
        W, labels = labelled(W)
        names = labels if names is None else names
    matrix = compressed(W)
    if matrix.shape[0] != matrix.shape[1]:
        raise InvalidValueError(
            f"W has the shape {matrix.shape}",
            code="shape-mismatch",
            advice="give a square matrix, with a row and a column for each neuron",
        )
    count = matrix.shape[0]
    _, indptr, indices, data = matrix
    known = None if names is None else [str(item) for item in names]
    if known is not None and len(known) != count:
        raise InvalidValueError(
            f"there are {len(known)} names for {count} neurons",
            code="shape-mismatch",
            advice="give one for each",
        )
    biases = None if bias is None else _biases(bias, count, known)
    chosen_inputs = neurons(inputs, count, known, "input")
    chosen_outputs = neurons(outputs, count, known, "output")
    kinds = _activations(activation, count, known)
    arrays = CSR(
        count,
        pointer(indptr),
        pointer(indices),
        indptr.dtype.itemsize,
        pointer(data),
        pointer(biases),
        pointer(chosen_inputs),
        0 if chosen_inputs is None else len(chosen_inputs),
        pointer(chosen_outputs),
        0 if chosen_outputs is None else len(chosen_outputs),
    )
    handle = Handle(
        call(
            len(data) + count,
            lib.cg_network_from_csr,
            byref(arrays),
            options_text({"name": name, "activation": kinds, "names": _sendable(known)}),
            keep=(arrays, indptr, indices, data, biases, chosen_inputs, chosen_outputs),
        ),
        "cg_network_release",
    )
    recipe: dict[str, Any] = {
        "activation": kinds,
        "inputs": chosen_inputs,
        "outputs": chosen_outputs,
        "names": known,
        "name": name,
    }
    return Network(handle, ("sparse", recipe), solver, known)


__all__ = ["from_graph", "from_sparse", "load"]
