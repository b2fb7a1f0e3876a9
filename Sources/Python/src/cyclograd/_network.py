"""Networks: read from files, made of matrices, solved."""

from __future__ import annotations

import copy as copying
import json
import operator
import os
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from . import _native
from ._analysis import Analyses
from ._arrays import (
    Floats, floats, follow, is_mask, labels_of, listed, named_places, neurons, rows, vector,
)  # fmt: skip
from ._errors import InvalidValueError, NotConvergedError, no_option
from ._matrices import compressed, is_table, labelled
from ._native import (
    CSR,
    Handle,
    Info,
    call,
    call_text,
    encoded,
    json_text,
    lib,
    options_text,
    plain,
    pointer,
    take_text,
)
from ._time import Courses

if TYPE_CHECKING:
    from ._equilibrium import Equilibrium

#: What a network can be built again from, for pickling: the function's name and its arguments.
_Recipe = tuple[str, dict[str, Any]]


class Network(Analyses, Courses):
    """A compiled network with parameters and a pair of solvers.

    Networks come from :func:`load`, :func:`from_sparse`, :func:`from_graph` and
    :func:`from_networkx`. The topology is immutable; :attr:`params` may be assigned.

    Attributes
    ----------
    n_neurons, n_units, n_edges, n_inputs, n_outputs, n_params : int
        Sizes.
    params : numpy.ndarray
        The weights and biases, shape ``(n_params,)``: a copy, which may be changed and assigned.
    names : list of str
        The neurons' names: those of the file, table or graph, or ``group.index``.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp, cyclograd as cg
    >>> W = sp.csr_array([[0.0, 0.5], [-0.5, 0.0]])
    >>> net = cg.from_sparse(W, bias=[0.1, 0.2], activation="tanh")
    >>> net
    <Network of 2 neurons and 2 edges: 2 inputs, 2 outputs, 1 cyclic component>
    >>> eq = net.solve([[0.0, 1.0]])
    >>> bool(eq.success)
    True
    """

    def __init__(
        self, handle: Handle, recipe: _Recipe, options: dict[str, Any], names: list[str] | None
    ) -> None:
        self._handle = handle
        self._recipe = recipe
        self._options = options
        self._names = names
        info = Info()
        lib.cg_network_get_info(handle.address, byref(info))
        self.n_neurons = int(info.neurons)
        self.n_units = int(info.units)
        self.n_edges = int(info.edges)
        self.n_inputs = int(info.inputs)
        self.n_outputs = int(info.outputs)
        self.n_params = int(info.parameters)
        self.n_weights = int(info.weight_parameters)
        self.n_trainable = int(info.trainable_parameters)
        self.n_components = int(info.components)
        self.n_cyclic_components = int(info.cyclic_components)
        self.largest_component = int(info.largest_component)
        self._sample_work = _native.solving_work(
            self.n_edges + self.n_units, self.largest_component, options["maxiter"]
        )
        self._own_params: Floats | None = None
        #: Remarks of this package, beside those of the library.
        self._notes: list[str] = []
        #: What a training did with its columns, as JSON, and as the library writes it.
        self._preparation: str | None = None
        self._layout: tuple[NDArray[Any], ...] | None = None
        self._factors: tuple[Floats, Floats] | None = None
        self._simulator = Handle(
            call(
                self.n_edges + self.n_units,
                lib.cg_simulator_create,
                handle.address,
                options_text(_solver_options(options)),
                keep=handle,
            ),
            "cg_simulator_release",
        )

    # ---- What it is --------------------------------------------------------------------------

    def __repr__(self) -> str:
        def count(number: int, noun: str) -> str:
            return f"{number:,} {noun}{'' if number == 1 else 's'}"

        return (
            f"<Network of {count(self.n_neurons, 'neuron')} and {count(self.n_edges, 'edge')}: "
            f"{count(self.n_inputs, 'input')}, {count(self.n_outputs, 'output')}, "
            f"{count(self.n_cyclic_components, 'cyclic component')}>"
        )

    def _text(self, kind: str) -> str:
        error = c_void_p()
        found = lib.cg_network_describe(self._handle.address, kind.encode(), byref(error))
        if not found:
            raise _native.error_from(json.loads(take_text(error.value) or "{}"))
        return take_text(found) or "null"

    def _describe(self, kind: str) -> Any:
        return json.loads(self._text(kind))

    @property
    def names(self) -> list[str]:
        if self._names is None:
            self._names = list(self._describe("names"))
        return list(self._names)

    @property
    def input_names(self) -> list[str]:
        """The names of the input neurons, in the order of a sample's numbers."""
        return self._named("inputs")

    @property
    def output_names(self) -> list[str]:
        """The names of the output neurons, in the order of an answer's numbers."""
        return self._named("outputs")

    def _named(self, kind: str) -> list[str]:
        own = list(self._describe(kind))
        names = self.names
        neurons = {name: place for place, name in enumerate(self._describe("names"))}
        return [names[neurons[name]] for name in own]

    def _labels(self, each: str) -> list[str]:
        """The names that the labels of a table of inputs, outputs, neurons or units can be."""
        if each in ("input", "output"):
            return self._named(each + "s")
        has_names = each == "neuron" or self.n_units == self.n_neurons
        return self.names if has_names else list(self._describe("units"))

    def _work(self, samples: int, right_sides: int = 1) -> float:
        """A bound of the work of solving, or of differentiating, so many samples."""
        _native.check_threads(self._options["threads"])
        iterations, factors = self._sample_work
        return samples * (iterations * right_sides + factors)

    @property
    def remarks(self) -> list[str]:
        """What a reader assumed or left out, a sentence each."""
        return [*self._describe("remarks"), *self._notes]

    @property
    def options(self) -> dict[str, Any]:
        """The backend, tolerance, and so on, that it is solved with: a copy."""
        return dict(self._options)

    def with_options(self, **options: Any) -> Network:
        """The same network with other options of the solvers, sharing what is compiled.

        Parameters
        ----------
        **options
            ``backend``, ``tol``, ``maxiter``, ``threads``, ``kinks``, as for :func:`load`.

        Returns
        -------
        Network
        """
        other = Network(
            self._handle,
            self._recipe,
            _checked({**self._options, **options}, Network.with_options),
            self._names,
        )
        other._own_params = self._own_params
        other._preparation = self._preparation
        other._notes = self._notes
        return other

    # ---- Parameters --------------------------------------------------------------------------

    @property
    def params(self) -> Floats:
        if self._own_params is not None:
            return self._own_params.copy()
        values = np.empty(self.n_params)
        lib.cg_network_parameters(self._handle.address, pointer(values))
        return values

    @params.setter
    def params(self, values: Any) -> None:
        array = vector(values, self.n_params, "params", "parameter")
        if not np.isfinite(array).all():
            raise InvalidValueError(
                "a parameter is not finite", code="invalid-value", advice="give finite numbers"
            )
        self._own_params = array.copy()

    @property
    def frozen(self) -> NDArray[np.bool_]:
        """Which parameters training must leave alone, shape (n_params,)."""
        result = np.zeros(self.n_params, np.bool_)
        result[np.asarray(self._describe("frozen"), np.int64)] = True
        return result

    def _params(self, values: Any) -> Floats | None:
        """What the library is given: ``None`` for the parameters that the network begins with."""
        if values is None:
            return self._own_params
        return vector(values, self.n_params, "params", "parameter")

    def layout(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Where parameters stand in W.

        Returns
        -------
        indptr, indices : numpy.ndarray
            W's pattern in compressed rows: a row for each unit, a column for each neuron.
        weights : numpy.ndarray
            For each entry the number of its parameter.
        biases : numpy.ndarray
            For each unit the number of its bias.

        Notes
        -----
        O(edges) the first time; then the same arrays.
        """
        if self._layout is None:
            indptr = np.empty(self.n_units + 1, np.int64)
            indices = np.empty(self.n_edges, np.int32)
            weights = np.empty(self.n_edges, np.int32)
            biases = np.empty(self.n_units, np.int32)
            lib.cg_network_layout(
                self._handle.address,
                *(pointer(array) for array in (indptr, indices, weights, biases)),
            )
            if self.n_edges < 2**31:
                indptr = indptr.astype(np.int32)
            self._layout = (indptr, indices, weights, biases)
        indptr, indices, weights, biases = self._layout
        return indptr, indices, weights, biases

    def factors(self) -> tuple[Floats, Floats]:
        """What the parameter of each edge and of each unit's bias is multiplied with there; 1 but for ties with a factor.

        Returns
        -------
        weights : numpy.ndarray, shape (n_edges,)
            In the order of the entries of :meth:`layout`.
        biases : numpy.ndarray, shape (n_units,)

        Examples
        --------
        >>> import cyclograd as cg
        >>> net = cg.from_sparse([[0.0, 0.5], [0.25, 0.0]])
        >>> [factors.tolist() for factors in net.factors()]
        [[1.0, 1.0], [1.0, 1.0]]
        """
        if self._factors is None:
            weights, biases = np.empty(self.n_edges), np.empty(self.n_units)
            lib.cg_network_factors(self._handle.address, pointer(weights), pointer(biases))
            self._factors = (weights, biases)
        return self._factors

    def matrix(
        self, params: Any = None, *, derivatives: bool = False
    ) -> tuple[sparse.csr_array, Floats]:
        """Parameters, or derivatives by them, as a sparse matrix and biases.

        Parameters
        ----------
        params : array_like, shape (n_params,), optional
            What to read; the network's own parameters if left out.
        derivatives : bool
            Whether the numbers are derivatives by parameters, which stand at each edge as they are. Parameters become
            weights and biases by the factors of their ties.

        Returns
        -------
        W : scipy.sparse.csr_array, shape (n_units, n_neurons)
            ``W[i, j]`` belongs to the edge from neuron ``j`` to unit ``i``.
        b : numpy.ndarray, shape (n_units,)

        Examples
        --------
        >>> import scipy.sparse as sp, cyclograd as cg
        >>> net = cg.from_sparse(sp.csr_array([[0.0, 0.5], [0.25, 0.0]]), bias=[1, 2])
        >>> W, b = net.matrix()
        >>> W.toarray().tolist(), b.tolist()
        ([[0.0, 0.5], [0.25, 0.0]], [1.0, 2.0])
        """
        values = self.params if params is None else self._params(params)
        assert values is not None
        indptr, indices, weights, biases = self.layout()
        entries, others = values[weights], values[biases]
        if not derivatives:
            of_weights, of_biases = self.factors()
            entries, others = entries * of_weights, others * of_biases
        matrix = sparse.csr_array(
            (entries, indices, indptr), shape=(self.n_units, self.n_neurons), copy=False
        )
        return matrix, others

    def pack(self, W: Any = None, b: Any = None) -> Floats:
        """A matrix and biases as parameters: the reverse of :meth:`matrix`.

        Parameters
        ----------
        W : sparse or dense matrix or pandas.DataFrame, shape (n_units, n_neurons), optional
            Entries only where the network has edges; edges without an entry get 0. All weights stay where W is
            left out.
        b : array_like, shape (n_units,), optional
            One number stands for all. All biases stay where it is left out.

        Returns
        -------
        numpy.ndarray, shape (n_params,)

        Raises
        ------
        InvalidValueError
            For an entry where there is no edge, for tied parameters with different values, and for labels that
            are not the names of units and neurons.
        """
        values = self.params
        _, _, weights, biases = self.layout()
        of_weights, of_biases = self.factors()
        if W is not None:
            if not _spread(self._edges(W), weights, of_weights, values):
                raise InvalidValueError(
                    "edges that share a parameter have different weights",
                    code="invalid-graph",
                    advice="give them the same",
                )
        if b is not None:
            given_biases = vector(b, self.n_units, "b", "unit", names=self._labels, spread=True)
            if not np.isfinite(given_biases).all():
                raise InvalidValueError(
                    "a bias is not finite", code="invalid-value", advice="give finite numbers"
                )
            if not _spread(given_biases, biases, of_biases, values):
                raise InvalidValueError(
                    "units that share a bias have different ones",
                    code="invalid-graph",
                    advice="give them the same",
                )
        return values

    def _edges(self, W: Any) -> Floats:
        """The entries of a matrix in the order of the edges; 0 for edges without an entry."""
        if is_table(W):
            columns = follow(floats(W, "W"), W, self._labels, "W", "neuron")
            W = follow(columns.T, W.T, self._labels, "W", "unit").T
        given = compressed(W)
        if not np.isfinite(given.data).all():
            raise InvalidValueError(
                "a weight is not finite", code="invalid-value", advice="give finite numbers"
            )
        if given.shape != (self.n_units, self.n_neurons):
            raise InvalidValueError(
                f"W has the shape {given.shape}, not {(self.n_units, self.n_neurons)}",
                code="shape-mismatch",
                advice="give a row for each unit and a column for each neuron",
            )
        indptr, indices, _, _ = self.layout()
        numbers = sparse.csr_array((np.arange(1, self.n_edges + 1), indices, indptr), shape=given.shape)
        row = np.repeat(np.arange(self.n_units), np.diff(given.indptr))
        place = (
            np.asarray(numbers[row, given.indices]).ravel() if len(row) else np.empty(0, np.int64)
        )
        outside = np.flatnonzero((place == 0) & (given.data != 0))
        if outside.size:
            first = outside[0]
            raise InvalidValueError(
                f"there is no edge from neuron {given.indices[first]} to unit {row[first]}",
                code="invalid-graph",
                advice="make a new network for another pattern",
            )
        edges = np.zeros(self.n_edges)
        edges[place[place > 0] - 1] = given.data[place > 0]
        return edges

    # ---- Files -------------------------------------------------------------------------------

    def save(self, path: Any, params: Any = None, *, format: str | None = None) -> list[str]:
        """Writes the network with its parameters to a file that :func:`load` and the command read.

        Parameters
        ----------
        path : str or os.PathLike
            The extension names the format: ``.yaml`` holds everything; ``.safetensors`` holds the parameters alone, for
            :meth:`load_params` and ``--parameters``.
        params : array_like, shape (n_params,), optional
            The parameters; the network's own if left out.
        format : str, optional
            A format by name, as ``cyclograd formats`` lists them.

        Returns
        -------
        list of str
            What the format could not hold.

        Raises
        ------
        CyclogradError
            For a format that cannot be written, or a file that cannot.

        Examples
        --------
        >>> import cyclograd as cg, pathlib, tempfile
        >>> net = cg.from_sparse([[0.0, 0.5], [0.25, 0.0]], bias=[1, 2])
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "net.yaml"
        >>> net.save(path)
        []
        >>> cg.load(path).params.tolist()
        [0.5, 0.25, 1.0, 2.0]
        """
        values = self._params(params)
        options = {"to": format, "preparation": self._preparation}
        text = call_text(
            _native.long_work(1),
            lib.cg_network_write,
            self._handle.address,
            pointer(values),
            encoded(os.fspath(path), "path"),
            options_text({name: value for name, value in options.items() if value is not None}),
            keep=(self, values),
        )
        return [str(remark) for remark in json.loads(text)]

    def load_params(self, path: Any) -> None:
        """Takes the parameters of a ``.safetensors`` file: of a training, of the command, or of :meth:`save`.

        Where a training has scaled or encoded its columns, the network wants samples that are prepared in the same way:
        a warning says so, :attr:`preparation` tells what was done, and :meth:`prepare` does it.

        Raises
        ------
        CyclogradError
            For parameters of another network, which has other edges or ties.

        Examples
        --------
        >>> import cyclograd as cg, pathlib, tempfile
        >>> net = cg.from_sparse([[0.0, 0.5], [0.25, 0.0]])
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "params.safetensors"
        >>> net.save(path, [1, 2, 3, 4])
        []
        >>> net.load_params(path)
        >>> net.params.tolist()
        [1.0, 2.0, 3.0, 4.0]
        """
        values = np.empty(self.n_params)
        file = encoded(os.fspath(path), "path")
        call(
            _native.long_work(1),
            lib.cg_network_read_parameters,
            self._handle.address,
            file,
            pointer(values),
            keep=(self, values),
        )
        self.params = values
        self._take_preparation(file)

    def _take_preparation(self, file: bytes) -> None:
        """Keeps what a training, whose file of parameters this is, did with its columns, and says so."""
        text = call_text(_native.long_work(1), lib.cg_read_preparation, file)
        self._preparation = None if text == "null" else text
        if self._preparation is not None:
            warnings.warn(
                "the training has scaled or encoded its columns: solve net.prepare(x) in place of x",
                stacklevel=3,
            )

    @property
    def preparation(self) -> dict[str, Any] | None:
        """What a training did with its columns before they entered the network; None for nothing.

        ``"offsets"`` and ``"divisors"`` are those of the inputs, x ← (x − offset) / divisor; ``"one-hot"`` lists columns of text
        and their words, which follow the numbers.
        """
        return None if self._preparation is None else dict(json.loads(self._preparation))

    def prepare(self, x: Any) -> Floats:
        """Samples in the units of a file as the network wants them after :meth:`load_params`.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs) or (n_inputs,)

        Returns
        -------
        numpy.ndarray, shape (n_samples, n_inputs)
            The numbers that the command computes from the same file.

        Raises
        ------
        InvalidValueError
            Where columns of text were encoded, which numbers cannot be.
        """
        samples = rows(x, self.n_inputs, "x", "input", self._labels)
        preparation = self.preparation or {}
        if "one-hot" in preparation:
            columns = ", ".join(entry["column"] for entry in preparation["one-hot"])
            raise InvalidValueError(
                f"the training has encoded text: {columns}",
                advice="encode samples as 'preparation' says, or let the command read the file",
            )
        if "offsets" not in preparation:
            return samples
        offsets, divisors = (np.array(preparation[key], float) for key in ("offsets", "divisors"))
        prepared: Floats = (samples - offsets) / divisors
        return prepared

    # ---- Solving -----------------------------------------------------------------------------

    def solve(
        self, x: Any = None, params: Any = None, *, z0: Any = None, throw: bool = False
    ) -> Equilibrium:
        """Finds the equilibrium z = W a(z) + b + x of every sample.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs) or (n_inputs,), optional
            The samples, a table of pandas by the names of its columns, among which there may be others; may be left out
            where the network has no inputs, or for one sample of zeros. Samples may have several dimensions, such as
            (n_samples, steps, columns), whose product is the number of inputs.
        params : array_like, shape (n_params,), optional
            Weights and biases instead of the network's own.
        z0 : array_like, shape (n_samples, n_units) or (n_units,), optional
            States to start from; by default all activations start at 0, and so do rows with a NaN.
        throw : bool
            Whether a sample without an equilibrium is an error, rather than a row of NaN with a status.

        Returns
        -------
        Equilibrium

        Raises
        ------
        InvalidValueError
            For shapes that do not fit, numbers that are not finite, and labels of a table that are no names.
        NotConvergedError
            If ``throw`` and a sample has failed.

        Examples
        --------
        >>> import scipy.sparse as sp, cyclograd as cg
        >>> net = cg.from_sparse(sp.csr_array([[0.0, 0.5], [0.5, 0.0]]), activation="identity")
        >>> net.solve([1.0, 0.0]).outputs.round(6).tolist()
        [[1.333333, 0.666667]]
        """
        from ._equilibrium import Equilibrium

        samples = (
            np.zeros((1, self.n_inputs)) if x is None else rows(x, self.n_inputs, "x", "input", self._labels)
        )
        values = self._params(params)
        start = None if z0 is None else rows(z0, self.n_units, "z0", "unit", self._labels)
        return self._solve(samples, values, start, is_answer=False, throw=throw, kind=Equilibrium)

    def at(self, z: Any, x: Any = None, params: Any = None) -> Equilibrium:
        """Takes given states for the answer and measures what they are worth.

        Parameters
        ----------
        z : array_like, shape (n_samples, n_units) or (n_units,)
            States of all units in the order of the file.
        x, params
            As for :meth:`solve`.

        Returns
        -------
        Equilibrium
            A success where the residual meets the tolerance.
        """
        from ._equilibrium import Equilibrium

        start = rows(z, self.n_units, "z", "unit", self._labels)
        samples = (
            np.zeros((len(start), self.n_inputs))
            if x is None
            else rows(x, self.n_inputs, "x", "input", self._labels)
        )
        return self._solve(
            samples, self._params(params), start, is_answer=True, throw=False, kind=Equilibrium
        )

    def _solve(
        self,
        samples: Floats,
        values: Floats | None,
        start: Floats | None,
        *,
        is_answer: bool,
        throw: bool,
        kind: type[Equilibrium],
    ) -> Equilibrium:
        address = call(
            self._work(len(samples)),
            lib.cg_solve,
            self._simulator.address,
            pointer(values),
            pointer(samples),
            len(samples),
            pointer(start),
            0 if start is None else len(start),
            int(is_answer),
            keep=(self, samples, values, start),
        )
        equilibrium = kind(self, Handle(address, "cg_equilibrium_release"), len(samples))
        if throw:
            equilibrium.require()
        return equilibrium

    def value_and_grad(
        self, params: Any, x: Any, y: Any, loss: str = "half-squared-error"
    ) -> tuple[float, Floats]:
        """A mean loss and its gradient, as ``scipy.optimize.minimize(..., jac=True)`` takes them.

        Parameters
        ----------
        params : array_like, shape (n_params,)
        x : array_like, shape (n_samples, n_inputs)
        y : array_like, shape (n_samples, n_outputs), or what else the loss takes
        loss : str
            One of ``cyclograd.features()["losses"]``.

        Returns
        -------
        value : float
        gradient : numpy.ndarray, shape (n_params,)

        Raises
        ------
        NotConvergedError
            If a sample has no equilibrium or no adjoint: a gradient is never guessed.
        """
        return self.solve(x, params, throw=True).value_and_grad(y, loss)

    # ---- Copies ------------------------------------------------------------------------------

    def __copy__(self) -> Network:
        return self.with_options()

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        other = self.with_options()
        if self._own_params is not None:
            other._own_params = self._own_params.copy()
        other._preparation = self._preparation
        other._recipe = copying.deepcopy(self._recipe, memo)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        kind, arguments = self._recipe
        if kind == "sparse":
            # What the network was made of: the arrays themselves may have changed since.
            initial = np.empty(self.n_params)
            lib.cg_network_parameters(self._handle.address, pointer(initial))
            matrix, bias = self.matrix(initial)
            arguments = {**arguments, "W": matrix, "bias": bias}
        else:
            arguments = {"text": self._text("graph")}
        return _restored, (
            kind, arguments, self._options, self._names, self._own_params, self._preparation,
        )  # fmt: skip


def _restored(
    kind: str,
    arguments: dict[str, Any],
    options: dict[str, Any],
    names: list[str] | None,
    params: Floats | None,
    preparation: str | None = None,
) -> Network:
    if kind == "sparse":
        network = from_sparse(**arguments, **options)
    else:
        network = from_graph(arguments["text"], **options)
    network._names = names
    network._own_params = params
    network._preparation = preparation
    return network


_DEFAULTS: dict[str, Any] = {
    "backend": "automatic",
    "tol": 1e-10,
    "maxiter": None,
    "threads": 1,
    "kinks": "branch",
}


def _spread(
    given: Floats, parameters: NDArray[Any], factors: Floats, values: Floats
) -> bool:
    """Sets the parameters that some numbers are made of; whether numbers that share one agree."""
    values[parameters] = given / factors
    # A quotient times its divisor may differ in the last digit.
    return bool(np.allclose(values[parameters] * factors, given, rtol=1e-15, atol=0))


#: What :func:`load` hands on to the reader of the file.
_IMPORT_OPTIONS = (
    "activation", "inputs", "outputs", "bias", "weight_attribute", "index_base", "ids", "header", "duplicates",
    "draw_weights", "seed", "table", "query", "sign_column", "sign", "array", "parameters", "weights", "logic",
    "fixwb", "shared_weights", "shared_biases", "activation_3",
)  # fmt: skip


def _checked(options: Mapping[str, Any], function: Callable[..., Any]) -> dict[str, Any]:
    """The options of the solvers, with those that were not given to a function."""
    for name in options:
        if name not in _DEFAULTS:
            raise TypeError("; ".join(no_option(name, function, _DEFAULTS)))
    result = {**_DEFAULTS, **options}
    for name, kind in (("tol", float), ("threads", operator.index), ("maxiter", operator.index)):
        if name == "maxiter" and result[name] is None:
            continue
        try:
            result[name] = kind(result[name])
        except (TypeError, ValueError) as problem:
            raise InvalidValueError(
                f"{name} is {result[name]!r}",
                advice="give a number" if kind is float else "give a whole number",
            ) from problem
    return result


def _solver_options(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "backend": options["backend"],
        "tolerance": options["tol"],
        "maximum_iterations": options["maxiter"],
        "threads": options["threads"],
        "kinks": options["kinks"],
    }


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
        return json.dumps({str(name): value for name, value in kind.items()}, default=plain)
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
        ``activation``, ``inputs``, ``outputs``, ``bias``, ``weight_attribute``, …. Neurons are a text as
        the command takes it (``"a,b"``, ``"first:64"``), or a list of positions and names; ``sign`` is a text
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
    options = _checked(
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
    checked = _checked(options, from_graph)
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
    return Network(handle, ("graph", {}), checked, None)


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
    checked = _checked(options, from_sparse)
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
    return Network(handle, ("sparse", recipe), checked, known)


__all__ = ["Network", "NotConvergedError", "from_graph", "from_sparse", "load"]
