"""What is proved of outputs when inputs move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import Floats


class Bounds:
    """Bounds of outputs, of linear functions of them, or of margins between classes, for every input of a box.

    Attributes
    ----------
    lower, upper : numpy.ndarray, shape (n_samples, n_functions)
        Infinite where nothing is known. With margins they bound how far each output lies above the class's.
    proved : numpy.ndarray of bool, shape (n_samples, n_functions)
        Whether they hold with rounding taken into account.
    methods : list of list of str or None
        Which method gave them.
    status : numpy.ndarray of str, shape (n_samples,)
        ``"bounded"`` or ``"failed"``; with margins ``"certified"``, ``"refuted"``, ``"open"`` or ``"failed"``.
    rows : list of dict
        All that is known of each sample, such as ``attack``, ``class``, ``reason`` or ``states``.
    """

    def __init__(self, found: Sequence[Mapping[str, Any]]) -> None:
        self.rows: list[dict[str, Any]] = [dict(row) for row in found]
        self.lower = self._numbers("lower", -np.inf)
        self.upper = self._numbers("upper", np.inf)
        self.proved: NDArray[np.bool_] = np.array([row["proved"] for row in self.rows], dtype=bool)
        self.methods: list[list[str | None]] = [row["methods"] for row in self.rows]
        self.status: NDArray[np.str_] = np.array([row["status"] for row in self.rows], dtype=str)

    def _numbers(self, key: str, unknown: float) -> Floats:
        return np.array(
            [[unknown if number is None else number for number in row[key]] for row in self.rows],
            dtype=np.float64,
        )

    def __repr__(self) -> str:
        kinds, counts = np.unique(self.status, return_counts=True)
        return f"<Bounds: {', '.join(f'{n} {kind}' for kind, n in zip(kinds, counts))}>"


class Sensitivity:
    """How far inputs move outputs, at any distance: \\|change of outputs\\| ≤ S \\|change of inputs\\|.

    Attributes
    ----------
    infinity_norm, one_norm, two_norm : tuple of float, or None
        A lower and an upper bound of the largest row sum of S, its largest column sum, its spectral norm.
    proved : bool
        Whether all of them hold with rounding taken into account; false where no norm was asked for.
    matrix : numpy.ndarray, shape (n_outputs, n_inputs), or None
        Upper bounds of the entries of S, where they were asked for.
    """

    def __init__(self, found: Mapping[str, Any]) -> None:
        norms = [found.get(f"{name}_norm") for name in ("infinity", "one", "two")]
        self.infinity_norm, self.one_norm, self.two_norm = map(self._pair, norms)
        known = [norm["proved"] for norm in norms if norm is not None]
        self.proved = bool(known) and all(known)
        rows = found.get("matrix")
        self.matrix: Floats | None = (
            None
            if rows is None
            else np.array([[np.inf if n is None else n for n in row] for row in rows], dtype=float)
        )

    @staticmethod
    def _pair(norm: Mapping[str, Any] | None) -> tuple[float, float] | None:
        if norm is None:
            return None
        lower, upper = norm["lower"], norm["upper"]
        return (0.0 if lower is None else lower, np.inf if upper is None else upper)

    def __repr__(self) -> str:
        return f"<Sensitivity: ‖S‖∞ {self.infinity_norm}, ‖S‖₁ {self.one_norm}, ‖S‖₂ {self.two_norm}>"
