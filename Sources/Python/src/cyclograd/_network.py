"""Networks: what they are, their parameters, their equilibria."""

from __future__ import annotations

import json
from ctypes import byref, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._analysis import Analyses
from ._arrays import Floats, rows, vector
from ._copies import Copies, Recipe
from ._errors import InvalidValueError, spoken
from ._files import Files
from ._lesions import Cuts
from ._native import Handle, Info, call, lib, options_text, pointer, take_text
from ._options import checked, solver_options
from ._time import Courses
from ._weights import Weights

if TYPE_CHECKING:
    from ._equilibrium import Equilibrium


class Network(Analyses, Copies, Courses, Cuts, Files, Weights):
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
        self, handle: Handle, recipe: Recipe, options: dict[str, Any], names: list[str] | None
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
        #: What a training did with its columns, and what its classes are called, as JSON, and as the library writes it.
        self._preparation: str | None = None
        self._layout: tuple[NDArray[Any], ...] | None = None
        self._factors: tuple[Floats, Floats] | None = None
        self._simulator = Handle(
            call(
                self.n_edges + self.n_units,
                lib.cg_simulator_create,
                handle.address,
                options_text(solver_options(options)),
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
        return [*map(spoken, self._describe("remarks")), *self._notes]

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
            checked({**self._options, **options}, Network.with_options),
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


__all__ = ["Network"]
