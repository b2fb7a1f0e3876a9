"""The weights and biases of a network as matrices and as parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ._arrays import Floats, floats, follow, vector
from ._errors import InvalidValueError
from ._matrices import compressed, is_table
from ._native import lib, pointer
from ._part import Part


class Weights(Part):
    """What :class:`Network` inherits."""

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


def _spread(
    given: Floats, parameters: NDArray[Any], factors: Floats, values: Floats
) -> bool:
    """Sets the parameters that some numbers are made of; whether numbers that share one agree."""
    values[parameters] = given / factors
    # A quotient times its divisor may differ in the last digit.
    return bool(np.allclose(values[parameters] * factors, given, rtol=1e-15, atol=0))
