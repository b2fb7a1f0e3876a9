"""Networks of NetworkX's graphs, whose nodes and edges say by their attributes what they are."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from ._errors import CyclogradError, InvalidValueError
from ._making import _activations, _sendable, from_sparse, load
from ._network import Network
from ._options import checked

#: Attributes of nodes and of edges that the reader of node-link JSON knows, beside biases and weights.
_OF_NODES = re.compile(r"(activation|bias_trainable)(_\d+)?|bias_\d+|group|combine|time_constant|input|output")
_OF_EDGES = re.compile(r"unit|trainable")


def from_networkx(
    graph: Any,
    *,
    weight: str | None = "weight",
    bias: str | None = "bias",
    activation: str = "tanh",
    inputs: Any = None,
    outputs: Any = None,
    **options: Any,
) -> Network:
    """Makes a network of a NetworkX graph; its nodes become the neurons, by name.

    Parameters
    ----------
    graph : networkx.Graph
        An edge from u to v is an edge of the network; an undirected one goes both ways. The attributes that
        mean something in a GraphML file (``activation``, ``time_constant``, ``input``, ``trainable``, …) mean the
        same here. :attr:`Network.remarks` names those that do not.
    weight, bias : str or None
        The attributes of edges and of nodes; edges without the attribute, or all for ``None``, get 1, and
        nodes 0. The weights of parallel edges are added up.
    activation, **options
        As for :func:`from_sparse`; the activation is that of nodes without the attribute.
    inputs, outputs
        Nodes; by default those with the attribute ``input`` or ``output``, or all where no node has it.

    Returns
    -------
    Network

    Raises
    ------
    InvalidValueError, MalformedFileError
        For attributes that cannot be what they are, and nodes that do not exist.

    Examples
    --------
    >>> import networkx as nx, cyclograd as cg  # doctest: +SKIP
    >>> graph = nx.DiGraph()  # doctest: +SKIP
    >>> graph.add_weighted_edges_from([("a", "b", 0.5), ("b", "a", -0.5)])  # doctest: +SKIP
    >>> net = cg.from_networkx(graph, inputs=["a"], outputs=["b"])  # doctest: +SKIP
    >>> net.names  # doctest: +SKIP
    ['a', 'b']
    """
    solver = checked({key: value for key, value in options.items() if key != "name"}, from_networkx)
    read = _Graph(graph, weight, bias)
    chosen = {"inputs": read.chosen(inputs), "outputs": read.chosen(outputs)}
    if read.is_plain:
        network = from_sparse(
            read.matrix(),
            bias=read.biases,
            activation=activation,
            inputs=chosen["inputs"],
            outputs=chosen["outputs"],
            names=read.nodes,
            **options,
        )
    else:
        network = read.network(activation, chosen, options.get("name", ""), solver)
    network._notes = read.notes()
    return network


class _Graph:
    """What a graph says."""

    def __init__(self, graph: Any, weight: str | None, bias: str | None) -> None:
        self.nodes = list(graph.nodes)
        self.biases: list[float] | None = None if bias is None else []
        self._edges: tuple[list[int], list[int], list[float]] = ([], [], [])
        #: What nodes say beside their bias, and edges beside their weight, for those that do.
        self._of_nodes: dict[int, dict[str, Any]] = {}
        self._of_edges: dict[int, dict[str, Any]] = {}
        self._place = {node: index for index, node in enumerate(self.nodes)}
        self._directed = bool(graph.is_directed())
        self._unread: Counter[str] = Counter()
        self._weight = weight
        self._without_weight = 0
        for number, (node, data) in enumerate(graph.nodes(data=True)):
            if self.biases is not None:
                self.biases.append(_number(data, bias, 0.0, f"the node {node!r}"))
            if meant := self._meant(data, _OF_NODES, bias):
                self._of_nodes[number] = meant
        sources, targets, values = self._edges
        for number, (u, v, data) in enumerate(graph.edges(data=True)):
            value = 1.0 if weight is None else _number(data, weight, 1.0, f"the edge from {u!r} to {v!r}")
            self._without_weight += weight is not None and weight not in data
            sources.append(self._place[u])
            targets.append(self._place[v])
            values.append(value)
            if meant := self._meant(data, _OF_EDGES, weight):
                self._of_edges[number] = meant

    def _meant(self, data: Mapping[Any, Any], known: re.Pattern[str], own: str | None) -> dict[str, Any]:
        """The attributes that mean something; the others are counted."""
        if len(data) == (own in data):
            return {}
        meant: dict[str, Any] = {}
        for key, value in data.items():
            # Other programs number their clusters; such a number is no name.
            is_number = key == "group" and not isinstance(value, str)
            if known.fullmatch(str(key)) and key != own and not is_number:
                meant[key] = value.item() if isinstance(value, np.generic) else value
            elif key != own:
                self._unread[str(key)] += 1
        return meant

    @property
    def is_plain(self) -> bool:
        """Whether weights and biases are all that it says."""
        return not self._of_nodes and not self._of_edges

    def chosen(self, choice: Any) -> list[int] | None:
        """The positions of nodes."""
        if choice is None:
            return None
        if isinstance(choice, slice):
            raise InvalidValueError("a slice has no nodes", advice="give a list of nodes")
        if isinstance(choice, (str, bytes)) or not isinstance(choice, (list, tuple)) and (
            not hasattr(choice, "__iter__") or isinstance(choice, Hashable) and choice in self._place
        ):
            choice = [choice]
        unknown = [node for node in choice if node not in self._place or isinstance(node, (bool, np.bool_))]
        if unknown:
            raise InvalidValueError(f"the graph has no node {unknown[0]!r}", advice="give a list of nodes")
        return [self._place[node] for node in choice]

    def matrix(self) -> sparse.csr_array:
        sources, targets, values = (np.array(numbers) for numbers in self._edges)
        if not self._directed:
            back = sources != targets
            sources, targets = np.r_[sources, targets[back]], np.r_[targets, sources[back]]
            values = np.r_[values, values[back]]
        size = len(self.nodes)
        return sparse.coo_array((values, (targets, sources)), shape=(size, size)).tocsr()

    def network(
        self, activation: Any, chosen: Mapping[str, list[int] | None], name: str, options: dict[str, Any]
    ) -> Network:
        """The network, by the reader of node-link JSON, which knows what attributes mean."""
        names = [str(node) for node in self.nodes]
        # Names that do not tell neurons apart stay here.
        ids = _sendable(names) or [str(place) for place in range(len(names))]
        said = [dict(self._of_nodes.get(place, {})) for place in range(len(names))]
        reading: dict[str, Any] = {"format": "networkx", "duplicates": "sum", **options}
        for key, places in chosen.items():
            has_own = any(attributes.get(key[:-1], False) is not False for attributes in said)
            if places is None and not has_own:
                places = list(range(len(names)))
            if places is not None:
                reading[key] = places
        kinds = _activations(activation, len(names), names)
        for place, attributes in enumerate(said):
            if "activation" in attributes:
                attributes["activation"] = _text(attributes["activation"])
            elif isinstance(kinds, str):
                reading["activation"] = kinds
            else:
                attributes["activation"] = kinds[place]
            if self.biases is not None and self.biases[place] != 0:
                attributes["bias"] = self.biases[place]
        tree = {
            "directed": self._directed,
            "multigraph": True,
            "graph": {"name": name},
            "nodes": [{**attributes, "id": id} for id, attributes in zip(ids, said)],
            "edges": [
                {**self._of_edges.get(number, {}), "weight": value, "source": ids[u], "target": ids[v]}
                for number, (u, v, value) in enumerate(zip(*self._edges))
            ],
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "graph.json"
            file.write_text(json.dumps(tree, default=_text))
            try:
                network = load(file, **reading)
            except CyclogradError as problem:
                raise _of_graph(problem) from None
        network._names = names
        return network

    def notes(self) -> list[str]:
        """What was assumed, and what was left out, in the words of the readers of files."""
        notes: list[str] = []
        count = len(self._edges[0])
        if not self._directed and count and self.is_plain:
            notes.append(f"undirected: {count} edges are read in both directions")
        if self._without_weight:
            notes.append(f"no attribute '{self._weight}': weight 1 used for {self._without_weight} edges")
        dropped = [f"{name} ({count})" for name, count in sorted(self._unread.items())]
        if dropped:
            more = f" and {len(dropped) - 8} more" if len(dropped) > 8 else ""
            notes.append(f"attributes that say nothing of a network dropped: {', '.join(dropped[:8])}{more}")
        return notes


def _number(data: Mapping[Any, Any], attribute: str | None, default: float, of: str) -> float:
    value = data.get(attribute, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not math.isfinite(number):
        raise InvalidValueError(
            f"the attribute {attribute!r} of {of} is {value!r}",
            advice="let it be a finite number, or leave it out",
        )
    return number


def _text(value: Any) -> str:
    """An attribute's value as the readers of files take it."""
    return json.dumps(value) if isinstance(value, Mapping) else str(value)


def _of_graph(problem: CyclogradError) -> CyclogradError:
    """What the reader said of the file, as said of the graph."""
    return type(problem)(
        problem.message.replace("the file says", "the graph says").replace("neurons are", "nodes are"),
        code=problem.code,
        advice=problem.advice,
        subject=problem.subject,
    )


__all__ = ["from_networkx"]
