"""Matrices of weights: SciPy's, which are checked before anything reads them, dense ones, and tables of pandas."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ._arrays import Floats, floats, order
from ._errors import InvalidValueError


class Rows(NamedTuple):
    """A matrix in compressed rows, with the columns of a row ascending."""

    shape: tuple[int, int]
    indptr: NDArray[Any]
    indices: NDArray[Any]
    data: Floats


def is_table(W: Any) -> bool:
    """Whether it has labels for rows and columns, as a table of pandas."""
    return hasattr(W, "columns") and hasattr(W, "index") and hasattr(W, "to_numpy")


def labelled(W: Any) -> tuple[Any, list[Any]]:
    """The numbers of a table with its columns in the order of its rows, and the labels of these."""
    labels = list(W.index)
    places = order(list(W.columns), labels, "the columns of W", "row")
    numbers = floats(W, "W")
    return numbers if places is None else numbers[:, places], labels


def compressed(W: Any) -> Rows:
    """A matrix in compressed rows, each entry once; the arrays of the caller stay what they are.

    Raises
    ------
    InvalidValueError
        For arrays that contradict each other, which SciPy and the library would read beyond.
    """
    if not sparse.issparse(W):
        dense = floats(W, "W")
        _check_dimensions(dense.ndim)
        W = sparse.csr_array(dense)
    _check_dimensions(W.ndim)
    check_structure(W)
    matrix = W.tocsr()
    if matrix is not W:
        # Other formats are lists and dicts, whose numbers are seen here only.
        check_structure(matrix)
    count = int(matrix.indptr[-1])
    indptr, indices = _integers(matrix.indptr, matrix.indices[:count])
    data = floats(matrix.data[:count], "W")
    if not _ascend(indptr, indices):
        summed = sparse.csr_array((data, indices, indptr), shape=matrix.shape, copy=True)
        summed.sum_duplicates()
        indptr, indices = _integers(summed.indptr, summed.indices)
        data = summed.data
    return Rows(matrix.shape, indptr, indices, data)


def _check_dimensions(count: int) -> None:
    if count != 2:
        raise InvalidValueError(
            f"W has {count} dimension{'' if count == 1 else 's'}", code="shape-mismatch", advice="give a matrix"
        )


def _integers(indptr: NDArray[Any], indices: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both as the library takes them: of one type, without gaps."""
    kind = indptr.dtype if indptr.dtype == indices.dtype else np.dtype(np.int64)
    kind = kind if kind in (np.int32, np.int64) else np.dtype(np.int64)
    return np.ascontiguousarray(indptr, kind), np.ascontiguousarray(indices, kind)


def _ascend(indptr: NDArray[Any], indices: NDArray[Any]) -> bool:
    """Whether columns ascend within each row. SciPy's own flag may be older than the arrays."""
    ascends = np.empty(len(indices) + 1, np.bool_)
    ascends[1:-1] = indices[1:] > indices[:-1]
    ascends[indptr] = True
    return bool(ascends.all())


def check_structure(W: Any) -> None:
    """Refuses a sparse matrix whose arrays contradict each other.

    Raises
    ------
    InvalidValueError
        With what contradicts what.

    Notes
    -----
    O(entries). SciPy does not look at arrays that were assigned or changed after the matrix was made.
    """
    if W.format in ("csr", "csc", "bsr"):
        _check_compressed(W)
    elif W.format == "coo":
        for axis, numbers in enumerate((W.row, W.col)):
            _check(len(numbers) == len(W.data), f"{len(numbers)} coordinates for {len(W.data)} entries")
            _check_numbers(numbers, W.shape[axis], ("row", "column")[axis])


def _check_compressed(W: Any) -> None:
    blocks = W.blocksize if W.format == "bsr" else (1, 1)
    lines, width = (length // block for length, block in zip(W.shape, blocks))
    line, across = "row", "column"
    if W.format == "csc":
        lines, width, line, across = width, lines, across, line
    starts, numbers = W.indptr, W.indices
    _check(len(starts) == lines + 1, f"{len(starts)} numbers in indptr for {lines} {line}s")
    _check(starts.dtype.kind in "iu", "numbers in indptr that are not whole")
    _check(starts[0] == 0, f"an indptr that begins with {starts[0]}")
    descents = np.flatnonzero(starts[1:] < starts[:-1])
    _check(not descents.size, f"an indptr that descends at {line} {descents[0] if descents.size else ''}")
    _check(len(numbers) == len(W.data), f"{len(numbers)} numbers in indices for {len(W.data)} in data")
    _check(starts[-1] <= len(numbers), f"an indptr that ends with {starts[-1]} for {len(numbers)} entries")
    _check_numbers(numbers[: starts[-1]], width, across)


def _check_numbers(numbers: NDArray[Any], length: int, what: str) -> None:
    _check(numbers.dtype.kind in "iu", f"numbers of {what}s that are not whole")
    outside = np.flatnonzero((numbers < 0) | (numbers >= length))
    if outside.size:
        raise InvalidValueError(
            f"W has an entry in {what} {numbers[outside[0]]}",
            code="invalid-graph",
            advice=f"it has {length} {what}s, counted from 0",
        )


def _check(holds: Any, contradiction: str) -> None:
    if not holds:
        raise InvalidValueError(
            f"W has {contradiction}",
            code="invalid-graph",
            advice="make the matrix anew from arrays that fit each other",
        )
