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
        ({"time_constant": np.nan}, {}, "^the attribute 'time_constant' of the node 'a' is nan; let it be a finite"),
        ({"time_constant": 10**5000}, {}, "of the node 'a' is an integer too large for a double"),
        ({"bias": 10**400}, {}, "'bias' of the node 'a' is an integer too large for a double"),
        ({"activation": {"clamp": {1}}}, {}, "'activation' of the node 'a' is .'clamp': .1..; give a name"),
        ({"activation": ""}, {}, "node \"a\": .*activation is empty"),
        ({}, {"activation": ""}, "activation is empty"),
        ({"time_constant": 2}, {"activation": ["tanh"]}, "there are 1 activations for 2 nodes"),
        ({}, {"inputs": ["b", "b"]}, "^the node 'b' is an input twice; list it once"),
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


#: Names that look like numbers, positions, groups, lists and quotations, and one that cannot be sent.
NAMES = ["3", "0", "at:1", "n.0", "g.1", "a,b", 'q"u', " s ", "", "e\u0301", "none", 7, (1, 2), "x", "tab\t"]


@pytest.mark.parametrize("seed", range(60))
def test_nodes_of_groups_that_do_not_stand_together(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 9))
    places = rng.permutation(len(NAMES))[:count]
    nodes = [NAMES[place] for place in places]
    if seed % 3:
        nodes = [str(node).strip("\t") for node in nodes]
    if seed % 5 == 0 and count > 2:
        nodes[:2] = [1, "1"]
    kinds = {"identity": lambda v: v, "tanh": np.tanh, "relu": lambda v: np.maximum(v, 0)}
    kind_of = [str(kind) for kind in rng.choice(list(kinds), 3)]
    group = rng.integers(0, 3, count)
    graph = nx.DiGraph()
    for node, g in zip(nodes, group):
        graph.add_node(node, group=f"g{g}", activation=kind_of[g], bias=float(rng.normal()))
    W = np.where(rng.random((count, count)) < 0.5, rng.normal(size=(count, count)), 0)
    W *= 0.5 / max(1, np.abs(W).sum(1).max())
    for target, source in zip(*np.nonzero(W)):
        graph.add_edge(nodes[source], nodes[target], weight=W[target, source])
    chosen = {key: rng.permutation(count)[: int(rng.integers(1, count + 1))] for key in ("input", "output")}
    options = {}
    for key, ends in chosen.items():
        way = rng.integers(4)
        if way == 0:
            chosen[key] = np.arange(count)
        elif way == 1:
            for place, node in enumerate(ends):
                graph.nodes[nodes[node]][key] = place
        else:
            options[key + "s"] = [nodes[node] for node in ends]
            # What is given goes before what nodes say.
            for node in range(count if way == 3 else 0):
                graph.nodes[nodes[node]][key] = bool(rng.random() < 0.5)
    net = cg.from_networkx(graph, tol=1e-13, **options)

    def named(end):
        return [str(nodes[node]) for node in chosen[end]]

    assert net.input_names == named("input") and net.output_names == named("output")
    assert sorted(net.names) == sorted(str(node) for node in nodes)
    bias = np.array([graph.nodes[node]["bias"] for node in nodes])
    x = rng.normal(size=len(chosen["input"]))
    fed = bias.copy()
    fed[chosen["input"]] += x

    def equilibrium(weights):
        z = np.zeros(count)
        for _ in range(200):
            z = weights @ activations(z) + fed
        return z

    def activations(z):
        return np.array([kinds[kind_of[g]](v) for g, v in zip(group, z)])

    z = equilibrium(W)
    found = net.solve(x)
    np.testing.assert_allclose(found.outputs[0], activations(z)[chosen["output"]], atol=1e-10)
    # Neurons as they are sorted: first by the places of the groups.
    order = sorted(range(count), key=lambda node: (list(group).index(group[node]), node))
    assert net.names == [str(nodes[node]) for node in order]
    np.testing.assert_allclose(found.states[0], z[order], atol=1e-10)
    matrix, biases = net.matrix()
    assert np.array_equal(matrix.toarray(), W[np.ix_(order, order)]) and np.array_equal(biases, bias[order])
    changes = net.lesions(x).changes[:, 0]
    for change, node in zip(changes, order):
        cut = W.copy()
        cut[:, node] = 0
        expected = activations(equilibrium(cut)) - activations(z)
        np.testing.assert_allclose(change, expected[chosen["output"]], atol=1e-8)


def test_what_is_given_goes_before_what_nodes_say():
    graph = nx.DiGraph([("a", "b"), ("b", "a")])
    graph.nodes["a"].update(input=True, time_constant=np.array(2.0))
    graph.nodes["a"]["activation"] = {"clamp": (np.float64(0), np.float32(1))}
    net = cg.from_networkx(graph, inputs=["b"])
    assert net.input_names == ["b"] and cg.from_networkx(graph).input_names == ["a"]
    assert not any("time_constant" in remark for remark in net.remarks)
    assert net.solve([9.0]).states[0, 0] == pytest.approx(np.tanh(10))
    edge = nx.DiGraph([("a", "b")])
    edge.edges["a", "b"]["weight"] = 10**400
    with pytest.raises(cg.InvalidValueError, match="of the edge from 'a' to 'b' is an integer too large"):
        cg.from_networkx(edge)


@pytest.mark.parametrize("kind", [nx.MultiDiGraph, nx.MultiGraph])
def test_parallel_edges_are_said_to_be_summed(kind):
    graph = kind([("a", "b"), ("a", "b"), ("b", "b"), ("b", "b"), ("b", "c")])
    plain = cg.from_networkx(graph)
    graph.nodes["a"]["time_constant"] = 2.0
    assert plain.remarks == cg.from_networkx(graph).remarks
    before, after = (5, 3) if plain.n_edges == 3 else (8, 5)
    assert plain.remarks[0] == f"{before} edges summed to {after}: several led from one neuron to the same one"
    assert not any("summed" in remark for remark in cg.from_networkx(nx.DiGraph(graph)).remarks)
