"""Arrays in: NumPy, SciPy, pandas, CPU tensors of PyTorch and JAX, without needless copies."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import InvalidValueError

Floats = NDArray[np.float64]


def floats(values: Any, what: str) -> Floats:
    """Numbers as a C-contiguous array of float64; the same array if it is one."""
    if type(values) is not np.ndarray:
        if hasattr(values, "detach"):  # a tensor of PyTorch
            values = values.detach()
        if hasattr(values, "to_numpy"):  # a table of pandas
            values = values.to_numpy()
    if np.ma.isMaskedArray(values) and np.ma.is_masked(values):
        raise InvalidValueError(
            f"{what} has masked entries", code="invalid-value", advice="fill them, for example by NaN"
        )
    if np.iscomplexobj(values):
        raise InvalidValueError(
            f"{what} is complex", code="invalid-value", advice="give real numbers"
        )
    try:
        # Not ascontiguousarray, which makes a vector of a number.
        return np.asarray(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as problem:
        raise InvalidValueError(
            f"{what} cannot be read as an array of numbers: {problem}",
            code="invalid-value",
            advice="give an array of real numbers in the memory of this machine",
        ) from problem


def rows(values: Any, columns: int, what: str, column: str) -> Floats:
    """A matrix with a row for each sample; one row may come without its dimension."""
    array = floats(values, what)
    if array.ndim == 1 and array.size == columns:
        array = array.reshape(1, columns)
    if array.ndim == 0 and columns == 1:
        array = array.reshape(1, 1)
    if array.ndim != 2 or array.shape[1] != columns:
        raise InvalidValueError(
            f"{what} has the shape {array.shape}, but there are {columns} {column}s",
            code="shape-mismatch",
            advice=f"give a row for each sample and a column for each {column}",
        )
    return array


def pairs(x: Any, y: Any, columns: int) -> tuple[Floats, Floats]:
    """Samples and their targets; targets of one number a sample may be a vector."""
    samples = rows(x, columns, "x", "input")
    return samples, targets(y, len(samples))


def targets(y: Any, samples: int) -> Floats:
    """Targets with a row for each sample; those of one number a sample may be a vector."""
    array = floats(y, "y")
    shape = array.shape
    if array.ndim == 1 and (array.size % samples == 0 if samples else array.size == 0):
        array = array.reshape(samples, array.size // samples if samples else 1)
    if array.ndim != 2 or len(array) != samples or array.shape[1] == 0:
        raise InvalidValueError(
            f"y has the shape {shape} for {samples} samples",
            code="shape-mismatch",
            advice="give a row for each sample",
        )
    return array


def vector(values: Any, length: int, what: str, each: str) -> Floats:
    """A vector of a known length."""
    array = floats(values, what)
    if array.ndim == 0:
        array = np.full(length, float(array))
    if array.shape != (length,):
        raise InvalidValueError(
            f"{what} has the shape {array.shape}, but {length} numbers are needed",
            code="shape-mismatch",
            advice=f"give one number for each {each}",
        )
    return array


def listed(choice: Any, what: str) -> list[Any]:
    """What chooses several neurons, as a list."""
    try:
        return list(choice)
    except TypeError as problem:
        raise InvalidValueError(
            f"the {what}s are {choice!r}", advice="give numbers, names, a mask or a slice"
        ) from problem


def is_mask(items: Sequence[Any]) -> bool:
    """Whether a list says of each neuron whether it is chosen."""
    return bool(items) and all(isinstance(item, (bool, np.bool_)) for item in items)


def neurons(
    choice: Any, count: int, names: Sequence[str] | None, what: str
) -> NDArray[np.int64] | None:
    """Neurons by number, by name, as a mask or as a slice; ``None`` for all."""
    if choice is None:
        return None
    if isinstance(choice, slice):
        # The library gets an address, which says nothing of strides.
        return np.ascontiguousarray(np.arange(count, dtype=np.int64)[choice])
    if isinstance(choice, (str, int, np.integer)):
        choice = [choice]
    items = listed(choice, what)
    if is_mask(items):
        if len(items) != count:
            raise InvalidValueError(
                f"the mask of {what}s has {len(items)} entries for {count} neurons",
                code="shape-mismatch",
                advice="give one for each neuron",
            )
        return np.flatnonzero(np.asarray(items)).astype(np.int64)
    index: dict[str, list[int]] | None = None
    result: list[int] = []
    for item in items:
        # Also a number of an array or a tensor.
        if hasattr(item, "__index__"):
            number = operator.index(item)
            result.append(number + (count if number < 0 else 0))
            continue
        if index is None:
            index = {}
            for place, name in enumerate(names or []):
                index.setdefault(name, []).append(place)
        places = index.get(str(item), [])
        if len(places) != 1:
            raise InvalidValueError(
                f"{len(places) or 'no'} neurons are named {item!r}",
                subject=f"{what}s",
                advice="give numbers from 0, or names that the network has once",
            )
        result.append(places[0])
    return np.asarray(result, dtype=np.int64)
