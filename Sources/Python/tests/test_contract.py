"""The contract: solve, vjp and matrix, against SciPy's sparse linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spl
from conftest import random_weights

import cyclograd as cg

SLOPES = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "identity": (lambda z: z, np.ones_like),
    "logistic": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
}


def oracle(W, b, x, inputs, outputs, activation, g):
    """States by Newton's method, the adjoint by SuperLU, one sample at a time."""
    f, slope = SLOPES[activation]
    n = W.shape[0]
    eye = sp.eye_array(n, format="csc")
    answers, d_x = [], []
    d_W, d_b = np.zeros((n, n)), np.zeros(n)
    for row, right in zip(x, g):
        drive = b.copy()
        drive[inputs] += row
        z = np.zeros(n)
        for _ in range(60):
            F = z - W @ f(z) - drive
            step = spl.spsolve(sp.csc_array(eye - W @ sp.diags_array(slope(z))), F)
            z -= step
        answers.append(f(z)[outputs])
        source = np.zeros(n)
        source[outputs] = right
        D = sp.diags_array(slope(z))
        d = spl.spsolve(sp.csc_array(eye - D @ W.T), D @ source)
        d_W += np.outer(d, f(z))
        d_b += d
        d_x.append(d[inputs])
    return np.array(answers), d_W * (W.toarray() != 0), d_b, np.array(d_x)


@pytest.mark.parametrize("activation", list(SLOPES))
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("backend", ["automatic", "direct", "edge-list"])
def test_solve_and_vjp_agree_with_scipy(rng, activation, index, backend):
    n = 40
    W = random_weights(rng, n, 0.1, 0.8)
    W.indices, W.indptr = W.indices.astype(index), W.indptr.astype(index)
    b = rng.standard_normal(n) * 0.3
    inputs, outputs = [3, 0, 7], [39, 1]
    net = cg.from_sparse(
        W, bias=b, activation=activation, inputs=inputs, outputs=outputs, backend=backend, tol=1e-13
    )
    X, g = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    eq = net.solve(X)
    assert eq.success.all() and set(eq.status) == {"converged"}
    d_params, d_x = eq.vjp(g)
    dW, db = net.matrix(d_params)
    expected = oracle(W, b, X, inputs, outputs, activation, g)
    for found, exact in zip((eq.outputs, dW.toarray(), db, d_x), expected):
        np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-10)


def test_matrix_and_pack_are_inverse(rng):
    W = random_weights(rng, 30, 0.2, 0.5)
    b = rng.standard_normal(30)
    net = cg.from_sparse(W, bias=b)
    W2, b2 = net.matrix()
    assert (W2 != W).nnz == 0
    np.testing.assert_array_equal(b2, b)
    np.testing.assert_array_equal(net.pack(W2 * 2, b), net.pack(W * 2, b))
    net.params = net.pack(W * 0.5)
    assert (net.matrix()[0] != W * 0.5).nnz == 0
    with pytest.raises(cg.InvalidValueError, match="no edge"):
        net.pack(np.ones((30, 30)))


def test_jvp_is_the_transpose_of_vjp(rng):
    net = cg.from_sparse(random_weights(rng, 50, 0.1, 0.8), inputs=range(4), outputs=range(46, 50))
    eq = net.solve(rng.standard_normal((3, 4)))
    g, u = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    p = rng.standard_normal(net.n_params)
    d_params, d_x = eq.vjp(g)
    assert np.sum(g * eq.jvp(x=u)) == pytest.approx(np.sum(d_x * u), rel=1e-9)
    assert np.sum(g * eq.jvp(params=p)) == pytest.approx(d_params @ p, rel=1e-9)
    J = eq.jacobian()
    np.testing.assert_allclose(np.einsum("soi,si->so", J, u), eq.jvp(x=u), atol=1e-11)


def test_hvp_is_the_change_of_vjp(rng):
    net = cg.from_sparse(
        random_weights(rng, 30, 0.1, 0.8), inputs=range(4), outputs=range(26, 30), tol=1e-14
    )
    X, p = rng.standard_normal((3, 4)), net.params
    eq = net.solve(X)
    g, u, q = rng.standard_normal((3, 4)), rng.standard_normal((3, 4)), rng.standard_normal(len(p))
    h = 1e-5
    for x_way, p_way in [(u, None), (None, q), (u, q)]:
        found = eq.hvp(g, x=x_way, params=p_way)
        dx = 0 if x_way is None else h * x_way
        dp = 0 if p_way is None else h * p_way
        up, down = (net.solve(X + s * dx, p + s * dp).vjp(g) for s in (1, -1))
        for exact, above, below in zip(found, up, down):
            np.testing.assert_allclose(exact, (above - below) / (2 * h), atol=1e-6)
    nothing = eq.hvp(g)
    assert not nothing[0].any() and not nothing[1].any()
    with pytest.raises(cg.InvalidValueError):
        eq.hvp(g[:2], x=u)


def test_linear_operator_is_the_inverse(rng):
    W = random_weights(rng, 30, 0.2, 0.8)
    net = cg.from_sparse(W, bias=rng.standard_normal(30), tol=1e-13)
    eq = net.solve(rng.standard_normal((2, 30)))
    D = np.diag(1 - np.tanh(eq.states[1]) ** 2)
    exact = np.linalg.inv(np.eye(30) - D @ W.T.toarray())
    np.testing.assert_allclose(eq.as_linear_operator(1) @ np.eye(30), exact, atol=1e-9)
    with pytest.raises(cg.InvalidValueError):
        eq.as_linear_operator(2)


def test_transposed_operator(rng):
    net = cg.from_sparse(random_weights(rng, 15, 0.3, 0.9), bias=rng.standard_normal(15), tol=1e-13)
    eq = net.solve(rng.standard_normal((2, 15)))
    inverse = eq.as_linear_operator(1)
    D = np.diag(1 - eq.activations[1] ** 2)
    W = net.matrix()[0].toarray()
    v = rng.standard_normal(15)
    assert np.allclose(inverse.T @ v, np.linalg.solve(np.eye(15) - W @ D, v), atol=1e-9)
    u = rng.standard_normal(15)
    assert np.isclose(u @ (inverse @ v), v @ (inverse.T @ u), atol=1e-9)


def test_value_and_grad_fits_minimize(rng):
    from scipy.optimize import check_grad, minimize

    net = cg.from_sparse(random_weights(rng, 12, 0.3, 0.5), inputs=[0, 1], outputs=[11], tol=1e-13)
    x, y = rng.standard_normal((6, 2)), rng.standard_normal((6, 1)) * 0.3

    def value(p):
        return net.value_and_grad(p, x, y)[0]

    def grad(p):
        return net.value_and_grad(p, x, y)[1]

    assert check_grad(value, grad, net.params) < 1e-6
    result = minimize(net.value_and_grad, net.params, args=(x, y), jac=True, options={"maxiter": 20})
    assert result.fun < value(net.params)


def test_update_computes_what_changes(rng):
    net = cg.from_sparse(random_weights(rng, 60, 0.1, 0.5), inputs=range(3), outputs=range(57, 60))
    X = rng.standard_normal((4, 3))
    eq = net.solve(X)
    before = eq.outputs.copy()
    X[2, 1] += 0.5
    np.testing.assert_allclose(eq.update(x=X).outputs, net.solve(X).outputs, atol=1e-8)
    p = net.params * 0.9
    np.testing.assert_allclose(eq.update(params=p).outputs, net.solve(eq.inputs, p).outputs, atol=1e-8)
    np.testing.assert_array_equal(eq.outputs, before)


def test_failures_are_rows_of_nan_with_a_status():
    net = cg.from_sparse([[1.0]], bias=[1.0], activation="softplus")
    eq = net.solve([[0.0]])
    assert not eq.success[0] and np.isnan(eq.outputs).all() and eq.status[0] != "converged"
    assert eq.message[0]
    with pytest.raises(cg.NotConvergedError):
        eq.vjp([[1.0]])
    with pytest.raises(cg.NotConvergedError, match="row"):
        net.solve([[0.0]], throw=True)
    with pytest.raises(ArithmeticError):
        net.value_and_grad(net.params, [[0.0]], [[0.0]])


def test_files_give_what_the_command_gives(graphs):
    net = cg.load(graphs / "feedback.yaml")
    assert (net.n_neurons, net.n_edges) == (20, 226)
    assert net.input_names == ["x.0", "x.1", "x.2", "x.3"]
    assert net.solve(np.ones((2, 4))).success.all()


def test_built_graphs_are_those_of_files(graphs):
    bias = {"uniform": [-0.1, 0.1]}
    weight = {"normal": 0.6, "scaled": "fan-in"}
    parts = [
        cg.group("x", np.int64(4), role="input", bias={"value": 0, "trainable": False}),
        cg.group("h1", 8, activation="tanh", bias=bias),
        cg.group("h2", 6, activation="tanh", bias=bias),
        cg.group("y", 2, role="output", activation="identity"),
        cg.connection("x", "h1"),
        cg.connection("h1", "h1", self=False, weight=weight),
        cg.connection("h1", "h2", weight=weight),
        cg.connection("h2", "h2", self=False, weight=weight),
        cg.connection("h2", "h1", weight=weight),
        cg.connection("h2", "y"),
    ]
    built = cg.from_graph(cg.graph(*parts, name="two layers with feedback", seed=1))
    loaded = cg.load(graphs / "feedback.yaml")
    assert built.names == loaded.names
    np.testing.assert_array_equal(built.params, loaded.params)
    np.testing.assert_array_equal(built.frozen, loaded.frozen)
    with pytest.raises(cg.CyclogradError, match="sise"):
        cg.from_graph(cg.graph(cg.group("x", sise=4)))
    with pytest.raises(TypeError):
        cg.from_graph(cg.graph(cg.group("x", object())))
