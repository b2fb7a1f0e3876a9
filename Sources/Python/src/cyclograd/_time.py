"""What can be asked of a network in time: courses and their derivatives."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ._arrays import Floats, about_classes, floats, rows, targets, vector
from ._course import CourseGradient, TimeCourse
from ._errors import InvalidValueError
from ._native import call_text, lib, long_work, options_text, pointer
from ._part import Part


class Courses(Part):
    """What :class:`Network` inherits."""

    def simulate(
        self, t: Any, x: Any = None, params: Any = None, *, x_times: Any = None,
        method: str = "rk45", step: float | None = None, z0: Any = None,
    ) -> TimeCourse:  # fmt: skip
        """Follows the network in time, τ dz/dt = −z + W a(z) + b + x(t).

        Parameters
        ----------
        t : array_like, shape (n_times,)
            When states are wanted, ascending; the first is that of the start.
        x : array_like, shape (n_inputs,) or (n_rows, n_inputs), optional
            What inputs get; zeros by default.
        params : array_like, shape (n_params,), optional
        x_times : array_like, shape (n_rows,), optional
            From when on each row of ``x`` holds; by default one row holds for ever, or there is one for each of ``t``.
        method : str
            ``"rk45"``, whose error is the network's ``tolerance``, or ``"theta:"`` with a number from 0 to 1.
        step : float, optional
            The longest step of a theta method.
        z0 : array_like, shape (n_units,), optional
            The state to start from; 0 by default.

        Returns
        -------
        TimeCourse

        Examples
        --------
        >>> import cyclograd as cg
        >>> net = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2])
        >>> course = net.simulate([0, 10, 20, 40], [0.0, 1.0])
        >>> course.success, course.tendency
        (True, 'settled')
        """
        times, given, holds, start = self._given(t, x, x_times, z0)
        values = self._params(params)
        outputs, states = self._results(times)
        text = call_text(
            long_work(self._options["threads"]), lib.cg_time_course, self._simulator.address, pointer(values),
            pointer(given), len(given), pointer(holds), pointer(times), len(times), pointer(start),
            options_text({"method": method, "step": step}), pointer(outputs), pointer(states),
            keep=(self, values, given, holds, times, start, outputs, states),
        )  # fmt: skip
        return TimeCourse(times, outputs, states, json.loads(text))

    def simulate_gradient(
        self, t: Any, x: Any = None, params: Any = None, *, y: Any = None, loss: str | None = None,
        g: Any = None, of: str = "outputs", y_times: Any = None, x_times: Any = None,
        method: str = "theta:0.5", step: float | None = None, z0: Any = None,
    ) -> CourseGradient:  # fmt: skip
        """Follows the network as :meth:`simulate` does, and differentiates through all steps, exactly.

        What is differentiated is a mean loss over rows of targets ``y``, or ``(g * outputs).sum()`` for a cotangent
        ``g`` that was computed elsewhere.

        Parameters
        ----------
        t, x, params, x_times, step, z0
            As :meth:`simulate` takes them.
        y : array_like, shape (n_rows, n_outputs), or what else the loss takes
        loss : str, optional
            ``"half-squared-error"`` by default.
        g : array_like, shape (n_rows, n_outputs)
            In place of ``y``.
        of : {"outputs", "activations"}
            For ``"activations"`` g has a column for each neuron.
        y_times : array_like, shape (n_rows,), optional
            Which of ``t`` each row of ``y`` or ``g`` is for; by default there is one for each, the first included.
        method : str
            ``"theta:"`` with a number from 0 to 1: through the steps of ``"rk45"`` there is no gradient.

        Returns
        -------
        CourseGradient

        Raises
        ------
        NotConvergedError
            If the course could not be followed to its end.

        Examples
        --------
        The state at the end, by everything that it depends on:

        >>> import cyclograd as cg
        >>> net = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2])
        >>> found = net.simulate_gradient([0, 2], g=[[1.0, 0.0]], y_times=[2], step=0.01)
        >>> found.d_z0.round(3)
        array([0.073, 0.111])
        """
        if (y is None) == (g is None):
            raise InvalidValueError(
                "nothing, or too much, says what is differentiated", advice="give either y or g"
            )
        if of not in ("outputs", "activations"):
            raise InvalidValueError(f"of is {of!r}", advice="give 'outputs' or 'activations'")
        if g is None and of != "outputs" or y is None and loss is not None:
            raise InvalidValueError(
                "of is for a cotangent, and loss for targets", advice="give of with g, and loss with y"
            )
        times, given, holds, start = self._given(t, x, x_times, z0)
        wanted_times = None if y_times is None else floats(y_times, "y_times").reshape(-1)
        count = len(times if wanted_times is None else wanted_times)
        if g is None:
            advice = "give a row for each of t, or say by y_times which times they are for"
            wanted = targets(y, count, self._labels, each="time", advice=advice)
            objective = {"loss": loss or "half-squared-error"}
        else:
            each, columns = ("output", self.n_outputs) if of == "outputs" else ("neuron", self.n_neurons)
            wanted = rows(g, columns, "g", each, self._labels)
            if len(wanted) != count:
                raise InvalidValueError(
                    f"g has {len(wanted)} rows for {count} times",
                    code="shape-mismatch",
                    advice="give one for each of t, or say by y_times which times they are for",
                )
            objective = {"cotangent_of": each + "s"}
        values = self._params(params)
        outputs, states = self._results(times)
        value, d_params = np.empty(1), np.empty(self.n_params)
        d_x, d_z0 = np.empty((len(given), self.n_inputs)), np.empty(self.n_units)
        try:
            text = call_text(
                long_work(self._options["threads"]), lib.cg_time_course_gradient, self._simulator.address,
                pointer(values), pointer(given), len(given), pointer(holds), pointer(times), len(times),
                pointer(start), pointer(wanted), len(wanted), wanted.shape[1], pointer(wanted_times),
                options_text({"method": method, "step": step, **objective}), pointer(value), pointer(d_params),
                pointer(d_x), pointer(d_z0), pointer(outputs), pointer(states),
                keep=(self, values, given, holds, times, start, wanted, wanted_times, value, d_params, d_x, d_z0),
            )  # fmt: skip
        except InvalidValueError as problem:
            raise about_classes(problem, wanted, self.n_outputs) from None
        course = TimeCourse(times, outputs, states, json.loads(text))
        return CourseGradient(float(value[0]), d_params, d_x, d_z0, course)

    def _given(
        self, t: Any, x: Any, x_times: Any, z0: Any
    ) -> tuple[Floats, Floats, Floats | None, Floats | None]:
        """Times, inputs, when these hold, and the start."""
        times = floats(t, "t").reshape(-1)
        given = np.zeros((1, self.n_inputs)) if x is None else rows(x, self.n_inputs, "x", "input", self._labels)
        if x_times is None:
            holds = times if len(given) == len(times) > 1 else None
        else:
            holds = vector(x_times, len(given), "x_times", "row of x")
        start = None if z0 is None else vector(z0, self.n_units, "z0", "unit", names=self._labels)
        return times, given, holds, start

    def _results(self, times: Floats) -> tuple[Floats, Floats]:
        return np.empty((len(times), self.n_outputs)), np.empty((len(times), self.n_units))
