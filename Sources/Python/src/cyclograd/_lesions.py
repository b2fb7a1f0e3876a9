"""What cuts through the edges that leave neurons do to the outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import Floats, is_mask, listed, neurons, rows
from ._errors import InvalidValueError

if TYPE_CHECKING:
    from ._equilibrium import Equilibrium

#: How much states may change at once, relative to max(1, |z|), for an equilibrium to count as the same.
_SMALL_CHANGE = 0.25
#: The smallest step in which weights go to 0, as a part of them.
_SMALLEST_STEP = 1 / 1024


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


class Cuts:
    """What :class:`Network` inherits."""

    n_neurons: int
    n_inputs: int

    if TYPE_CHECKING:

        @property
        def names(self) -> list[str]: ...

        def layout(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]: ...

        def _labels(self, each: str) -> list[str]: ...

        def solve(
            self, x: Any = None, params: Any = None, *, z0: Any = None, throw: bool = False
        ) -> Equilibrium: ...

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
        names, weights = self.names, self._weights_of(cuts)
        outcomes = [_Cut(intact, places).outcome() for places in weights]
        shape = (len(cuts), intact.n_samples)
        return Lesions(
            [", ".join(names[neuron] for neuron in cut) for cut in cuts],
            intact.outputs,
            np.array([outputs for outputs, _, _ in outcomes], float).reshape(*shape, intact.outputs.shape[1]),
            np.array([relation for _, relation, _ in outcomes], np.str_).reshape(shape),
            np.array([residual for _, _, residual in outcomes], float).reshape(shape),
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

    def _weights_of(self, cuts: list[NDArray[np.int64]]) -> list[NDArray[Any]]:
        """The parameters of the edges that leave the neurons of each cut."""
        _, sources, weights, _ = self.layout()
        order = np.argsort(sources, kind="stable")
        starts = np.searchsorted(sources[order], np.arange(self.n_neurons + 1))
        uses = np.bincount(weights, minlength=1)
        result: list[NDArray[Any]] = []
        for cut in cuts:
            edges = [order[starts[neuron] : starts[neuron + 1]] for neuron in np.unique(cut)]
            places = weights[np.concatenate([*edges, np.empty(0, np.int64)])]
            tied = places[uses[places] > 1]
            if tied.size:
                name = ", ".join(self.names[neuron] for neuron in cut)
                raise InvalidValueError(
                    f"the cut {name} goes through an edge whose weight {uses[tied[0]]} edges have in common",
                    advice="write the network out edge by edge, without ties ('cyclograd convert' to .graphml), and cut that",
                )
            result.append(places)
        return result


class _Cut:
    """A cut of a network whose equilibrium is known."""

    def __init__(self, intact: Equilibrium, places: NDArray[Any]) -> None:
        self._intact = intact
        self._places = places
        self._params = intact.params

    def outcome(self) -> tuple[Floats, list[str], Floats]:
        """The outputs, the relations and the residuals of all samples."""
        cut = self._weakened(self._intact, 0)
        outputs, residual = cut.outputs.copy(), cut.residual.copy()
        is_near = cut.success & (_change(self._intact, cut) <= _SMALL_CHANGE)
        relation = np.where(is_near, "continued", np.where(cut.success, "another", "none")).tolist()
        for sample in np.flatnonzero(~is_near):
            followed = self._followed(int(sample))
            if followed is not None:
                outputs[sample], residual[sample] = followed.outputs[0], followed.residual[0]
                relation[sample] = "continued"
        return outputs, relation, residual

    def _weakened(self, state: Equilibrium, rest: float) -> Equilibrium:
        """The equilibrium at which this part of the cut weights is left, from one that is near."""
        params = self._params.copy()
        params[self._places] *= rest
        return state.update(params=params)

    def _followed(self, sample: int) -> Equilibrium | None:
        """Takes the cut weights to 0 in steps that change states by little; ``None`` where that does not succeed."""
        state = self._intact.network.solve(self._intact.inputs[sample], self._params)
        done, step = 0.0, 0.25
        while done < 1:
            ahead = min(1, done + step)
            candidate = self._weakened(state, 1 - ahead)
            if candidate.success[0] and _change(state, candidate)[0] <= _SMALL_CHANGE:
                state, done, step = candidate, ahead, 2 * step
            else:
                step /= 2
                if step < _SMALLEST_STEP:
                    return None
        return state


def _change(old: Equilibrium, new: Equilibrium) -> Floats:
    """For each sample the largest change of a state, relative to max(1, |z|)."""
    x, y = old.states, new.states
    sizes = np.maximum(1, np.maximum(abs(x), abs(y)))
    changes: Floats = (abs(x - y) / sizes).max(axis=1)
    return changes


__all__ = ["Lesions"]
