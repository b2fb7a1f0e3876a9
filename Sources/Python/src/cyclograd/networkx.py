"""A backend of NetworkX for centralities that are equilibria of linear networks: Katz's and PageRank.

HITS is none: hubs and authorities are singular vectors of the adjacency matrix, which an eigenvalue solver finds.

>>> import networkx as nx
>>> graph = nx.karate_club_graph()
>>> ranks = nx.pagerank(graph, backend="cyclograd")  # doctest: +SKIP
>>> max(abs(ranks[v] - r) for v, r in nx.pagerank(graph).items()) < 1e-5  # doctest: +SKIP
True
"""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse

from ._making import from_sparse
from ._network import Network


class Graph:
    """A graph of NetworkX, as this backend takes it."""

    __networkx_backend__ = "cyclograd"

    def __init__(self, graph: Any) -> None:
        self.graph = graph

    def is_directed(self) -> bool:
        return bool(self.graph.is_directed())

    def is_multigraph(self) -> bool:
        return bool(self.graph.is_multigraph())

    def edges_into(self, weight: str | None) -> sparse.csr_array:
        """The adjacency matrix with a row for each target, parallel edges added up."""
        if self.graph.number_of_nodes() == 0:
            return sparse.csr_array((0, 0))
        return sparse.csr_array(
            nx.to_scipy_sparse_array(self.graph, weight=weight, dtype=float).T
        )


def _equilibrium(W: sparse.csr_array, drive: Any, tolerance: float, nodes: list[Any]) -> Any:
    """x = W x + drive."""

    def network(names: list[Any] | None) -> Network:
        return from_sparse(
            W, bias=drive, activation="identity", inputs=[], names=names, tol=min(1e-12, tolerance)
        )

    found = network(None).solve()
    if not found.success.all():
        # Names take a fifth of the time of a large graph, and only an error shows them.
        found = network(nodes).solve(throw=True)
    return found.outputs[0]


def _drive(beta: Any, nodes: list[Any]) -> Any:
    """β of each node: a number for all, or what a mapping says."""
    try:
        return np.full(len(nodes), float(beta))
    except (TypeError, ValueError):
        if set(beta) != set(nodes):
            raise nx.NetworkXError("beta dictionary must have a value for every node") from None
    return np.array([float(beta[node]) for node in nodes])


def katz_centrality(
    G: Any, alpha: float = 0.1, beta: Any = 1.0, max_iter: int = 1000, tol: float = 1e-6,
    nstart: Any = None, normalized: bool = True, weight: str | None = None,
) -> dict[Any, float]:  # fmt: skip
    """x = α Aᵀ x + β, by an iteration or a factorization, whichever serves: it does not give up where plain
    iteration does not converge, but then α is beyond the range in which the sum of walks has a meaning."""
    nodes = list(G.graph.nodes)
    if not nodes:
        return {}
    if nstart is not None and set(nstart) != set(nodes):
        # As NetworkX does where its iteration meets such a node.
        raise KeyError(next(iter(set(nstart) ^ set(nodes))))
    values = _equilibrium(alpha * G.edges_into(weight), _drive(beta, nodes), tol, nodes)
    # Squares of very large or small numbers are not in the way here.
    size = math.hypot(*values)
    if normalized and size > 0:
        values = values / size
    return dict(zip(nodes, values.tolist()))


def pagerank(
    G: Any, alpha: float = 0.85, personalization: Any = None, max_iter: int = 100,
    tol: float = 1e-6, nstart: Any = None, weight: str | None = "weight", dangling: Any = None,
) -> dict[Any, float]:  # fmt: skip
    """p ∝ (I − α Pᵀ)⁻¹ v: nodes without a way out lead to v, the personalization."""
    nodes = list(G.graph.nodes)
    if not nodes:
        return {}
    into = G.edges_into(weight)
    out = np.asarray(into.sum(axis=0)).ravel()
    scale = np.divide(1.0, out, out=np.zeros_like(out), where=out != 0)
    v = np.full(len(nodes), 1.0 / len(nodes))
    if personalization is not None:
        v = np.array([float(personalization.get(node, 0)) for node in nodes])
        if v.sum() == 0:
            raise ZeroDivisionError
        v /= v.sum()
    W = sparse.csr_array(alpha * into @ sparse.diags_array(scale))
    values = _equilibrium(W, v, tol, nodes)
    values = values / values.sum()
    return dict(zip(nodes, values.tolist()))


class _Backend:
    """What NetworkX asks."""

    katz_centrality = staticmethod(katz_centrality)
    pagerank = staticmethod(pagerank)

    @staticmethod
    def convert_from_nx(graph: Any, *args: Any, **kwargs: Any) -> Graph:
        return graph if isinstance(graph, Graph) else Graph(graph)

    @staticmethod
    def convert_to_nx(result: Any, *, name: str | None = None) -> Any:
        return result.graph if isinstance(result, Graph) else result

    @staticmethod
    def can_run(name: str, args: Any, kwargs: Any) -> bool | str:
        if name not in ("katz_centrality", "pagerank"):
            return "not an equilibrium of a linear network"
        dangling = kwargs.get("dangling", args[7] if len(args) > 7 else None)
        if name == "pagerank" and dangling is not None:
            return "nodes without a way out lead to the personalization only"
        if name == "pagerank" and kwargs.get("alpha", args[1] if len(args) > 1 else 0.85) >= 1:
            return "without a way back to the personalization there is no single equilibrium"
        return True

    @staticmethod
    def should_run(name: str, args: Any, kwargs: Any) -> bool:
        return True


backend = _Backend()


def info() -> dict[str, Any]:
    """What NetworkX shows of the backend."""
    return {
        "backend_name": "cyclograd",
        "project": "cyclograd",
        "package": "cyclograd",
        "short_summary": "Centralities as equilibria of linear networks.",
        "functions": {"katz_centrality": {}, "pagerank": {}},
    }


__all__ = ["Graph", "backend", "info", "katz_centrality", "pagerank"]
