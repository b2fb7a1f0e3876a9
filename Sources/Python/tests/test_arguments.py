"""What is taken, what is refused, and how errors look."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import random_weights

import cyclograd as cg


@pytest.fixture
def net():
    return cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2])


@pytest.mark.parametrize(
    "call, kind, code",
    [
        (lambda net: net.solve(np.ones((2, 3))), ValueError, "shape-mismatch"),
        (lambda net: net.solve([[np.nan, 0]]), ValueError, "invalid-value"),
        (lambda net: net.solve([["a", "b"]]), ValueError, "invalid-value"),
        (lambda net: net.solve([[1, 2]], params=[1, 2]), ValueError, "shape-mismatch"),
        (lambda net: net.solve([[1, 2]], z0=[1, 2, 3]), ValueError, "shape-mismatch"),
        (lambda net: net.solve([[1, 2]]).vjp([[1, 2], [3, 4]]), ValueError, "shape-mismatch"),
        (lambda net: net.solve([[1, 2]]).vjp([[np.inf, 2]]), ValueError, "invalid-value"),
        (lambda net: net.solve([[1, 2]]).value_and_grad([[1, 2]], "msee"), ValueError, "invalid-option"),
        (lambda net: net.with_options(backend="drect"), ValueError, "invalid-option"),
        (lambda net: net.with_options(tol=-1), ValueError, "invalid-option"),
        (lambda net: net.with_options(threads=0), ValueError, "invalid-option"),
        (lambda net: setattr(net, "params", [np.nan] * net.n_params), ValueError, "invalid-value"),
        (lambda net: cg.from_sparse(np.ones((2, 3))), ValueError, "shape-mismatch"),
        (lambda net: cg.from_sparse([[np.inf]]), ValueError, "invalid-value"),
        (lambda net: cg.from_sparse(np.empty((0, 0))), ValueError, "invalid-graph"),
        (lambda net: cg.from_sparse(np.eye(2), bias=[1, 2, 3]), ValueError, "shape-mismatch"),
        (lambda net: cg.from_sparse(np.eye(2), activation="tnah"), ValueError, "invalid-option"),
        (lambda net: cg.from_sparse(np.eye(2), activation=["tanh"] * 3), ValueError, "shape-mismatch"),
        (lambda net: cg.from_sparse(np.eye(2), inputs=[2]), ValueError, "invalid-graph"),
        (lambda net: cg.from_sparse(np.eye(2), inputs=[1, 1]), ValueError, "invalid-graph"),
        (lambda net: cg.from_sparse(np.eye(2), inputs=["x"]), ValueError, "invalid-option"),
        (lambda net: cg.load("nowhere.yaml"), OSError, "file"),
        (lambda net: cg.load("nowhere.yaml", colour="red"), ValueError, "invalid-option"),
        (lambda net: cg.from_graph("format: cyclograd/1\ngroups: 3\n"), ValueError, None),
        (lambda net: cg.from_graph({"format": "cyclograd/9"}), ValueError, None),
    ],
)  # fmt: skip
def test_errors_have_classes_and_codes(net, call, kind, code):
    with pytest.raises(kind) as caught:
        call(net)
    error = caught.value
    assert isinstance(error, cg.CyclogradError)
    if code:
        assert error.code == code
    assert error.message and str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, str(again)) == (type(error), error.code, str(error))


def test_errors_in_files_have_lines(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("format: cyclograd/1\nname: a\ngroups:\n  - {name: x, size: -1}\n")
    with pytest.raises(ValueError) as caught:
        cg.load(file)
    assert (caught.value.file, caught.value.line) == (str(file), 4)


def test_an_unknown_option_is_a_type_error():
    with pytest.raises(TypeError, match="tolerance"):
        cg.from_sparse(np.eye(2), tolerance=1)


def test_tables_and_graphs_give_names(rng):
    pd = pytest.importorskip("pandas")
    W = pd.DataFrame([[0, 0.5], [-0.5, 0]], index=["a", "b"], columns=["a", "b"])
    net = cg.from_sparse(W, inputs=["b"], outputs=["a"])
    assert (net.names, net.input_names, net.output_names) == (["a", "b"], ["b"], ["a"])
    turned = cg.from_sparse(W[["b", "a"]], inputs=["b"], outputs=["a"])
    assert (turned.matrix()[0] != net.matrix()[0]).nnz == 0
    x = pd.DataFrame({"b": [1.0, 2.0]})
    np.testing.assert_array_equal(net.solve(x).outputs, net.solve([[1.0], [2.0]]).outputs)
    with pytest.raises(cg.InvalidValueError, match="labels"):
        cg.from_sparse(W.rename(columns={"a": "c"}))

    nx = pytest.importorskip("networkx")
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("u", "v", 0.5), ("v", "u", 0.25)])
    net = cg.from_networkx(graph, inputs=["v"], outputs=["u"])
    assert net.names == ["u", "v"] and net.matrix()[0][1, 0] == 0.5


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "dense", "matrix", "duplicates", "int64"])
def test_every_kind_of_matrix(rng, kind):
    W = random_weights(rng, 20, 0.2, 0.5)
    given = {
        "csr": lambda: W,
        "csc": W.tocsc,
        "coo": W.tocoo,
        "dense": W.toarray,
        "matrix": lambda: sp.csr_matrix(W),
        "duplicates": lambda: sp.coo_array(
            (np.r_[W.tocoo().data, W.tocoo().data] / 2, (np.r_[W.tocoo().row, W.tocoo().row],
             np.r_[W.tocoo().col, W.tocoo().col])), shape=W.shape),
        "int64": lambda: sp.csr_array(
            (W.data, W.indices.astype(np.int64), W.indptr.astype(np.int64)), shape=W.shape),
    }[kind]()  # fmt: skip
    x = rng.standard_normal((2, 20))
    expected = cg.from_sparse(W).solve(x).outputs
    np.testing.assert_array_equal(cg.from_sparse(given).solve(x).outputs, expected)


def test_activations_of_single_neurons(rng):
    W = random_weights(rng, 6, 0.5, 0.5)
    kinds = ["tanh", "tanh", "relu", "identity", "{leaky-relu: 0.1}", "tanh"]
    net = cg.from_sparse(W, activation=kinds)
    eq = net.solve(rng.standard_normal((3, 6)))
    f = [np.tanh, np.tanh, lambda z: np.maximum(z, 0), lambda z: z,
         lambda z: np.where(z > 0, z, 0.1 * z), np.tanh]  # fmt: skip
    expected = np.column_stack([f[k](eq.states[:, k]) for k in range(6)])
    np.testing.assert_allclose(eq.activations, expected, atol=1e-12)
    np.testing.assert_allclose(eq.states, expected @ W.T + eq.inputs, atol=1e-9)


def test_arrays_are_borrowed_not_changed(rng):
    W = random_weights(rng, 20, 0.3, 0.5)
    kept = W.copy()
    x = np.asfortranarray(rng.standard_normal((4, 20)))
    net = cg.from_sparse(W)
    eq = net.solve(x.astype(np.float32))
    np.testing.assert_allclose(eq.outputs, net.solve(x).outputs, atol=1e-5)
    assert (W != kept).nnz == 0
    with pytest.raises(ValueError):
        eq.outputs[0, 0] = 1


def test_pickle_and_copy(rng, graphs):
    for net in [
        cg.from_sparse(random_weights(rng, 20, 0.2, 0.5), inputs=[1, 2], outputs=[3], threads=2),
        cg.load(graphs / "feedback.yaml", backend="direct"),
    ]:
        x = rng.standard_normal((2, net.n_inputs))
        net.params = net.params * 0.9
        eq = net.solve(x)
        for other in (pickle.loads(pickle.dumps(net)), copy.copy(net), copy.deepcopy(net)):
            assert other.options == net.options and other.names == net.names
            np.testing.assert_array_equal(other.solve(x).outputs, eq.outputs)
        again = pickle.loads(pickle.dumps(eq))
        np.testing.assert_array_equal(again.outputs, eq.outputs)
        assert again.success.all()


def test_copies_keep_the_branch_and_the_evidence(rng):
    # Two stable equilibria; the second sample is given no time.
    net = cg.from_sparse([[2.0, 0.0], [1.0, 0.9]], maxiter=3, backend="edge-list")
    start = net.with_options(maxiter=None).solve([[0.0, 0.0]], z0=[[-3.0, 0.0]]).states
    eq = net.solve([[0.0, 0.0], [0.1, 0.0]], z0=np.vstack([start, [[np.nan] * 2]]))
    assert eq.success.tolist() == [True, False]
    other = pickle.loads(pickle.dumps(eq))
    assert other.status.tolist() == eq.status.tolist() and other.nit.tolist() == eq.nit.tolist()
    assert np.array_equal(other.states, eq.states, equal_nan=True)
    assert np.array_equal(other.outputs[0], eq.outputs[0]) and eq.outputs[0, 0] < -0.9


def test_states_that_are_not_given_are_no_answer(rng):
    net = cg.from_sparse(random_weights(rng, 8, 0.4, 0.5))
    x = rng.standard_normal((3, 8))
    nothing = np.full((3, 8), np.nan)
    before = net.at(nothing, x)
    assert not before.success.any()
    net.solve(x)
    after = net.at(nothing, x)
    assert after.status.tolist() == before.status.tolist() and not after.success.any()
    found = net.solve(x).states
    mixed = net.at(np.vstack([found[:1], nothing[:1], found[2:]]), x)
    assert mixed.success.tolist() == [True, False, True]


def test_targets_have_two_dimensions(net):
    eq = net.solve(np.zeros((3, net.n_inputs)))
    for y in (np.zeros((3, net.n_outputs, 3)), np.zeros((3, 0)), 1.0, np.zeros(7), np.zeros(0)):
        with pytest.raises(cg.InvalidValueError):
            eq.value_and_grad(y)
        with pytest.raises(cg.InvalidValueError):
            cg.train(net, np.zeros((3, net.n_inputs)), y, epochs=1)


def test_numbers_of_numpy_are_numbers(net):
    x = np.zeros((2, net.n_inputs))
    assert net.with_options(maxiter=np.int64(50), threads=np.int32(1)).solve(x).success.all()
    training = cg.train(net, x, np.zeros((2, net.n_outputs)), epochs=np.int64(1), batch=np.int32(2))
    assert len(list(training)) > 0
    for wrong in ({"tol": "abc"}, {"threads": 1.7}, {"maxiter": 2.5}):
        with pytest.raises(cg.InvalidValueError):
            net.with_options(**wrong)
    with pytest.raises(TypeError):
        cg.train(net, x, np.zeros((2, net.n_outputs)), epochs=1, **{"max-iterations": 1})
    with pytest.raises(cg.InvalidValueError):
        net.compare(x, np.zeros((2, net.n_outputs)), repeat=0)
    for bad in (1j * x, x.astype(complex)):
        with pytest.raises(cg.InvalidValueError, match="complex"):
            net.solve(bad)
    with pytest.raises(cg.InvalidValueError):
        cg.load("a\0b")


def test_directions_and_matrices_are_finite(net):
    eq = net.solve(np.zeros((1, net.n_inputs)))
    with pytest.raises(cg.InvalidValueError, match="direction x"):
        eq.jvp(x=np.full((1, net.n_inputs), np.nan))
    with pytest.raises(cg.InvalidValueError, match="direction params"):
        eq.hvp(np.ones((1, net.n_outputs)), params=np.full(net.n_params, np.inf))
    W, b = net.matrix()
    with pytest.raises(cg.InvalidValueError, match="not finite"):
        net.pack(b=np.full(net.n_units, np.nan))
    W.data[0] = np.nan
    with pytest.raises(cg.InvalidValueError, match="not finite"):
        net.pack(W)


def test_choices_of_neurons(rng):
    W = random_weights(rng, 4, 0.5, 0.5)
    assert cg.from_sparse(W, inputs=np.array([1, 2])).n_inputs == 2
    for wrong in (["a"], np.array(1.5), 2.5):
        with pytest.raises(cg.InvalidValueError):
            cg.from_sparse(W, inputs=wrong, names=["a", "a", "b", "c"])
    with pytest.raises(cg.InvalidValueError):
        cg.from_sparse(sp.coo_array(np.ones(3)))


def test_one_sample_no_sample_no_inputs(net):
    assert net.solve([1, 2]).outputs.shape == (1, 2)
    assert net.solve(np.empty((0, 2))).outputs.shape == (0, 2)
    assert net.solve().outputs.shape == (1, 2)
    closed = cg.from_sparse([[0.5]], bias=[1], activation="identity", inputs=[])
    assert closed.solve().outputs == pytest.approx(2)
