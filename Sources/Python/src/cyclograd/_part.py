"""What the parts of :class:`Network` take from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ._native import Handle

if TYPE_CHECKING:
    from scipy import sparse

    from ._arrays import Floats
    from ._copies import Recipe
    from ._equilibrium import Equilibrium
    from ._network import Network


class Part:
    """Declares what :class:`Network` and its parts have, for the parts that use it; each is defined in one of them."""

    _handle: Handle
    _simulator: Handle
    _recipe: Recipe
    _options: dict[str, Any]
    _names: list[str] | None
    _own_params: Floats | None
    _preparation: str | None
    _layout: tuple[NDArray[Any], ...] | None
    _factors: tuple[Floats, Floats] | None
    n_neurons: int
    n_units: int
    n_edges: int
    n_inputs: int
    n_outputs: int
    n_params: int

    if TYPE_CHECKING:

        @property
        def names(self) -> list[str]: ...

        @property
        def params(self) -> Floats: ...

        @params.setter
        def params(self, values: Any) -> None: ...

        def _params(self, values: Any) -> Floats | None: ...

        def _labels(self, each: str) -> list[str]: ...

        def _text(self, kind: str) -> str: ...

        def with_options(self, **options: Any) -> Network: ...

        def solve(
            self, x: Any = None, params: Any = None, *, z0: Any = None, throw: bool = False
        ) -> Equilibrium: ...

        def matrix(
            self, params: Any = None, *, derivatives: bool = False
        ) -> tuple[sparse.csr_array, Floats]: ...
