"""Arrays in: NumPy, SciPy, pandas, CPU tensors of PyTorch and JAX, without needless copies."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import InvalidValueError

Floats = NDArray[np.float64]
#: The names of a network's inputs, outputs, neurons or units, by the word for one of them.
Names = Callable[[str], Sequence[str]]


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


def order(labels: Sequence[Any], names: Sequence[Any], what: str, each: str) -> list[int] | None:
    """Where each of some names stands among labels; ``None`` if they are the same, one after another.

    Raises
    ------
    InvalidValueError
        For labels that are no names, are missing, or do not tell which of several is meant.
    """
    if list(labels) == list(names):
        return None
    known = set(names)
    for label in labels:
        if label not in known:
            raise _mislabelled(f"{what} has the label {label!r}, which is no {each}")
    place = {label: number for number, label in enumerate(labels)}
    for name in names:
        if name not in place:
            raise _missing(name, what, each)
    if len(known) < len(names) or len(place) < len(labels):
        raise _mislabelled(f"{what} has labels that several have, in another order than the {each}s")
    return [place[name] for name in names]


def _missing(name: Any, what: str, each: str) -> InvalidValueError:
    article = "an" if each[0] in "aeio" else "a"
    return _mislabelled(f"{what} has no label {name!r}, which is {article} {each}")


def _mislabelled(message: str) -> InvalidValueError:
    return InvalidValueError(
        message, code="shape-mismatch", advice="give the names as labels, or the numbers alone by to_numpy()"
    )


def labels_of(values: Any) -> list[Any] | None:
    """The labels of a table's columns or a series' numbers; ``None`` where pandas has numbered them itself."""
    if type(values) is np.ndarray or not (hasattr(values, "to_numpy") and hasattr(values, "index")):
        return None
    index = values.columns if hasattr(values, "columns") else values.index
    labels = list(index)
    is_default = type(index).__name__ == "RangeIndex" and labels == list(range(len(labels)))
    return None if is_default else labels


def follow(array: Floats, values: Any, names: Names | None, what: str, each: str) -> Floats:
    """The numbers of a labelled table or series in the order of the names, whatever the order of the labels."""
    labels = None if names is None else labels_of(values)
    if labels is None or names is None:
        return array
    places = named_places(labels, names(each), what, each)
    return array if places is None else np.ascontiguousarray(array[..., places])


def named_places(labels: Sequence[Any], wanted: Sequence[str], what: str, each: str) -> list[int] | None:
    """Where each name stands among the labels of a table or series; ``None`` where positions count."""
    texts = [str(label) for label in labels]
    if list(labels) == list(range(len(labels))) and set(texts) != set(wanted):
        return None
    return order(texts, wanted, what, each)


def rows(
    values: Any, columns: int, what: str, column: str, names: Names | None = None
) -> Floats:
    """A matrix with a row for each sample; one row may come without its dimension, and a row in several dimensions.

    Of a table the columns that have the names count.
    """
    if names is not None:
        values = _columns(values, names, what, column)
    array = floats(values, what)
    if array.ndim > 2 and math.prod(array.shape[1:]) == columns:
        array = array.reshape(len(array), columns)
    # The labels of a series may be those of samples, where a sample has one number.
    if array.ndim == 2 and array.shape[1] == columns or array.ndim == 1 and array.size == columns > 1:
        array = follow(array, values, names, what, column)
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


def _columns(values: Any, names: Names, what: str, column: str) -> Any:
    """What a table has under the names, if it has them and others, where those others may be text."""
    labels = labels_of(values)
    if labels is None:
        return values
    wanted, texts = names(column), [str(label) for label in labels]
    known = set(wanted)
    places = [place for place, text in enumerate(texts) if text in known]
    is_table = hasattr(values, "columns")
    # The labels of a series may be those of samples, where a sample has one number.
    if places and len(texts) > len(wanted) and (is_table or len(wanted) > 1):
        missing = known.difference(texts)
        if missing:
            raise _missing(next(name for name in wanted if name in missing), what, column)
        values = values.iloc[:, places] if is_table else values.iloc[places]
    if is_table:
        _check_columns(values, what)
    return values


def _check_columns(table: Any, what: str) -> None:
    for place, kind in enumerate(table.dtypes):
        if isinstance(kind, np.dtype) and kind.kind in "biuf":
            continue
        try:
            floats(table.iloc[:, place], what)
        except InvalidValueError as problem:
            label = table.columns[place]
            raise InvalidValueError(
                f"{what} has the column {label!r}, which cannot be read as numbers: {problem.__cause__}",
                code="invalid-value",
                advice="give numbers in it, or leave it out where it is no name",
            ) from problem


def pairs(x: Any, y: Any, columns: int, names: Names) -> tuple[Floats, Floats]:
    """Samples and their targets; targets of one number a sample may be a vector."""
    samples = rows(x, columns, "x", "input", names)
    return samples, targets(y, len(samples), names)


def targets(
    y: Any, samples: int, names: Names, *, each: str = "sample", advice: str = "give a row for each sample"
) -> Floats:
    """Targets with a row for each sample; those of one number a sample may be a vector."""
    array = floats(y, "y")
    shape = array.shape
    # One column may be classes, which have a label of their own.
    if array.ndim == 2 and shape[1] > 1:
        array = follow(array, y, names, "y", "output")
    if array.ndim == 1 and (array.size % samples == 0 if samples else array.size == 0):
        array = array.reshape(samples, array.size // samples if samples else 1)
    if array.ndim != 2 or len(array) != samples or array.shape[1] == 0:
        raise InvalidValueError(
            f"y has the shape {shape} for {samples} {each}s",
            code="shape-mismatch",
            advice=advice,
        )
    return array


def about_classes(problem: InvalidValueError, targets: Floats, outputs: int) -> InvalidValueError:
    """What the library said of targets, with what to do if they are class numbers, as they seem to be."""
    is_one_column = targets.shape[1] == 1 and outputs > 1
    if problem.code != "shape-mismatch" or not is_one_column:
        return problem
    if not ((targets >= 0) & (targets == np.floor(targets))).all():
        return problem
    return InvalidValueError(
        problem.message,
        code=problem.code,
        subject=problem.subject,
        advice='give loss="softmax-cross-entropy" for class numbers from 0 and outputs that are logits, '
        "or one column for each output",
    )


def vector(
    values: Any, length: int, what: str, each: str, *, names: Names | None = None, spread: bool = False
) -> Floats:
    """A vector of a known length; where ``spread``, one number may stand for all."""
    array = floats(values, what)
    if array.ndim == 0 and (spread or length == 1):
        array = np.full(length, float(array))
    if array.shape != (length,):
        raise InvalidValueError(
            f"{what} has the shape {array.shape}, but {length} numbers are needed",
            code="shape-mismatch",
            advice=f"give one number for each {each}",
        )
    return follow(array, values, names, what, each)


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
    choice: Any, count: int, names: Sequence[str] | None, what: str, each: str = "neuron"
) -> NDArray[np.int64] | None:
    """Neurons, or others by ``each``, by number, by name, as a mask or as a slice; ``None`` for all."""
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
                f"the mask of {what}s has {len(items)} entries for {count} {each}s",
                code="shape-mismatch",
                advice=f"give one for each {each}",
            )
        return np.flatnonzero(np.asarray(items)).astype(np.int64)
    index: dict[str, list[int]] = {}
    for place, name in enumerate(names or []):
        index.setdefault(name, []).append(place)
    return np.asarray([_neuron(item, count, index, what, each) for item in items], dtype=np.int64)


def _neuron(item: Any, count: int, index: dict[str, list[int]], what: str, each: str) -> int:
    # Also a number of an array or a tensor.
    if hasattr(item, "__index__"):
        number = operator.index(item)
        if not -count <= number < count:
            role = "" if what == each else f" to be an {what}"
            raise InvalidValueError(
                f"there is no {each} {number}{role}",
                code="invalid-graph",
                advice=f"the network has {count} {each}{'' if count == 1 else 's'}, counted from 0",
            )
        return number % count
    places = index.get(str(item), [])
    if len(places) != 1:
        raise InvalidValueError(
            f"{len(places) or 'no'} {each}s are named {item!r}",
            subject=f"{what}s",
            advice="give numbers from 0, or names that the network has once",
        )
    return places[0]
