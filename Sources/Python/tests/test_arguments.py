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


def test_samples_of_several_dimensions(rng):
    net = cg.from_sparse(random_weights(rng, 8, 0.4, 0.5), inputs=range(6))
    x = rng.standard_normal((4, 6))
    for shape in ((4, 3, 2), (4, 1, 6), (4, 3, 1, 2)):
        assert np.array_equal(net.solve(x.reshape(shape)).outputs, net.solve(x).outputs)
        assert np.array_equal(net.prepare(x.reshape(shape)), x)
    for shape in ((4, 2, 2), (4, 3, 3), (3, 2)):
        with pytest.raises(cg.InvalidValueError, match="there are 6 inputs"):
            net.solve(np.zeros(shape))


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
    for found in (eq, pickle.loads(pickle.dumps(eq))):
        for values in (found.outputs, found.states, found.residual, found.nit):
            with pytest.raises(ValueError, match="read-only"):
                values.reshape(-1)[0] = 1


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


def broken(change):
    W = sp.csr_array([[0, 0.5, 0.1], [0.2, 0, 0], [0, 0.3, 0]])
    W.sort_indices()
    W.has_canonical_format = True
    change(W)
    return W


def assigned(name, values):
    return lambda W: setattr(W, name, np.asarray(values))


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda W: setattr(W, "data", W.data[:1]), "4 numbers in indices for 1 in data"),
        (lambda W: setattr(W, "indices", W.indices[:1]), "1 numbers in indices for 4 in data"),
        (assigned("indptr", [0, 2, 3, 2_000_000]), "ends with 2000000 for 4"),
        (assigned("indptr", [0, 5, 3, 4]), "descends at row 1"),
        (assigned("indptr", [1, 2, 3, 4]), "begins with 1"),
        (assigned("indptr", [0]), "1 numbers in indptr for 3 rows"),
        (assigned("indices", [1, 2, 0, 7]), "column 7"),
        (assigned("indices", [1, -2, 0, 1]), "column -2"),
        (assigned("indices", [1, 2, 0, 2**40]), "column 1099511627776"),
        (assigned("indices", [1.0, 2.0, 0.0, 1.0]), "not whole"),
    ],
)  # fmt: skip
def test_arrays_of_a_matrix_must_fit_each_other(change, said):
    for use in (cg.from_sparse, cg.from_sparse(np.ones((3, 3))).pack):
        with pytest.raises(cg.InvalidValueError, match=said) as caught:
            use(broken(change))
        assert caught.value.code == "invalid-graph" and caught.value.advice


def test_arrays_of_other_formats_must_fit_each_other():
    whole = sp.csr_array([[0, 0.5], [0.25, 0]])
    column, coordinates, blocks = whole.tocsc(), whole.tocoo(), whole.tobsr((2, 2))
    column.indices[0], coordinates.row[0], blocks.indices[0] = 5, 5, 5
    for W, said in ((column, "row 5"), (coordinates, "row 5"), (blocks, "column 5")):
        with pytest.raises(cg.InvalidValueError, match=said):
            cg.from_sparse(W)


def test_matrices_are_read_as_they_are_and_not_as_they_say():
    W = sp.csr_array(([0.1, 0.2, 0.3], [1, 0, 0], [0, 3, 3]), shape=(2, 2))
    W.has_canonical_format = True
    net = cg.from_sparse(W)
    assert net.matrix()[0].toarray() == pytest.approx(np.array([[0.5, 0.1], [0, 0]]))
    assert net.matrix(net.pack(W))[0].toarray() == pytest.approx(np.array([[0.5, 0.1], [0, 0]]))
    assert W.indices.tolist() == [1, 0, 0] and W.data.tolist() == [0.1, 0.2, 0.3]


class TestLabels:
    names = ["a", "b", "c"]

    @pytest.fixture
    def pd(self):
        return pytest.importorskip("pandas")

    @pytest.fixture
    def net(self, pd):
        return cg.from_sparse(self.table(pd), bias=[1, 2, 3])

    def table(self, pd):
        W = [[0.2, 0.1, 0.02], [0.25, 0.3, 0.15], [0.1, 0.2, 0.25]]
        return pd.DataFrame(W, index=self.names, columns=self.names)

    def test_samples_follow_names(self, pd, net):
        turned = ["c", "a", "b"]
        x = pd.DataFrame([[10.0, 20, 30], [1, 2, 3]], columns=self.names)
        eq = net.solve(x.to_numpy())
        for given in (x, x[turned]):
            assert np.array_equal(net.solve(given).outputs, eq.outputs)
            for mine, other in zip(eq.vjp(given), eq.vjp(x.to_numpy())):
                assert np.array_equal(mine, other)
            assert np.array_equal(eq.jvp(x=given), eq.jvp(x=x.to_numpy()))
            assert eq.value_and_grad(given)[0] == eq.value_and_grad(x.to_numpy())[0]
            assert np.array_equal(net.at(given, x).states, net.at(x.to_numpy(), x).states)
            assert np.array_equal(net.bound(x, given).upper, net.bound(x, x.to_numpy()).upper)
        assert np.array_equal(net.solve(x.iloc[0][turned]).outputs, eq.outputs[:1])

    def test_columns_beside_the_names(self, pd, net):
        x = pd.DataFrame([[10.0, 20, 30], [1, 2, 3]], columns=self.names)
        more = x.assign(kind=["red", "green"], extra=1.0)[["kind", "c", "a", "extra", "b"]]
        assert np.array_equal(net.solve(more).outputs, net.solve(x).outputs)
        assert np.array_equal(net.prepare(more), x.to_numpy())
        assert np.array_equal(net.solve(more.iloc[0]).outputs, net.solve(x.iloc[0]).outputs)
        with pytest.raises(cg.InvalidValueError, match="x has no label 'a', which is an input"):
            net.solve(more.drop(columns="a"))
        for wrong in (more.assign(b=["x", 2]), x.assign(b=["x", 2])):
            with pytest.raises(cg.InvalidValueError, match="x has the column 'b', which cannot be read as numbers"):
                net.solve(wrong)
        with pytest.raises(cg.InvalidValueError):
            net.solve(pd.concat([more, x[["a"]]], axis=1))
        # Integers, truth values and numbers as text have always been numbers.
        assert np.array_equal(net.solve(x.astype({"a": int, "b": str})).outputs, net.solve(x).outputs)
        # A series of samples of one number.
        one = cg.from_sparse([[0.5]], names=["a"])
        assert one.solve(pd.DataFrame({"a": [1.0, 2], "b": "x"})).outputs.shape == (2, 1)
        with pytest.raises(cg.InvalidValueError):
            one.solve(pd.Series([1.0, 2], index=["a", "b"]))

    def test_biases_and_packs_follow_names(self, pd, net):
        W, b = self.table(pd), pd.Series([1.0, 2, 3], index=self.names)
        turned = ["c", "a", "b"]
        assert cg.from_sparse(W, bias=b[turned]).matrix()[1].tolist() == [1, 2, 3]
        for given in (W[turned], W.loc[turned], W.loc[turned, ["b", "a", "c"]]):
            assert np.array_equal(net.pack(given, b[turned]), net.params)

    def test_activations_follow_names(self, pd):
        W = self.table(pd)
        kinds = ["tanh", "relu", {"leaky-relu": 0.1}]
        expected = cg.from_sparse(W, activation=kinds).solve([-1.0, 2, -3]).outputs
        turned = pd.Series(kinds, index=self.names)[["c", "a", "b"]]
        for given in (turned, dict(turned), pd.Series(kinds), pd.Series(kinds, index=[0, 1, 2])):
            assert np.array_equal(cg.from_sparse(W, activation=given).solve([-1.0, 2, -3]).outputs, expected)
        for one in ({"leaky-relu": 0.1}, {"derivative": "tanh"}):
            for given in (pd.Series([one] * 3, index=turned.index), one):
                assert np.array_equal(
                    cg.from_sparse(W, activation=given).solve([-1.0, 2, -3]).outputs,
                    cg.from_sparse(W, activation=[one] * 3).solve([-1.0, 2, -3]).outputs,
                )
        assert cg.from_sparse([[0.5]], activation={"n.0": "relu"}).solve([-1.0]).outputs == 0
        for given in (turned[:2], dict(turned[:2]), {"a": "tanh"}):
            with pytest.raises(cg.InvalidValueError, match="activation has no label"):
                cg.from_sparse(W, activation=given)
        with pytest.raises(cg.InvalidValueError, match="label 'x', which is no neuron"):
            cg.from_sparse(W, activation={"a": "tanh", "b": "tanh", "x": "tanh"})

    def test_labels_without_a_meaning_are_positions(self, pd, net):
        x = np.array([[10.0, 20, 30]])
        for given in (pd.DataFrame(x), pd.DataFrame(x, columns=[0, 1, 2]), pd.Series(x[0])):
            assert np.array_equal(net.solve(given).outputs, net.solve(x).outputs)

    def test_other_labels_are_refused(self, pd, net):
        x = [[10.0, 20, 30]]
        for labels, said in (
            (["a", "x", "c"], "label 'x', which is no input"),
            (["a", "a", "c"], "no label 'b'"),
            ([5, 6, 7], "label '5'"),
        ):
            with pytest.raises(cg.InvalidValueError, match=said):
                net.solve(pd.DataFrame(x, columns=labels))
        with pytest.raises(cg.InvalidValueError, match="label 'x', which is no neuron"):
            cg.from_sparse(self.table(pd), bias=pd.Series([1, 2, 3], index=["a", "b", "x"]))
        with pytest.raises(cg.InvalidValueError, match="label 'x', which is no unit"):
            net.pack(self.table(pd).rename(index={"b": "x"}))

    def test_names_of_several_neurons(self, pd):
        net = cg.from_sparse(np.eye(3) * 0.5, names=["a", "a", "b"])
        x = pd.DataFrame([[1.0, 2, 3]], columns=["a", "a", "b"])
        assert np.array_equal(net.solve(x).inputs, x.to_numpy())
        with pytest.raises(cg.InvalidValueError, match="several"):
            net.solve(pd.DataFrame([[1.0, 2, 3]], columns=["a", "b", "a"]))

    def test_rows_and_columns_of_a_table(self, pd):
        W = np.arange(9.0).reshape(3, 3)
        same = cg.from_sparse(pd.DataFrame(W, index=["a", "a", "b"], columns=["a", "a", "b"]))
        assert np.array_equal(same.matrix()[0].toarray(), W)
        with pytest.raises(cg.InvalidValueError, match="several"):
            cg.from_sparse(pd.DataFrame(W, index=["a", "a", "b"], columns=["a", "b", "a"]))
        with pytest.raises(cg.InvalidValueError, match="label '1'"):
            cg.from_sparse(pd.DataFrame(W[:2, :2], index=[1, 2], columns=["1", "2"]))


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda net: cg.from_sparse(np.eye(2), inputs=[-3]), "neuron -3"),
        (lambda net: cg.from_sparse(np.eye(2), outputs=[2**40]), "neuron 1099511627776"),
        (lambda net: cg.from_sparse(np.eye(2), inputs=[2**70]), "neuron 1180591620717411303424"),
        (lambda net: cg.from_sparse(np.eye(2), activation=None), "None is no activation"),
        (lambda net: cg.from_sparse(np.eye(2), names=["a", "\ud800"]), "names has"),
        (lambda net: cg.from_sparse(np.eye(2), name="\ud800"), "name has"),
        (lambda net: cg.from_graph("\ud800"), "the graph has"),
        (lambda net: cg.from_graph({"format": "\ud800"}), "the graph has"),
        (lambda net: cg.load("\ud800"), "half a character"),
        (lambda net: net.solve([1, 2]).value_and_grad([[1, 2]], loss=None), "loss is None"),
        (lambda net: net.solve([1, 2]).report("\ud800"), "figure has"),
        (lambda net: net.solve([1, 2]).as_linear_operator(0.5), "sample is 0.5"),
        (lambda net: net.solve([1, 2]).hvp([[1, np.nan]], x=[[1, 1]]), "row 0, column 1"),
        (lambda net: cg.from_sparse(np.eye(2), outputs=[]).solve([1, 2]).vjp(np.zeros((1, 0))), "nothing to differentiate"),
        (lambda net: net.sensitivity(outputs=[5]), "no output 5"),
        (lambda net: net.sensitivity(inputs=["x"]), "no inputs are named 'x'"),
        (lambda net: net.solve([1, 2], params=0.5), "4 numbers"),
        (lambda net: setattr(net, "params", 0.5), "4 numbers"),
        (lambda net: net.simulate([0, 1], z0=0.5), "2 numbers"),
    ],
)  # fmt: skip
def test_refusals_say_what_was_given(net, call, said):
    with pytest.raises(cg.InvalidValueError, match=said):
        call(net)


def test_one_bias_of_a_file(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("source,target,weight\na,b,2\n")
    said = dict(activation="tanh", inputs="a", outputs="b")
    for bias in (0.5, "0.5", np.float32(0.5), np.array(0.5)):
        assert cg.load(path, bias=bias, **said).params.tolist() == [2, 0.5, 0.5]
    np.savetxt(tmp_path / "b.csv", [1, 2])
    assert cg.load(path, bias=tmp_path / "b.csv", **said).params.tolist() == [2, 1, 2]
    for bias in ([1, 2], np.array([1.0, 2.0]), {"a": 1}):
        with pytest.raises(cg.InvalidValueError, match="^bias is of the type .*; give one number for all neurons, or"):
            cg.load(path, bias=bias, **said)
    for bias in (np.nan, np.inf, 10**400, "nan", "1e400"):
        with pytest.raises(cg.InvalidValueError, match="bias is .*not .*finite") as caught:
            cg.load(path, bias=bias, **said)
        assert "--" not in str(caught.value)


def test_errors_of_files_speak_of_arguments(graphs, tmp_path):
    with pytest.raises(cg.InvalidValueError) as caught:
        cg.load(graphs / "xor.yaml", inputs=["a"])
    assert str(caught.value).endswith("leave out inputs") and "--" not in caught.value.advice
    path = tmp_path / "e.csv"
    path.write_text("source,target\na,b\nb,a\n")
    with pytest.raises(cg.InvalidValueError, match="give activation, inputs, outputs"):
        cg.load(path)
    options = dict(inputs=["a"], outputs=["b"])
    given, text = (
        cg.load(path, activation=kind, **options)
        for kind in ({"leaky-relu": 0.1}, "{leaky-relu: 0.1}")
    )
    np.testing.assert_array_equal(given.solve([-1.0]).outputs, text.solve([-1.0]).outputs)


def test_what_the_library_owns_is_not_copied(net, capfd):
    training = cg.train(net, [[1.0, 2.0]], [[0.1, 0.2]], epochs=1)
    for take in (copy.copy, copy.deepcopy, pickle.dumps):
        for owned in (training, net._handle):
            with pytest.raises(TypeError, match="copied or pickled"):
                take(owned)
    del training
    assert capfd.readouterr().err == ""
