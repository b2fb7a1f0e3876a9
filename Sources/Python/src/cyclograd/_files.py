"""Networks and parameters in files, and what a training did with the columns of its samples."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any

import numpy as np

from ._arrays import Floats, floats, rows
from ._errors import InvalidValueError, spoken
from ._native import call, call_text, encoded, lib, long_work, options_text, pointer
from ._part import Part


class Files(Part):
    """What :class:`Network` inherits."""

    def save(self, path: Any, params: Any = None, *, format: str | None = None) -> list[str]:
        """Writes the network with its parameters to a file that :func:`load` and the command read.

        Parameters
        ----------
        path : str or os.PathLike
            The extension names the format: ``.yaml`` holds everything; ``.safetensors`` holds the parameters alone, for
            :meth:`load_params` and ``--parameters``.
        params : array_like, shape (n_params,), optional
            The parameters; the network's own if left out.
        format : str, optional
            A format by name, as ``cyclograd formats`` lists them.

        Returns
        -------
        list of str
            What the format could not hold.

        Raises
        ------
        CyclogradError
            For a format that cannot be written, or a file that cannot.

        Examples
        --------
        >>> import cyclograd as cg, pathlib, tempfile
        >>> net = cg.from_sparse([[0.0, 0.5], [0.25, 0.0]], bias=[1, 2])
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "net.yaml"
        >>> net.save(path)
        []
        >>> cg.load(path).params.tolist()
        [0.5, 0.25, 1.0, 2.0]
        """
        values = self._params(params)
        options = {"to": format, "preparation": self._preparation}
        text = call_text(
            long_work(1),
            lib.cg_network_write,
            self._handle.address,
            pointer(values),
            encoded(os.fspath(path), "path"),
            options_text({name: value for name, value in options.items() if value is not None}),
            keep=(self, values),
        )
        return [str(spoken(remark)) for remark in json.loads(text)]

    def load_params(self, path: Any) -> None:
        """Takes the parameters of a ``.safetensors`` file: of a training, of the command, or of :meth:`save`.

        Where a training has scaled or encoded its columns, or cut windows from a series, the network wants samples that
        are prepared in the same way: a warning says so, :attr:`preparation` tells what was done, and :meth:`prepare`
        does it.

        Raises
        ------
        CyclogradError
            For parameters of another network, which has other edges or ties.

        Examples
        --------
        >>> import cyclograd as cg, pathlib, tempfile
        >>> net = cg.from_sparse([[0.0, 0.5], [0.25, 0.0]])
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "params.safetensors"
        >>> net.save(path, [1, 2, 3, 4])
        []
        >>> net.load_params(path)
        >>> net.params.tolist()
        [1.0, 2.0, 3.0, 4.0]
        """
        values = np.empty(self.n_params)
        file = encoded(os.fspath(path), "path")
        call(
            long_work(1),
            lib.cg_network_read_parameters,
            self._handle.address,
            file,
            pointer(values),
            keep=(self, values),
        )
        self.params = values
        self._take_preparation(file)

    def _take_preparation(self, file: bytes) -> None:
        """Keeps what a training, whose file of parameters this is, did with its columns, and says so.

        The words of its classes are in the same text.
        """
        text = call_text(long_work(1), lib.cg_read_preparation, file)
        self._preparation = None if text == "null" else text
        if self.preparation is not None:
            warnings.warn(
                "the training has scaled or encoded its columns, or cut them into windows: "
                "solve net.prepare(x) in place of x",
                stacklevel=3,
            )

    @property
    def preparation(self) -> dict[str, Any] | None:
        """What a training did with its columns before they entered the network; None for nothing.

        ``"offsets"`` and ``"divisors"`` are those of the inputs, x ← (x − offset) / divisor; ``"one-hot"`` lists columns of text
        and their words, which follow the numbers. ``"windows"`` says how a series becomes samples: ``"length"`` rows
        of ``"columns"`` numbers each, the next sample ``"stride"`` rows later; offsets and divisors are then those of the
        series.
        """
        kept = self._kept()
        return kept if "offsets" in kept or "one-hot" in kept else None

    @property
    def classes(self) -> list[str] | None:
        """The words of the classes that outputs stand for, in the order of the outputs; None where nothing tells them.

        They are of a training whose file gives ``labels`` as words, and come with its parameters: by :meth:`load_params`, or
        ``load(..., parameters=...)``. :meth:`save` keeps them in ``.safetensors``, where ``cyclograd evaluate`` reads them.
        """
        words = self._kept().get("classes")
        return None if words is None else [str(word) for word in words]

    def _kept(self) -> dict[str, Any]:
        """What a file of parameters says beside them."""
        return {} if self._preparation is None else dict(json.loads(self._preparation))

    def prepare(self, x: Any) -> Floats:
        """Samples in the units of a file as the network wants them after :meth:`load_params`.

        Parameters
        ----------
        x : array_like, shape (n_samples, n_inputs) or (n_inputs,)
            Where the training cut windows, also a series, of shape (n_rows, n_columns), or (n_rows,) for one column.

        Returns
        -------
        numpy.ndarray, shape (n_samples, n_inputs)
            The numbers that the command computes from the same file.

        Raises
        ------
        InvalidValueError
            Where columns of text were encoded, which numbers cannot be.
        """
        preparation = self.preparation or {}
        windows = preparation.get("windows")
        if windows is None:
            samples = rows(x, self.n_inputs, "x", "input", self._labels)
        else:
            samples = self._windows(x, windows["length"], windows["stride"], windows["columns"])
        if "one-hot" in preparation:
            columns = ", ".join(entry["column"] for entry in preparation["one-hot"])
            raise InvalidValueError(
                f"the training has encoded text: {columns}",
                advice="encode samples as 'preparation' says, or let the command read the file",
            )
        if "offsets" not in preparation:
            return samples
        offsets, divisors = (np.array(preparation[key], float) for key in ("offsets", "divisors"))
        if windows is not None:
            offsets, divisors = (np.tile(values, windows["length"]) for values in (offsets, divisors))
        prepared: Floats = (samples - offsets) / divisors
        return prepared

    def _windows(self, x: Any, length: int, stride: int, columns: int) -> Floats:
        """The windows of a series, in its units; windows stay what they are."""
        shape = np.shape(x)
        is_series = len(shape) == 2 and shape[1] == columns or len(shape) == 1 and columns == 1
        if not is_series:
            if len(shape) == 2 and shape[1] != self.n_inputs:
                raise InvalidValueError(
                    f"x has {shape[1]} columns: a series has {columns}, windows of {length} rows have {self.n_inputs}",
                    code="shape-mismatch",
                    advice="give the columns of the training, in its order",
                )
            return rows(x, self.n_inputs, "x", "input", self._labels)
        series = floats(x, "x").reshape(-1, columns)
        if len(series) < length:
            raise InvalidValueError(
                f"{len(series)} rows are no window of {length} rows",
                code="shape-mismatch",
                advice="give more rows",
            )
        starts = range(0, len(series) - length + 1, stride)
        return np.stack([series[start : start + length].ravel() for start in starts])
