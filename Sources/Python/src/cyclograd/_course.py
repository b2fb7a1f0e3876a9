"""Networks in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._arrays import Floats


class TimeCourse:
    """The states of a network in time, τ dz/dt = −z + W a(z) + b + x(t).

    Attributes
    ----------
    t : numpy.ndarray, shape (n_times,)
    outputs : numpy.ndarray, shape (n_times, n_outputs)
        NaN from where the course could not be followed.
    states : numpy.ndarray, shape (n_times, n_units)
        z of all units.
    success : bool
        Whether the course was followed to its end.
    status, message : str, str or None
    nfev : int
        How many steps were taken.
    tendency : str
        ``"settled"``, ``"oscillating"`` or ``"undecided"``.
    period : float or None
        Where it oscillates.
    imbalance : float
        The largest \\|−z + W a(z) + b + x\\| of a unit at the end.
    """

    def __init__(self, t: Floats, outputs: Floats, states: Floats, found: Mapping[str, Any]) -> None:
        self.t, self.outputs, self.states = t, outputs, states
        self.status: str = found["status"]
        self.success = self.status == "converged"
        self.message: str | None = found["detail"]
        self.nfev: int = found["steps"]
        self.tendency: str = found["tendency"]
        self.period: float | None = found["period"]
        self.imbalance: float = float("nan") if found["imbalance"] is None else found["imbalance"]

    def __repr__(self) -> str:
        period = "" if self.period is None else f" with the period {self.period:g}"
        return f"<TimeCourse: {len(self.t)} times, {self.status}, {self.tendency}{period}>"


class CourseGradient:
    """The derivatives of a number that depends on a course.

    Attributes
    ----------
    value : float
        The mean loss, or ``(g * outputs).sum()``.
    d_params : numpy.ndarray, shape (n_params,)
        :meth:`Network.matrix` reads it as a sparse matrix.
    d_x : numpy.ndarray, shape (n_rows, n_inputs)
        By each row of the inputs.
    d_z0 : numpy.ndarray, shape (n_units,)
        By the state at the beginning.
    course : TimeCourse
    """

    def __init__(
        self, value: float, d_params: Floats, d_x: Floats, d_z0: Floats, course: TimeCourse
    ) -> None:
        self.value, self.course = value, course
        self.d_params, self.d_x, self.d_z0 = d_params, d_x, d_z0

    def __repr__(self) -> str:
        return f"<CourseGradient: value {self.value:g}, {len(self.course.t)} times>"
