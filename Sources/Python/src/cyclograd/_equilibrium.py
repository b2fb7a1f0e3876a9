"""The states of some samples, with their evidence and derivatives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from . import _native
from ._arrays import Floats, about_classes, rows, targets, vector
from ._errors import InvalidValueError, NotConvergedError, NotDifferentiableError
from ._native import Handle, call, call_text, encoded, lib, pointer, take_text

if TYPE_CHECKING:
    from ._network import Network

_OUTPUTS, _STATES, _ACTIVATIONS, _INPUTS, _PARAMETERS = range(5)


def _statuses() -> list[str]:
    names: list[str] = []
    while (name := _status_name(len(names))) is not None:
        names.append(name)
    return names


def _status_name(number: int) -> str | None:
    text = lib.cg_status_name(number)
    return None if text is None else text.decode()


class Equilibrium:
    """What :meth:`Network.solve` has found: immutable, with the names of SciPy's ``OptimizeResult``.

    Its arrays are read-only; ``copy()`` gives one to change.

    It carries the factors with which it was differentiated, so that further products cost a solve.

    Attributes
    ----------
    network : Network
        What was solved.
    n_samples : int
    success : numpy.ndarray of bool, shape (n_samples,)
    status : numpy.ndarray of str, shape (n_samples,)
        ``"converged"``, or how it ended otherwise.
    residual : numpy.ndarray, shape (n_samples,)
        The componentwise backward error of the state that is kept, measured after the solver ended.
    nit : numpy.ndarray of int, shape (n_samples,)
    message : list of (str or None)
        What else is known: the method, or why there is no answer.
    outputs : numpy.ndarray, shape (n_samples, n_outputs)
        NaN in the rows of samples that failed.
    states : numpy.ndarray, shape (n_samples, n_units)
        z; the best that was found where a sample failed.
    activations : numpy.ndarray, shape (n_samples, n_neurons)

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp, cyclograd as cg
    >>> net = cg.from_sparse(sp.csr_array([[0.0, 0.5], [-0.5, 0.0]]), bias=[0.1, 0.2])
    >>> eq = net.solve([[0.0, 1.0], [1.0, 0.0]])
    >>> eq.success.tolist(), eq.status.tolist()
    ([True, True], ['converged', 'converged'])
    >>> d_params, d_x = eq.vjp(np.ones((2, 2)))
    >>> d_params.shape, d_x.shape
    ((4,), (2, 2))
    """

    def __init__(self, network: Network, handle: Handle, n_samples: int) -> None:
        # A shallow copy holds what was used, whatever becomes of the caller's network.
        self.network = network
        self.n_samples = n_samples
        self._handle = handle
        self._simulator = network._simulator
        self._threads = int(network._options["threads"])
        status = np.empty(n_samples, np.int32)
        self.residual: Floats = np.empty(n_samples)
        self.nit: NDArray[np.int64] = np.empty(n_samples, np.int64)
        lib.cg_equilibrium_evidence(
            handle.address, pointer(status), pointer(self.residual), pointer(self.nit)
        )
        self.residual.flags.writeable = self.nit.flags.writeable = False
        self._status = status
        self._parts: dict[int, Floats] = {}

    def __repr__(self) -> str:
        converged = int(self.success.sum())
        return (
            f"<Equilibrium of {self.n_samples:,} sample{'' if self.n_samples == 1 else 's'}: "
            f"{converged:,} converged>"
        )

    # ---- Evidence ----------------------------------------------------------------------------

    @property
    def success(self) -> NDArray[np.bool_]:
        result: NDArray[np.bool_] = self._status == 0
        return result

    @property
    def status(self) -> NDArray[np.str_]:
        return np.asarray(_STATUSES)[self._status]

    @property
    def message(self) -> list[str | None]:
        return [
            take_text(lib.cg_equilibrium_detail(self._handle.address, sample))
            for sample in range(self.n_samples)
        ]

    def require(self) -> Equilibrium:
        """This equilibrium, if every sample converged.

        Raises
        ------
        NotConvergedError
            With the rows that failed.
        """
        failed = np.flatnonzero(self._status)
        if failed.size == 0:
            return self
        first = int(failed[0])
        status = str(self.status[first])
        reason = take_text(lib.cg_equilibrium_detail(self._handle.address, first))
        shown = ", ".join(str(row) for row in failed[:8]) + (", …" if failed.size > 8 else "")
        kind = NotDifferentiableError if status == "not-differentiable" else NotConvergedError
        raise kind(
            f"no equilibrium was found for {failed.size} of {self.n_samples} samples "
            f"({status}{': ' + reason if reason else ''})",
            code="not-converged",
            subject=f"row{'' if failed.size == 1 else 's'} {shown}",
            advice="try another backend, or more iterations",
        )

    # ---- Numbers -----------------------------------------------------------------------------

    def _part(self, part: int, *shape: int) -> Floats:
        if part not in self._parts:
            values = np.empty(shape)
            lib.cg_equilibrium_read(self._handle.address, part, pointer(values))
            values.flags.writeable = False
            self._parts[part] = values
        return self._parts[part]

    @property
    def outputs(self) -> Floats:
        return self._part(_OUTPUTS, self.n_samples, self.network.n_outputs)

    @property
    def states(self) -> Floats:
        return self._part(_STATES, self.n_samples, self.network.n_units)

    @property
    def activations(self) -> Floats:
        return self._part(_ACTIVATIONS, self.n_samples, self.network.n_neurons)

    @property
    def inputs(self) -> Floats:
        """The samples, shape (n_samples, n_inputs)."""
        return self._part(_INPUTS, self.n_samples, self.network.n_inputs)

    @property
    def params(self) -> Floats:
        """The parameters that the states belong to, shape (n_params,)."""
        return self._part(_PARAMETERS, self.network.n_params)

    # ---- Derivatives -------------------------------------------------------------------------

    def _work(self, right_sides: int = 1) -> float:
        return self.network._work(self.n_samples, right_sides)

    def _cotangent(self, g: Any, of: str) -> Floats:
        """What derivatives of outputs, or of neurons' activations, are multiplied by."""
        network = self.network
        if of == "output" and network.n_outputs == 0:
            raise InvalidValueError(
                "the network has no outputs, so there is nothing to differentiate",
                code="invalid-graph",
                advice="give it outputs, or say of='activations'",
            )
        cotangent = rows(g, network.n_outputs if of == "output" else network.n_neurons, "g", of, network._labels)
        self._check_rows(cotangent, "g")
        return cotangent

    def vjp(self, g: Any, *, of: str = "outputs") -> tuple[Floats, Floats]:
        """The derivatives of ``(g * outputs).sum()``, through the equilibrium (the adjoint).

        Parameters
        ----------
        g : array_like, shape (n_samples, n_outputs)
            The cotangent.
        of : {"outputs", "activations"}
            For ``"activations"`` g has a column for each neuron.

        Returns
        -------
        d_params : numpy.ndarray, shape (n_params,)
            Summed over the samples; :meth:`Network.matrix` reads it as a sparse matrix.
        d_x : numpy.ndarray, shape (n_samples, n_inputs)

        Raises
        ------
        NotConvergedError
            If a sample has no equilibrium or no adjoint: a derivative is never guessed.
        """
        network = self.network
        if of not in ("outputs", "activations"):
            raise InvalidValueError(f"of is {of!r}", advice="give 'outputs' or 'activations'")
        cotangent = self._cotangent(g, "output" if of == "outputs" else "neuron")
        if self.n_samples == 0:
            return np.zeros(network.n_params), np.zeros((0, network.n_inputs))
        d_params = np.empty(network.n_params)
        d_x = np.empty((self.n_samples, network.n_inputs))
        call(
            self._work(),
            lib.cg_vjp,
            self._simulator.address,
            self._handle.address,
            pointer(cotangent),
            int(of == "activations"),
            pointer(d_params),
            pointer(d_x),
            keep=(self, cotangent, d_params, d_x),
        )
        return d_params, d_x

    def jvp(self, x: Any = None, params: Any = None) -> Floats:
        """The change of the outputs along a direction, in forward mode.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs), optional
            The change of the inputs.
        params : array_like, shape (n_params,), optional
            The change of the parameters.

        Returns
        -------
        numpy.ndarray, shape (n_samples, n_outputs)

        Raises
        ------
        NotConvergedError
            If a sample has no equilibrium or no derivative.
        """
        network = self.network
        d_params, d_x = self._direction(params, x)
        result = np.empty((self.n_samples, network.n_outputs))
        call(
            self._work(),
            lib.cg_jvp,
            self._simulator.address,
            self._handle.address,
            pointer(d_params),
            pointer(d_x),
            pointer(result),
            keep=(self, d_x, d_params, result),
        )
        return result

    def hvp(self, g: Any, x: Any = None, params: Any = None) -> tuple[Floats, Floats]:
        """The Hessian of ``(g * outputs).sum()`` by parameters and inputs together, times a direction.

        It is how the two results of :meth:`vjp` change along the direction.

        Parameters
        ----------
        g : array_like, shape (n_samples, n_outputs)
            The cotangent.
        x : array_like, shape (n_samples, n_inputs), optional
            The direction of the inputs.
        params : array_like, shape (n_params,), optional
            The direction of the parameters.

        Returns
        -------
        h_params : numpy.ndarray, shape (n_params,)
            Summed over the samples.
        h_x : numpy.ndarray, shape (n_samples, n_inputs)

        Raises
        ------
        NotConvergedError
            If a sample has no equilibrium or no derivative.
        InvalidValueError
            For activations without a second derivative.

        Examples
        --------
        >>> import numpy as np, cyclograd as cg
        >>> eq = cg.from_sparse([[0.5]], activation="softplus").solve([0.3])
        >>> h_params, h_x = eq.hvp([[1.0]], x=[[1.0]])
        >>> h = 1e-5
        >>> up, down = (eq.network.solve([0.3 + d]).vjp([[1.0]])[1] for d in (h, -h))
        >>> bool(abs(h_x - (up - down) / (2 * h)) < 1e-5)
        True
        """
        network = self.network
        cotangent = self._cotangent(g, "output")
        _check_finite(cotangent, "g")
        d_params, d_x = self._direction(params, x)
        if self.n_samples == 0:
            return np.zeros(network.n_params), np.zeros((0, network.n_inputs))
        h_params = np.empty(network.n_params)
        h_x = np.empty((self.n_samples, network.n_inputs))
        call(
            # The network of directional derivatives is larger, and is compiled the first time.
            _native.long_work(self._threads) if network.n_edges > 10_000 else 8 * self._work(),
            lib.cg_hessian_product,
            self._simulator.address,
            self._handle.address,
            pointer(cotangent),
            pointer(d_params),
            pointer(d_x),
            pointer(h_params),
            pointer(h_x),
            keep=(self, cotangent, d_params, d_x, h_params, h_x),
        )
        return h_params, h_x

    def _direction(self, params: Any, x: Any) -> tuple[Floats | None, Floats | None]:
        network = self.network
        d_x = None if x is None else rows(x, network.n_inputs, "x", "input", network._labels)
        if d_x is not None:
            self._check_rows(d_x, "x")
            # Nothing changes where there is nothing.
            d_x = d_x if network.n_inputs else None
        d_params = (
            None if params is None else vector(params, network.n_params, "params", "parameter")
        )
        for name, values in (("x", d_x), ("params", d_params)):
            if values is not None and not np.isfinite(values).all():
                raise InvalidValueError(
                    f"a number of the direction {name} is not finite",
                    code="invalid-value",
                    advice="give finite numbers",
                )
        return d_params, d_x

    def jacobian(self) -> Floats:
        """The derivatives of every output by every input.

        Returns
        -------
        numpy.ndarray, shape (n_samples, n_outputs, n_inputs)

        Raises
        ------
        NotConvergedError
            If a sample has no equilibrium or no derivative.
        """
        network = self.network
        result = np.empty((self.n_samples, network.n_outputs, network.n_inputs))
        call(
            self._work(max(1, min(network.n_outputs, network.n_inputs))),
            lib.cg_jacobian,
            self._simulator.address,
            self._handle.address,
            pointer(result),
            keep=(self, result),
        )
        return result

    def value_and_grad(self, y: Any, loss: str = "half-squared-error") -> tuple[float, Floats]:
        """A mean loss and its gradient by the parameters.

        Parameters
        ----------
        y : array_like, shape (n_samples, n_outputs), or what else the loss takes
        loss : str

        Returns
        -------
        value : float
        gradient : numpy.ndarray, shape (n_params,)

        Raises
        ------
        NotConvergedError
            If a sample has no equilibrium or no adjoint.
        """
        wanted = targets(y, self.n_samples, self.network._labels)
        value = np.empty(1)
        gradient = np.empty(self.network.n_params)
        try:
            call(
                self._work(),
                lib.cg_gradient,
                self._simulator.address,
                self._handle.address,
                encoded(loss, "loss"),
                pointer(wanted),
                wanted.shape[1],
                pointer(value),
                pointer(gradient),
                None,
                keep=(self, wanted, value, gradient),
            )
        except InvalidValueError as problem:
            raise about_classes(problem, wanted, self.network.n_outputs) from None
        return float(value[0]), gradient

    def _check_rows(self, array: Floats, what: str) -> None:
        if len(array) != self.n_samples:
            raise InvalidValueError(
                f"{what} has {len(array)} rows for {self.n_samples} samples",
                code="shape-mismatch",
                advice="give one for each sample",
            )

    def as_linear_operator(self, sample: int = 0) -> LinearOperator:
        """(I − D Wᵀ)⁻¹ at one sample, where D are the slopes: what pulls D g back to the states.

        Parameters
        ----------
        sample : int

        Returns
        -------
        scipy.sparse.linalg.LinearOperator, shape (n_units, n_units)
            ``operator @ v`` solves (I − D Wᵀ) d = v, and ``operator.T @ v`` solves (I − W Dᵀ) d = v, by
            the factorization that the sample's derivatives use. Each unit needs a bias of its own.

        Raises
        ------
        InvalidValueError
            For networks whose units share biases, and samples that do not exist.
        NotConvergedError
            If the sample has no equilibrium.
        """
        from ._operator import operator

        return operator(self, sample)

    def certify(self) -> list[dict[str, Any]]:
        """What is proved of each sample's equilibrium, with rounding taken into account.

        Returns
        -------
        list of dict
            For each sample ``proved``; ``state_error`` and ``output_errors``, bounds of how far the numbers are
            from the exact equilibrium; ``isolation``, within which it is the only one; ``reason`` where nothing
            is proved.

        Examples
        --------
        >>> import cyclograd as cg
        >>> eq = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2]).solve([0.0, 1.0])
        >>> eq.certify()[0]["proved"]
        True
        """
        text = call_text(
            _native.long_work(self._threads),
            lib.cg_certify,
            self._simulator.address,
            self._handle.address,
            keep=self,
        )
        return list(json.loads(text))

    def report(self, figure: str | None = None) -> str:
        """The page of :meth:`Network.report`, at the first sample.

        Parameters
        ----------
        figure : str, optional
            The name of a figure.

        Returns
        -------
        str
            HTML, or SVG for a figure.

        Examples
        --------
        >>> import cyclograd as cg
        >>> eq = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2]).solve([0.0, 1.0])
        >>> eq.report("eigenvalues")[:4]
        '<svg'
        """
        return call_text(
            _native.long_work(self._threads),
            lib.cg_report,
            self.network._handle.address,
            self._handle.address,
            None if figure is None else encoded(figure, "figure"),
            keep=self,
        )

    # ---- Changes -----------------------------------------------------------------------------

    def update(self, x: Any = None, params: Any = None) -> Equilibrium:
        """The equilibrium after a change in a few inputs or parameters.

        Only what the change reaches is computed.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs), optional
            The samples from now on.
        params : array_like, shape (n_params,), optional
            The parameters from now on.

        Returns
        -------
        Equilibrium
            Another one; this one stays what it is.
        """
        network = self.network
        samples = None if x is None else rows(x, network.n_inputs, "x", "input", network._labels)
        if samples is not None:
            self._check_rows(samples, "x")
        values = None if params is None else vector(params, network.n_params, "params", "parameter")
        address = call(
            self._work(),
            lib.cg_update,
            self._simulator.address,
            self._handle.address,
            pointer(values),
            pointer(samples),
            keep=(self, values, samples),
        )
        return Equilibrium(network, Handle(address, "cg_equilibrium_release"), self.n_samples)

    # ---- Copies ------------------------------------------------------------------------------

    def __copy__(self) -> Equilibrium:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Equilibrium:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        evidence = (self._status, self.residual, self.nit)
        return _restored, (self.network, self.states, self.inputs, self.params, evidence)


def _check_finite(array: Floats, what: str) -> None:
    """Refuses NaN and infinities by row and column, where the library sees columns of its own."""
    wrong = np.argwhere(~np.isfinite(array))
    if wrong.size:
        row, column = wrong[0]
        raise InvalidValueError(
            f"a number of {what} is {array[row, column]}",
            code="invalid-value",
            subject=f"row {row}, column {column}",
            advice="give finite numbers",
        )


def _restored(
    network: Network, states: Floats, inputs: Floats, params: Floats, evidence: Any
) -> Equilibrium:
    """Measures stored states anew; what had no equilibrium keeps the evidence of that."""
    status, residual, nit = evidence
    missing: NDArray[np.bool_] = np.logical_not(np.isfinite(states).all(axis=1))
    known = np.where(missing[:, None], np.nan, states)
    result = network.at(known, inputs, params)
    failed = status != 0
    result._status[failed] = status[failed]
    result.residual = np.where(failed, residual, result.residual)
    result.nit, result._parts[_STATES] = nit, states
    # Arrays come back from a pickle writable.
    for values in (result.residual, result.nit, states):
        values.flags.writeable = False
    return result


_STATUSES = _statuses()

