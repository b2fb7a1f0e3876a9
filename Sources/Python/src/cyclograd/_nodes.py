"""Networks of NetworkX's graphs, whose nodes and edges say by their attributes what they are."""

from __future__ import annotations

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
from ._making import _activation, _activations, _sendable, from_sparse, load
from ._native import json_text
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
        nodes 0. The weights of parallel edges are added up, which :attr:`Network.remarks` says.
    activation, **options
        As for :func:`from_sparse`; the activation is that of nodes without the attribute.
    inputs, outputs
        Nodes, whatever their attributes say; by default those with the attribute ``input`` or ``output``, or all
        where no node has it.

    Returns
    -------
    Network
        Its neurons are in the order of the graph's nodes, or, where nodes have a ``group``, of the groups:
        :attr:`Network.names` tells.

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
    chosen = {"inputs": read.chosen(inputs, "input"), "outputs": read.chosen(outputs, "output")}
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
    network._notes = read.notes(network.n_edges)
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
            if meant := self._meant(data, _OF_NODES, bias, f"the node {node!r}"):
                self._of_nodes[number] = meant
        sources, targets, values = self._edges
        for number, (u, v, data) in enumerate(graph.edges(data=True)):
            edge = f"the edge from {u!r} to {v!r}"
            value = 1.0 if weight is None else _number(data, weight, 1.0, edge)
            self._without_weight += weight is not None and weight not in data
            sources.append(self._place[u])
            targets.append(self._place[v])
            values.append(value)
            if meant := self._meant(data, _OF_EDGES, weight, edge):
                self._of_edges[number] = meant

    def _meant(
        self, data: Mapping[Any, Any], known: re.Pattern[str], own: str | None, of: str
    ) -> dict[str, Any]:
        """The attributes that mean something; the others are counted."""
        if len(data) == (own in data):
            return {}
        meant: dict[str, Any] = {}
        for key, value in data.items():
            # Other programs number their clusters; such a number is no name.
            is_number = key == "group" and not isinstance(value, str)
            if known.fullmatch(str(key)) and key != own and not is_number:
                meant[key] = _value(value, key, of)
            elif key != own:
                self._unread[str(key)] += 1
        return meant

    @property
    def is_plain(self) -> bool:
        """Whether weights and biases are all that it says."""
        return not self._of_nodes and not self._of_edges

    def chosen(self, choice: Any, what: str) -> list[int] | None:
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
        places = [self._place[node] for node in choice]
        for place, count in Counter(places).items():
            if count > 1:
                raise InvalidValueError(
                    f"the node {self.nodes[place]!r} is an {what} twice", advice="list it once"
                )
        return places

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
        ids = self._ids(names)
        said = [dict(self._of_nodes.get(place, {})) for place in range(len(names))]
        reading: dict[str, Any] = {"format": "networkx", "duplicates": "sum", **options}
        for key, places in chosen.items():
            own = key.removesuffix("s")
            has_own = any(attributes.get(own, False) is not False for attributes in said)
            if places is None and not has_own:
                places = list(range(len(names)))
            if places is not None:
                # By ids: the reader brings the nodes of a group together, so that positions would be others.
                reading[key] = [ids[place] for place in places]
                for attributes in said:
                    attributes.pop(own, None)
        kinds = _activations(activation, len(names), names)
        if not isinstance(kinds, str) and len(kinds) != len(names):
            raise InvalidValueError(
                f"there are {len(kinds)} activations for {len(names)} nodes",
                code="shape-mismatch",
                advice="give one for all, or a list with one for each",
            )
        for place, attributes in enumerate(said):
            if "activation" not in attributes:
                if isinstance(kinds, str):
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
            file.write_bytes(json_text(tree, "the graph", allow_nan=False))
            try:
                network = load(file, **reading)
            except CyclogradError as problem:
                raise _of_graph(problem) from None
        name_of = dict(zip(ids, names))
        network._names = [name_of[id] for id in network.names]
        return network

    def _ids(self, names: list[str]) -> list[str]:
        """What the reader calls the nodes: their names, or what tells them apart and can be sent where names do not."""
        return _sendable(names) or _sendable([repr(node) for node in self.nodes]) or [str(k) for k in range(len(names))]

    def notes(self, edges: int) -> list[str]:
        """What was assumed, and what was left out, in the words of the readers of files.

        ``edges`` is how many the network has.
        """
        notes: list[str] = []
        count = len(self._edges[0])
        if self.is_plain:
            loops = sum(u == v for u, v in zip(*self._edges[:2]))
            before = count if self._directed else 2 * count - loops
            if before > edges:
                notes.append(f"{before} edges summed to {edges}: several led from one neuron to the same one")
            if not self._directed and count:
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
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not math.isfinite(number):
        raise _not_finite(attribute, of, value)
    return number


def _value(value: Any, attribute: str, of: str) -> Any:
    """An attribute's value as the reader of files takes it."""
    if isinstance(value, np.generic) or isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, Mapping) and attribute.startswith("activation"):
        try:
            return _activation(value)
        except InvalidValueError as problem:
            raise InvalidValueError(
                f"the attribute {attribute!r} of {of} is {value!r}", advice=problem.advice
            ) from None
    if value is None or isinstance(value, (bool, str)):
        return value
    if not isinstance(value, (int, float)):
        return str(value)
    try:
        if math.isfinite(value):
            return value
    except OverflowError:
        pass
    raise _not_finite(attribute, of, value)


def _not_finite(attribute: str | None, of: str, value: Any) -> InvalidValueError:
    # Python does not write out integers of thousands of digits.
    is_huge = isinstance(value, int) and value.bit_length() > 1024
    said = "an integer too large for a double" if is_huge else repr(value)
    return InvalidValueError(
        f"the attribute {attribute!r} of {of} is {said}",
        advice="let it be a finite number, or leave it out",
    )


def _of_graph(problem: CyclogradError) -> CyclogradError:
    """What the reader said of the file, as said of the graph."""
    return type(problem)(
        problem.message.replace("the file says", "the graph says").replace("neurons are", "nodes are"),
        code=problem.code,
        advice=problem.advice,
        subject=problem.subject,
    )


__all__ = ["from_networkx"]
