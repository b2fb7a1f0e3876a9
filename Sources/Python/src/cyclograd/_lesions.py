"""What cuts through the edges that leave neurons do to the outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import Floats, is_mask, listed, neurons, rows
from ._native import call, lib, long_work, pointer
from ._part import Part

#: The names of ``cg_lesion`` of the header, by number.
_RELATIONS: NDArray[np.str_] = np.array(["continued", "another", "none"])


@dataclass(frozen=True)
class Lesions:
    """What :meth:`Network.lesions` has found.

    Attributes
    ----------
    cuts : list of str
        The neurons of each cut.
    intact : numpy.ndarray, shape (n_samples, n_outputs)
        The outputs without a cut.
    outputs : numpy.ndarray, shape (n_cuts, n_samples, n_outputs)
        The outputs with each cut; NaN where no equilibrium was found.
    relation : numpy.ndarray of str, shape (n_cuts, n_samples)
        ``"continued"`` where states change by little at a time while the weights go to 0, ``"another"`` where the
        intact network's equilibrium vanishes on the way and another one was reached, ``"none"`` where none was found.
    residual : numpy.ndarray, shape (n_cuts, n_samples)
    changes : numpy.ndarray, shape (n_cuts, n_samples, n_outputs)
        ``outputs - intact``.
    """

    cuts: list[str]
    intact: Floats
    outputs: Floats
    relation: NDArray[np.str_]
    residual: Floats

    @property
    def changes(self) -> Floats:
        return self.outputs - self.intact


class Cuts(Part):
    """What :class:`Network` inherits."""

    def lesions(self, x: Any = None, which: Any = None, params: Any = None) -> Lesions:
        """What the outputs are where the edges that leave a neuron are cut, as ``solve --lesion`` of the command.

        Each cut is made by itself in the intact network: its weights become 0, and the equilibrium is brought up to
        date. Where states change by much, the weights go to 0 in steps.

        Parameters
        ----------
        x, params
            As for :meth:`solve`.
        which : sequence of (int or str, or list of these), mask or slice, optional
            The neurons; a list among them is one cut through the edges of all its neurons. By default each neuron.

        Returns
        -------
        Lesions

        Raises
        ------
        InvalidValueError
            For neurons that do not exist, and weights that several edges have in common.
        NotConvergedError
            If a sample of the intact network has no equilibrium.

        Examples
        --------
        >>> import cyclograd as cg
        >>> net = cg.from_sparse([[0, 0.5, 0], [0.5, 0, 0], [0, 1, 0]], activation="identity", names=["a", "b", "c"])
        >>> found = net.lesions([1, 0, 0], ["a", "b", ["a", "b"]])
        >>> found.cuts
        ['a', 'b', 'a, b']
        >>> found.changes[:, 0].round(6).tolist()
        [[-0.333333, -0.666667, -0.666667], [-0.333333, -0.166667, -0.666667], [-0.333333, -0.666667, -0.666667]]
        """
        cuts = self._cuts(which)
        samples = np.zeros((1, self.n_inputs)) if x is None else rows(x, self.n_inputs, "x", "input", self._labels)
        intact = self.solve(samples, params, throw=True)
        starts = np.cumsum([0, *(len(cut) for cut in cuts)], dtype=np.int64)
        sources = np.concatenate([*cuts, np.empty(0, np.int64)])
        shape = (len(cuts), intact.n_samples)
        outputs, residual = np.empty((*shape, self.n_outputs)), np.empty(shape)
        relation = np.empty(shape, np.int32)
        call(
            long_work(self._options["threads"]), lib.cg_lesions, self._simulator.address, intact._handle.address,
            len(cuts), pointer(starts), pointer(sources), None, pointer(outputs), pointer(relation), pointer(residual),
            keep=(self, intact, starts, sources, outputs, relation, residual),
        )  # fmt: skip
        names = self.names
        return Lesions(
            [", ".join(names[neuron] for neuron in cut) for cut in cuts],
            intact.outputs,
            outputs,
            _RELATIONS[relation],
            residual,
        )

    def _cuts(self, which: Any) -> list[NDArray[np.int64]]:
        """The neurons of each cut."""

        def chosen(choice: Any) -> NDArray[np.int64]:
            found = neurons(choice, self.n_neurons, self.names, "neuron")
            return np.arange(self.n_neurons, dtype=np.int64) if found is None else found

        if which is None or isinstance(which, (str, int, np.integer, slice)):
            return [np.array([neuron]) for neuron in chosen(which)]
        items = listed(which, "neuron")
        if is_mask(items):
            return [np.array([neuron]) for neuron in chosen(items)]
        return [chosen([item] if isinstance(item, str) or not hasattr(item, "__iter__") else item) for item in items]


__all__ = ["Lesions"]
