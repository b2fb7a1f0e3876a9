"""Copies of networks, and networks in pickles."""

from __future__ import annotations

import copy as copying
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import Floats
from ._native import lib, pointer
from ._part import Part

if TYPE_CHECKING:
    from ._network import Network

#: What a network can be built again from: the function's name and its arguments.
Recipe = tuple[str, dict[str, Any]]


class Copies(Part):
    """What :class:`Network` inherits."""

    def __copy__(self) -> Network:
        return self.with_options()

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        other = self.with_options()
        if self._own_params is not None:
            other._own_params = self._own_params.copy()
        other._preparation = self._preparation
        other._recipe = copying.deepcopy(self._recipe, memo)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        kind, arguments = self._recipe
        if kind == "sparse":
            # What the network was made of: the arrays themselves may have changed since.
            initial = np.empty(self.n_params)
            lib.cg_network_parameters(self._handle.address, pointer(initial))
            matrix, bias = self.matrix(initial)
            arguments = {**arguments, "W": matrix, "bias": bias}
        else:
            arguments = {"text": self._text("graph")}
        return _restored, (
            kind, arguments, self._options, self._names, self._own_params, self._preparation,
        )  # fmt: skip


def _restored(
    kind: str,
    arguments: dict[str, Any],
    options: dict[str, Any],
    names: list[str] | None,
    params: Floats | None,
    preparation: str | None = None,
) -> Network:
    from ._making import from_graph, from_sparse

    if kind == "sparse":
        network = from_sparse(**arguments, **options)
    else:
        network = from_graph(arguments["text"], **options)
    network._names = names
    network._own_params = params
    network._preparation = preparation
    return network
