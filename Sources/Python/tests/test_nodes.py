"""Graphs of NetworkX and what their attributes say: the same as from a file that NetworkX writes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import cyclograd as cg

nx = pytest.importorskip("networkx")


def random_graph(seed: int, *, plain: bool):
    rng = np.random.default_rng(seed)
    graph = [nx.DiGraph, nx.Graph][seed % 2]()
    names = [f"n {k}" for k in rng.permutation(int(rng.integers(2, 9)))]
    for name in names:
        graph.add_node(name)
        if rng.random() < 0.5:
            graph.nodes[name]["bias"] = float(rng.normal())
        if rng.random() < 0.3:
            graph.nodes[name]["colour"] = "red"
        if plain:
            continue
        if rng.random() < 0.5:
            graph.nodes[name]["activation"] = str(rng.choice(["relu", "softplus", "{leaky-relu: 0.1}"]))
        if rng.random() < 0.5:
            graph.nodes[name]["time_constant"] = float(rng.choice([0.5, 2.0]))
        if rng.random() < 0.3:
            graph.nodes[name]["bias_trainable"] = bool(rng.random() < 0.5)
    for u in names:
        for v in names:
            if rng.random() < 0.4:
                graph.add_edge(u, v, kind="x")
                if rng.random() < 0.8:
                    graph.edges[u, v]["weight"] = float(rng.normal() * 0.2)
                if not plain and rng.random() < 0.3:
                    graph.edges[u, v]["trainable"] = False
    if not plain:
        for end in ("input", "output"):
            for place, name in enumerate(rng.permutation(names)[: int(rng.integers(1, len(names)))]):
                graph.nodes[str(name)][end] = place
    return graph


def assert_alike(ours: cg.Network, theirs: cg.Network) -> None:
    assert ours.names == theirs.names
    assert (ours.input_names, ours.output_names) == (theirs.input_names, theirs.output_names)
    for mine, other in zip(ours.layout(), theirs.layout()):
        assert np.array_equal(mine, other)
    assert np.array_equal(ours.params, theirs.params) and np.array_equal(ours.frozen, theirs.frozen)
    x = np.linspace(-1, 1, 2 * ours.n_inputs).reshape(2, -1)
    assert np.array_equal(ours.solve(x).states, theirs.solve(x).states, equal_nan=True)
    course = dict(x=x[:1], method="theta:0.5", step=0.1)
    assert np.array_equal(ours.simulate([0, 1], **course).states, theirs.simulate([0, 1], **course).states)
    # What a file says is in another order where it is not the reader that says it.
    assert sorted(ours.remarks) == sorted(theirs.remarks)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_graphs_say_what_their_files_say(tmp_path, seed, plain):
    graph = random_graph(seed, plain=plain)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    names = list(graph)
    missing = {} if all("activation" in graph.nodes[name] for name in names) else {"activation": "tanh"}
    ends = {"inputs": names, "outputs": names} if plain else {}
    assert_alike(cg.from_networkx(graph), cg.load(tmp_path / "g.graphml", **missing, **ends))


def test_groups_and_units(tmp_path):
    graph = nx.MultiDiGraph()
    for name in "abcd":
        graph.add_node(name, group="h" if name < "c" else "y", activation="tanh" if name < "c" else "softmax")
    graph.add_node("e", group="z", activation="identity", activation_1="logistic", combine="product", bias_1=0.5)
    for u, v in ["ab", "bc", "ad", "ca", "ce"]:
        graph.add_edge(u, v, weight=0.5)
    graph.add_edge("b", "e", unit=1, weight=0.25)
    for node in graph:
        graph.nodes[node].update(input=True, output=True)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    net = cg.from_networkx(graph)
    assert_alike(net, cg.load(tmp_path / "g.graphml"))
    assert net.n_units == 6 and net.solve(np.ones(5)).outputs[0, 2:4].sum() == pytest.approx(1)


def test_names_weights_and_choices_of_graphs_with_attributes():
    graph = nx.MultiDiGraph()
    graph.add_nodes_from([(1, {"activation": {"leaky-relu": 0.1}}), ("1", {}), ((2, 3), {"input": np.bool_(True)})])
    graph.add_edge(1, "1", w=0.25, weight=7)
    graph.add_edge(1, "1", w=0.5)
    graph.add_edge("1", (2, 3))
    net = cg.from_networkx(graph, weight="w", outputs=[(2, 3), 1], name="pair", tol=1e-12)
    assert net.names == ["1", "1", "(2, 3)"] and net.input_names == ["(2, 3)"]
    assert net.matrix()[0].toarray().tolist() == [[0, 0, 0], [0.75, 0, 0], [0, 1, 0]]
    assert net.options["tol"] == 1e-12 and net.output_names == ["(2, 3)", "1"]
    assert "no attribute 'w': weight 1 used for 1 edges" in net.remarks
    assert any(remark.endswith("dropped: weight (1)") for remark in net.remarks)
    assert net.with_options(tol=1e-9).remarks == net.remarks
    assert cg.from_networkx(graph, activation=["tanh", "relu", "relu"]).solve([-1.0]).outputs[0, 2] == 0


@pytest.mark.parametrize(
    "attributes, options, said",
    [
        ({"activation": "tnah"}, {}, "node \"a\": .*tnah"),
        ({"time_constant": -1.0}, {}, "node \"a\": the attribute time_constant cannot be"),
        ({"input": True}, {"inputs": ["b"]}, "^the graph says which nodes are inputs; leave out inputs"),
        ({"bias": np.inf}, {}, "'bias' of the node 'a' is"),
        ({"bias": "x", "activation": "tanh"}, {}, "'bias' of the node 'a' is"),
        ({"input": "first"}, {}, "node \"a\": the attribute input cannot be"),
    ],
)  # fmt: skip
def test_attributes_that_cannot_be(attributes, options, said):
    graph = nx.DiGraph([("a", "b"), ("b", "a")])
    graph.nodes["a"].update(attributes)
    with pytest.raises(cg.CyclogradError, match=said) as caught:
        cg.from_networkx(graph, **options)
    assert "graph.json" not in str(caught.value) and caught.value.file is None


def test_graphs_without_attributes_say_what_is_dropped():
    graph = nx.karate_club_graph()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = cg.from_networkx(graph)
    assert net.remarks == [
        "undirected: 78 edges are read in both directions",
        "attributes that say nothing of a network dropped: club (34)",
    ]
