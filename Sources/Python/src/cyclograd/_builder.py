"""Graphs put together from groups and connections."""

from __future__ import annotations

from typing import Any


def group(name: str, size: int | None = None, **attributes: Any) -> dict[str, Any]:
    """A group of neurons, for :func:`graph`.

    Parameters
    ----------
    name : str
    size : int, optional
        How many neurons; ``shape=[…]`` gives them as a grid.
    **attributes
        What a group of a graph file has, with ``_`` for ``-``: ``activation``, ``bias``, ``role``, ``units``, ….

    Returns
    -------
    dict
    """
    sized = {} if size is None else {"size": size}
    return {"name": name, **sized, **_attributes(attributes)}


def connection(source: str, target: str, **attributes: Any) -> dict[str, Any]:
    """The edges from one group to another, for :func:`graph`.

    Parameters
    ----------
    source, target : str
        The groups.
    **attributes
        What a connection of a graph file has, with ``_`` for ``-``: ``weight``, ``pattern``, ``self``, ….

    Returns
    -------
    dict
    """
    return {"from": source, "to": target, **_attributes(attributes)}


def graph(*parts: dict[str, Any], name: str = "", seed: int = 0, **attributes: Any) -> dict[str, Any]:
    """The content of a graph file, for :func:`from_graph`.

    Parameters
    ----------
    *parts : dict
        What :func:`group` and :func:`connection` return, in the order of neurons and parameters.
    name : str
    seed : int
        Random weights and biases are drawn from it.
    **attributes
        What else a graph file has, with ``_`` for ``-``: ``inputs``, ``outputs``, ….

    Returns
    -------
    dict
        It can also be changed, or written to a file by ``json.dump``.

    Examples
    --------
    >>> import cyclograd as cg
    >>> net = cg.from_graph(cg.graph(
    ...     cg.group("x", 4, role="input"),
    ...     cg.group("h", 8, activation="tanh", bias={"uniform": [-0.1, 0.1]}),
    ...     cg.group("y", 2, role="output", activation="identity"),
    ...     cg.connection("x", "h"),
    ...     cg.connection("h", "h", self=False, weight={"normal": 0.6, "scaled": "fan-in"}),
    ...     cg.connection("h", "y"), name="recurrent", seed=1))
    >>> net
    <Network of 14 neurons and 104 edges: 4 inputs, 2 outputs, 1 cyclic component>
    """
    return {
        "format": "cyclograd/1",
        **({"name": name} if name else {}),
        "seed": seed,
        **_attributes(attributes),
        "groups": [part for part in parts if "from" not in part],
        "connections": [part for part in parts if "from" in part],
    }


def _attributes(given: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in given.items()}


__all__ = ["connection", "graph", "group"]
