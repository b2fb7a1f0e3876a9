"""The options of the solvers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from ._errors import InvalidValueError, no_option

DEFAULTS: dict[str, Any] = {
    "backend": "automatic",
    "tol": 1e-10,
    "maxiter": None,
    "threads": 1,
    "kinks": "branch",
}


def checked(options: Mapping[str, Any], function: Callable[..., Any]) -> dict[str, Any]:
    """The options of the solvers, with those that were not given to a function."""
    for name in options:
        if name not in DEFAULTS:
            raise TypeError("; ".join(no_option(name, function, DEFAULTS)))
    result = {**DEFAULTS, **options}
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


def solver_options(options: dict[str, Any]) -> dict[str, Any]:
    """The same as the library takes them."""
    return {
        "backend": options["backend"],
        "tolerance": options["tol"],
        "maximum_iterations": options["maxiter"],
        "threads": options["threads"],
        "kinks": options["kinks"],
    }
