"""What can be asked of a network besides its equilibria: proofs, bounds, courses in time, comparisons, reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._arrays import about_classes, floats, follow, neurons, pairs, rows
from ._bounds import Bounds, Sensitivity
from ._errors import InvalidValueError
from ._native import call_text, lib, long_work, options_text, pointer
from ._part import Part


class Analyses(Part):
    """What :class:`Network` inherits."""

    # ---- Proofs, comparisons, reports --------------------------------------------------------

    def check(self, params: Any = None) -> dict[str, Any]:
        """Whether it is proved that every input has exactly one equilibrium.

        Parameters
        ----------
        params : array_like, shape (n_params,), optional

        Returns
        -------
        dict
            ``well_posed``, which is True or False where the JSON of ``cyclograd check`` has ``"proved"`` or ``"unproved"``,
            and ``components``, each with ``size``, bounds ``pf_lower`` and ``pf_upper`` of the
            Perron-Frobenius eigenvalue, the theorem (``by``) or the ``reason`` why nothing is proved.

        Examples
        --------
        >>> import cyclograd as cg
        >>> cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]]).check()["well_posed"]
        True
        """
        values = self._params(params)
        text = call_text(
            long_work(self._options["threads"]), lib.cg_check, self._simulator.address, pointer(values), keep=(self, values)
        )
        return dict(json.loads(text))

    def compare(
        self, x: Any, y: Any, params: Any = None, *, loss: str = "half-squared-error",
        backends: Sequence[str] = ("edge-list", "direct"), repeat: int = 1,
    ) -> dict[str, Any]:  # fmt: skip
        """Backends side by side: how they end, how long they take, how far their gradients are apart.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs)
        y : array_like, shape (n_samples, n_outputs), or what else the loss takes
        params : array_like, shape (n_params,), optional
        loss : str
        backends : sequence of str
        repeat : int
            How often each is run; seconds are medians.

        Returns
        -------
        dict
            ``reference``, the backend that others are compared with, and ``backends``, a list of dicts.
        """
        samples, targets = pairs(x, y, self.n_inputs, self._labels)
        values = self._params(params)
        options = options_text({"loss": loss, "backends": list(backends), "repeat": repeat})
        try:
            text = call_text(
                long_work(self._options["threads"]),
                lib.cg_compare,
                self._simulator.address,
                pointer(values),
                pointer(samples),
                len(samples),
                pointer(targets),
                targets.shape[1],
                options,
                keep=(self, values, samples, targets),
            )
        except InvalidValueError as problem:
            raise about_classes(problem, targets, self.n_outputs) from None
        return dict(json.loads(text))

    def report(self, figure: str | None = None, *, x: Any = None) -> str:
        """A page on what the network is made of, and how it behaves at a sample.

        Parameters
        ----------
        figure : str, optional
            ``"graph"``, ``"condensation"``, ``"sparsity-file"``, ``"sparsity-condensation"``,
            ``"component-sizes"``, ``"eigenvalues"`` or ``"phase-portrait"`` for that figure alone.
        x : array_like, shape (n_inputs,), optional
            The sample; zeros by default.

        Returns
        -------
        str
            HTML, or SVG for a figure.
        """
        return self.solve(x).report(figure)

    def _repr_html_(self) -> str:
        """What a notebook shows: the figure as an image, so that its style stays its own."""
        import base64
        import html

        title = html.escape(repr(self))
        figure = "graph" if self.n_neurons <= 200 else "condensation"
        try:
            # Without a look at threads, as a picture takes one.
            svg = call_text(
                float("inf"), lib.cg_report, self._handle.address, None, figure.encode(), keep=self
            )
        except InvalidValueError:
            return f"<div>{title}</div>"
        image = base64.b64encode(svg.encode()).decode()
        return (
            f'<div>{title}<br/><img alt="{figure}" style="max-width: 100%" '
            f'src="data:image/svg+xml;base64,{image}"/></div>'
        )

    # ---- Bounds ------------------------------------------------------------------------------

    def bound(
        self, x: Any, radius: Any, params: Any = None, *,
        range: tuple[float, float] | None = None, changes: int | None = None,
        method: str = "best", functionals: Any = None, states: bool = False,
        margins: bool = False, targets: Any = None, attack: bool = False,
        splits: int | None = None, seconds: float | None = None,
    ) -> Bounds:  # fmt: skip
        """Proves what outputs are possible when inputs move within a box around each sample.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs) or (n_inputs,)
        radius : float or array_like, shape (n_inputs,) or (n_samples, n_inputs)
            How far each input may move.
        params : array_like, shape (n_params,), optional
        range : (float, float), optional
            What inputs can be at all.
        changes : int, optional
            How many inputs may change at most.
        method : {"best", "box", "interval", "slopes", "dual", "lp"}
        functionals : array_like, shape (n_functions, n_outputs), optional
            Linear functions of outputs that are bounded in their place.
        states : bool
            Whether rows also have bounds of all states.
        margins : bool
            Whether each output is compared with that of the sample's class.
        targets : array_like of int, shape (n_samples,), optional
            The classes; by default those that are predicted.
        attack : bool
            Whether inputs are looked for that change the class.
        splits, seconds : int and float, optional
            How often, or how long, the box of a sample that is open is split.

        Returns
        -------
        Bounds

        Raises
        ------
        InvalidValueError
            For numbers that do not fit the network.

        Examples
        --------
        >>> import cyclograd as cg
        >>> net = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2])
        >>> found = net.bound([0.0, 1.0], 0.1)
        >>> bool(found.proved.all()), found.status.tolist()
        (True, ['bounded'])
        """
        samples = rows(x, self.n_inputs, "x", "input", self._labels)
        radii = floats(radius, "radius")
        if radii.shape not in ((), (self.n_inputs,), samples.shape):
            raise InvalidValueError(
                f"radius has the shape {radii.shape} for {len(samples)} samples of {self.n_inputs} inputs",
                code="shape-mismatch",
                advice="give one number, one for each input, or a row for each sample",
            )
        if radii.ndim:
            radii = follow(radii, radius, self._labels, "radius", "input")
        values = self._params(params)
        options: dict[str, Any] = {
            "radius": radii.reshape(-1).tolist() if radii.ndim else float(radii),
            "range": None if range is None else [float(end) for end in range],
            "changes": changes,
            "method": method,
            "functionals": None if functionals is None
            else rows(functionals, self.n_outputs, "functionals", "output", self._labels).tolist(),
            "states": states,
        }  # fmt: skip
        about_classes = {
            "targets": None if targets is None else np.asarray(targets).reshape(-1).tolist(),
            "attack": attack or None, "splits": splits, "seconds": seconds,
        }  # fmt: skip
        if margins:
            options |= {"margins": True} | about_classes
        elif given := [key for key, value in about_classes.items() if value is not None]:
            raise InvalidValueError(
                f"{given[0]} is about classes", code="invalid-option", advice="say margins=True"
            )
        text = call_text(
            long_work(self._options["threads"]), lib.cg_bound, self._simulator.address, pointer(values),
            pointer(samples), len(samples), options_text(options), keep=(self, values, samples),
        )  # fmt: skip
        return Bounds(json.loads(text))

    def sensitivity(
        self, params: Any = None, *, norms: Sequence[str] = ("infinity", "one", "two"),
        outputs: Any = None, inputs: Any = None,
        matrix: bool = False,
    ) -> Sensitivity:  # fmt: skip
        """Bounds how far inputs move outputs, whatever the inputs are.

        Parameters
        ----------
        params : array_like, shape (n_params,), optional
        norms : sequence of {"infinity", "one", "two"}
        outputs, inputs : sequences of int or str, masks or slices, optional
            Which of them count, by position among them or by name; all by default.
        matrix : bool
            Whether the matrix itself is wanted.

        Returns
        -------
        Sensitivity

        Raises
        ------
        InvalidValueError
            For norms, outputs and inputs that do not exist.

        Examples
        --------
        >>> import cyclograd as cg
        >>> net = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], activation="identity")
        >>> net.sensitivity(matrix=True).matrix.round(6).tolist()
        [[1.333333, 0.666667], [0.666667, 1.333333]]
        """
        values = self._params(params)
        options = {
            "norms": list(norms), "matrix": matrix,
            "outputs": self._positions(outputs, self.n_outputs, "output"),
            "inputs": self._positions(inputs, self.n_inputs, "input"),
        }  # fmt: skip
        text = call_text(
            long_work(self._options["threads"]), lib.cg_sensitivity, self._simulator.address, pointer(values),
            options_text(options), keep=(self, values),
        )  # fmt: skip
        return Sensitivity(json.loads(text))

    def _positions(self, choice: Any, count: int, each: str) -> list[int] | None:
        if choice is None:
            return None
        found = neurons(choice, count, self._labels(each), each, each)
        assert found is not None
        return [int(position) for position in found]
