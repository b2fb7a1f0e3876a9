"""Faults that were found from outside, each with what is right."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import cyclograd as cg

SWIFT = Path(__file__).resolve().parents[2]


def network(**options):
    W = np.array([[0, 0.5, 0, 0], [-0.5, 0, 0, 0.2], [0.1, 0, 0, 0], [0, 0, 0.3, 0]])
    return cg.from_sparse(W, bias=[0.1, 0.2, 0.3, 0.4], **options)


@pytest.mark.parametrize("choice", [slice(0, 4, 2), slice(None, None, -1), slice(3, None, -2)])
def test_slices_with_steps(choice):
    names = [f"n.{k}" for k in range(4)][choice]
    assert network(inputs=choice).input_names == names
    assert network(outputs=choice).output_names == names


def test_neurons_of_a_file_by_position_and_name(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text('source,target,weight\na,"b,c",0.5\n"b,c",none,0.5\nnone,a,0.2\nlast:1,a,0.1\n')
    names = ["a", "b,c", "none", "last:1"]

    def inputs(choice):
        return cg.load(path, activation="tanh", inputs=choice, outputs=["a"]).input_names

    for choice in ([1], (1,), np.array([1]), range(1, 2), ["b,c"]):
        assert inputs(choice) == ["b,c"], choice
    for choice in ([False, True, False, False], slice(1, 2), 1.5):
        with pytest.raises(cg.InvalidValueError):
            inputs(choice)
    assert inputs(["none"]) == ["none"] and inputs(["last:1"]) == ["last:1"]
    assert inputs([]) == [] and inputs([0, 3]) == ["a", "last:1"] and inputs("first:2") == names[:2]


def test_activations_with_parameters():
    net = network(activation={"leaky-relu": 0.1})
    W, b = net.matrix()
    z = net.solve(-np.ones(4)).states[0]
    a = np.where(z > 0, z, 0.1 * z)
    assert np.allclose(W @ a + b - 1, z)
    with pytest.raises(cg.CyclogradError):
        network(activation={"a": 1, "b": 2})


def test_reports_show_the_parameters_in_use():
    net = network()
    before = net.report("weights")
    eq = net.solve(np.zeros(4), params=2 * net.params)
    assert eq.report("weights") != before
    net.params = 2 * net.params
    assert net.report("weights") == eq.report("weights") != before


def test_names_reach_messages_and_files():
    net = network(names=["Aaa", "b", "c", "d"])
    assert "Aaa" in net.report()
    with pytest.raises(cg.CyclogradError, match="Aaa"):
        net.solve(np.zeros(4), params=np.full(net.n_params, 1e308), throw=True)
    assert pickle.loads(pickle.dumps(net)).names == ["Aaa", "b", "c", "d"]
    # Names that do not tell neurons apart stay in Python.
    assert network(names=["a", "a", "b", "c"]).names == ["a", "a", "b", "c"]


def test_masked_arrays_and_seeds(tmp_path):
    with pytest.raises(cg.InvalidValueError):
        cg.from_sparse(np.ma.masked_equal(np.eye(2) * 0.5, 0.5))
    path = tmp_path / "e.csv"
    path.write_text("source,target\na,b\nb,a\n")
    options = dict(activation="tanh", inputs=["a"], outputs=["b"], draw_weights="normal:0.1")
    with pytest.raises(cg.CyclogradError):
        cg.load(path, seed=-5, **options)
    cg.load(path, seed=2**64 - 1, **options)


def test_directions_are_numbers():
    eq = network().solve(np.zeros(4))
    with pytest.raises(cg.CyclogradError):
        eq.jvp(x=[[np.nan, 0, 0, 0]])


def test_options_that_are_not_there(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("source,target,weight\na,b,0.5\nb,a,0.2\n")
    net = network()
    solver = "backend, tol, maxiter, threads, kinks"
    of_sparse = f"from_sparse takes bias, activation, inputs, outputs, names, name, {solver}"
    of_load = f"load takes format, {solver}, activation, inputs, outputs, bias, neurons, weight_attribute, "
    cases = [
        (lambda: network(activations="softplus"), TypeError, "activation", of_sparse),
        (lambda: network(colour="red"), TypeError, None, of_sparse),
        (lambda: net.with_options(tolerance=1), TypeError, "tol", f"with_options takes {solver}"),
        (lambda: cg.from_graph("", max_iter=1), TypeError, "maxiter", f"from_graph takes folder, {solver}"),
        (lambda: cg.load(path, output="E4"), cg.InvalidValueError, "outputs", of_load),
        (lambda: cg.load(path, activations="tanh"), cg.InvalidValueError, "activation", of_load),
        (lambda: cg.load(path, input_neurons="a"), cg.InvalidValueError, "inputs", of_load),
        (lambda: cg.load(path, **{"from": "csv"}), cg.InvalidValueError, "format", of_load),
        (lambda: cg.train(net, [[0] * 4], [[0] * 4], epochs=1, batch_size=2), cg.InvalidValueError, "batch",
         "train takes epochs, rate, validation, resume, restart_best, loss, optimizer, lr, batch, "),
        (lambda: cg.train(net, [[0] * 4], [[0] * 4], epochs=1, colour=2), cg.InvalidValueError, None, "train takes"),
    ]  # fmt: skip
    for call, kind, meant, known in cases:
        with pytest.raises(kind) as caught:
            call()
        said = str(caught.value)
        assert f"; did you mean {meant!r}? {known}" in said if meant else f"; {known}" in said, said


def test_scales_and_one_bias_for_all(tmp_path):
    path = tmp_path / "w.csv"
    path.write_text("source,target,weight\na,a,1\nb,a,-3\na,b,2\nb,b,1\n")
    options = dict(activation="tanh", inputs="a", outputs="b")
    net = cg.load(path, scale="in-strength=0.5", bias=0.25, **options)
    W, b = net.matrix()
    np.testing.assert_allclose(abs(W.toarray()).sum(axis=1), 0.5, rtol=1e-14)
    np.testing.assert_array_equal(b, [0.25, 0.25])
    W, _ = cg.load(path, scale="out-strength=2", **options).matrix()
    np.testing.assert_allclose(abs(W.toarray()).sum(axis=0), 2, rtol=1e-14)
    W, _ = cg.load(path, scale="spectral-radius=0.5", **options).matrix()
    assert abs(np.linalg.eigvals(W.toarray())).max() == pytest.approx(0.5, rel=1e-12)


def test_signs_as_a_mapping(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("source,target,weight,nt\na,b,0.5,ACH\nb,a,0.2,GABA\na,a,3,none=1\n")
    options = dict(activation="tanh", inputs="a", outputs="b", sign_column="nt")
    signs = {"ACH": 1, "GABA": np.int64(-1), "none=1": 0.0}
    expected = cg.load(path, sign="ACH=1,GABA=-1,none=1=0", **options)
    assert np.array_equal(cg.load(path, sign=signs, **options).params, expected.params)
    for wrong in ({"ACH": 2}, {"ACH": "plus"}, {"ACH=1,GABA": -1}):
        with pytest.raises(cg.InvalidValueError, match="sign has .* for 'ACH"):
            cg.load(path, sign=wrong, **options)


def test_options_of_graphs_that_are_not_there():
    nx = pytest.importorskip("networkx")
    with pytest.raises(TypeError, match="mean 'activation'. from_networkx takes weight, bias, activation, inputs"):
        cg.from_networkx(nx.path_graph(3), activations="relu")
    assert cg.from_networkx(nx.path_graph(3), name="path", tol=1e-12).n_neurons == 3


@pytest.mark.skipif(not (SWIFT / "CyclogradABI").exists(), reason="not in the repository")
def test_options_are_those_of_the_library():
    from cyclograd import _making, _training

    taken = (SWIFT / "CyclogradABI" / "Options.swift").read_text().split("extension ImportOptions {")[1]
    assert set(re.findall(r'options\.\w+\("(\w+)"\)', taken)) == set(_making._IMPORT_OPTIONS)
    reader = (SWIFT / "CyclogradFormats" / "Training" / "TrainingReader.swift").read_text()
    keys = re.findall(r'"([\w-]+)"', reader.split("let keys = [")[1].split("]")[0])
    ours = {name.replace("_", "-") for name in _training._SETTINGS} | {"epochs", "rate"}
    # What says that a file is a training file is no key among the others.
    assert set(keys) | {"format"} == ours | set(_training._OWNED) | set(_training._OF_FILES)


def test_selections_are_quoted_once(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("source,target,weight\na,b,0.5\nb,a,0.2\n")
    for choice, shown in ((["E4", "Q"], '"E4","Q"'), ('a,"Q"', 'a,"Q"'), ("Q", '"Q"')):
        with pytest.raises(cg.InvalidValueError, match="no neuron is named") as caught:
            cg.load(path, activation="tanh", inputs="a", outputs=choice)
        assert str(caught.value).startswith(f"outputs {shown}: no neuron")
        assert caught.value.subject == f"outputs {shown}"


def test_class_numbers_name_their_loss():
    net, x, classes = network(), np.zeros((3, 4)), [0, 3, 1]
    calls = [
        lambda y: cg.train(net, x, y, epochs=1).run(),
        lambda y: net.value_and_grad(net.params, x, y),
        lambda y: net.compare(x, y),
    ]
    for call in calls:
        for y in (classes, np.reshape(classes, (3, 1))):
            with pytest.raises(cg.InvalidValueError, match="1 column.*softmax-cross-entropy.*class numbers") as caught:
                call(y)
            assert caught.value.code == "shape-mismatch"
        with pytest.raises(cg.InvalidValueError, match="give one column for each output"):
            call([0.5, 0.1, 0.2])
    cg.train(net, x, classes, epochs=1, loss="softmax-cross-entropy").run()


def test_the_rate_by_its_other_name():
    x, y = np.ones((3, 4)), np.zeros((3, 4))

    def rates(**given):
        events = cg.train(network(), x, y, epochs=1, **given)
        return {event["learning_rate"] for event in events if event["event"] == "step"}

    assert rates(lr=0.1) == rates(rate=0.1) == {0.1} and rates() == {0.01}
    with pytest.raises(TypeError, match="'lr' and 'rate'"):
        rates(lr=0.1, rate=0.1)


def test_centralities_name_nodes():
    nx = pytest.importorskip("networkx")
    from cyclograd.networkx import backend

    graph = backend.convert_from_nx(nx.DiGraph([("somebody", "other"), ("other", "somebody")]))
    for name in ("katz_centrality", "pagerank"):
        with pytest.raises(cg.NotConvergedError, match="component of somebody"):
            getattr(backend, name)(graph, alpha=1.0)
