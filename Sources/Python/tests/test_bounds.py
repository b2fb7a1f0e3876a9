"""Bounds, sensitivities, courses in time, and how far long calls have come."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pytest
from conftest import random_weights
from scipy.integrate import solve_ivp

import cyclograd as cg

COMMAND = os.environ.get("CYCLOGRAD_COMMAND")


@pytest.fixture
def net(rng):
    return cg.from_sparse(random_weights(rng, 15, 0.3, 0.4), inputs=[0, 1], outputs=[13, 14])


def test_bounds_hold(net, rng):
    x = rng.standard_normal((3, 2))
    found = net.bound(x, [0.1, 0.2])
    assert found.status.tolist() == ["bounded"] * 3 and found.proved.all()
    for _ in range(50):
        outputs = net.solve(x + rng.uniform(-1, 1, (3, 2)) * [0.1, 0.2]).outputs
        assert (found.lower <= outputs).all() and (outputs <= found.upper).all()
    difference = net.bound(x, 0.1, functionals=[[1, -1]])
    assert difference.lower.shape == (3, 1)
    for method in ("box", "interval", "slopes", "dual"):
        single = net.bound(x, [0.1, 0.2], method=method)
        assert (single.upper >= found.upper).all() and (single.lower <= found.lower).all()


def test_margins(net, rng):
    x = rng.standard_normal((4, 2))
    classes = net.solve(x).outputs.argmax(axis=1)
    near = net.bound(x, 1e-9, margins=True)
    assert near.status.tolist() == ["certified"] * 4
    assert [row["class"] for row in near.rows] == classes.tolist()
    far = net.bound(x, 50, margins=True, attack=True, targets=classes)
    for row, before in zip(far.rows, classes):
        if row["status"] == "refuted":
            after = net.solve(row["attack"]["input"]).outputs[0]
            assert after.argmax() != before


def test_a_time_alone_allows_splits(net, rng):
    x = rng.standard_normal((1, 2))
    assert net.bound(x, 1, margins=True).status == ["open"]
    assert net.bound(x, 1, margins=True, seconds=1).rows[0]["splits"] > 0


@pytest.mark.skipif(not COMMAND, reason="needs CYCLOGRAD_COMMAND")
def test_bounds_are_those_of_the_command(graphs, tmp_path, rng):
    path = graphs / "feedback.yaml"
    net = cg.load(path)
    x = rng.standard_normal((5, net.n_inputs))
    np.save(tmp_path / "x.npy", x)
    text = subprocess.run(
        [COMMAND, "bound", path, "--input", tmp_path / "x.npy", "--radius", "0.1", "--states", "--json"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    assert net.bound(x, 0.1, states=True).rows == json.loads(text)["results"]


def test_sensitivity_is_that_of_the_comparison_matrix(rng):
    W = random_weights(rng, 12, 0.3, 0.3)
    net = cg.from_sparse(W, activation="tanh")
    S = np.linalg.inv(np.eye(12) - abs(W.toarray()))
    found = net.sensitivity(matrix=True)
    assert found.proved
    np.testing.assert_allclose(found.matrix, S, rtol=1e-9, atol=1e-12)
    for (lower, upper), order in (
        (found.infinity_norm, np.inf), (found.one_norm, 1), (found.two_norm, 2),
    ):  # fmt: skip
        norm = np.linalg.norm(S, order)
        assert lower <= norm * (1 + 1e-12) and norm <= upper * (1 + 1e-12)
    part = net.sensitivity(norms=["one"], outputs=[3], inputs=[1, 2], matrix=True)
    assert part.two_norm is None and part.matrix.shape == (1, 2)


def test_courses_are_those_of_scipy(rng):
    W = random_weights(rng, 6, 0.6, 1.5)
    b = rng.standard_normal(6)
    net = cg.from_sparse(W, bias=b, activation="tanh", tol=1e-10)
    t, x, z0 = np.linspace(0, 5, 11), rng.standard_normal(6), rng.standard_normal(6)
    course = net.simulate(t, x, z0=z0)
    expected = solve_ivp(
        lambda _, z: -z + W @ np.tanh(z) + b + x, (0, 5), z0, t_eval=t, rtol=1e-10, atol=1e-12
    ).y.T
    assert course.success
    np.testing.assert_allclose(course.states, expected, atol=1e-7)
    np.testing.assert_allclose(course.outputs, np.tanh(expected), atol=1e-7)
    # Inputs that change half-way, by implicit steps.
    steps = net.simulate(t, [x, -x], x_times=[0, 2.5], method="theta:0.5", step=0.002, z0=z0)
    np.testing.assert_allclose(steps.states[:6], expected[:6], atol=1e-4)
    assert abs(steps.states[-1] - expected[-1]).max() > 1e-2
    with pytest.raises(cg.InvalidValueError, match="rows of inputs"):
        net.simulate(t, [x, x])


def test_courses_are_differentiated(net, rng):
    W = random_weights(rng, 6, 0.5, 1.2)
    b, z0, x = rng.standard_normal(6), rng.standard_normal(6), rng.standard_normal((2, 6))
    net = cg.from_sparse(W, bias=b, activation="tanh", outputs=[1, 4], tol=1e-13)
    t, steps = np.linspace(0, 2, 5), dict(x_times=[0, 0.7], method="theta:0.5", step=0.1)
    y = rng.standard_normal((2, 2))

    def loss(params, x, z0):
        outputs = net.simulate(t, x, params, z0=z0, **steps).outputs[[3, 1]]
        return ((outputs - y) ** 2).sum() / 2 / 2

    found = net.simulate_gradient(t, x, y=y, y_times=t[[3, 1]], z0=z0, **steps)
    assert found.value == pytest.approx(loss(net.params, x, z0), rel=1e-12)
    np.testing.assert_array_equal(found.course.states, net.simulate(t, x, z0=z0, **steps).states)
    at = [net.params, x, z0]
    for place, exact in enumerate([found.d_params, found.d_x, found.d_z0]):
        direction = rng.standard_normal(exact.shape)
        ends = [[a + s * direction if k == place else a for k, a in enumerate(at)] for s in (1e-5, -1e-5)]
        difference = (loss(*ends[0]) - loss(*ends[1])) / 2e-5
        assert (exact * direction).sum() == pytest.approx(difference, rel=1e-7)
    # The same by a cotangent, of outputs and of all neurons.
    g = np.zeros((5, 2))
    g[[3, 1]] = (found.course.outputs[[3, 1]] - y) / 2
    wide = np.zeros((5, 6))
    wide[:, [1, 4]] = g
    for options in (dict(g=g), dict(g=wide, of="activations")):
        again = net.simulate_gradient(t, x, z0=z0, **options, **steps)
        np.testing.assert_allclose(again.d_params, found.d_params, atol=1e-13)
        np.testing.assert_allclose(again.d_z0, found.d_z0, atol=1e-13)


def test_gradients_of_courses_refuse_what_contradicts_itself(net):
    n = net.n_outputs
    for arguments in (
        {}, {"y": np.zeros((2, n)), "g": np.zeros((2, n))}, {"g": np.zeros((3, n))},
        {"g": np.zeros((2, n)), "loss": "linear"}, {"y": np.zeros((2, n)), "of": "activations"},
        {"g": np.zeros((2, n)), "method": "rk45"}, {"g": np.zeros((1, n)), "y_times": [0.5]},
        {"g": np.full((2, n), np.nan)}, {"g": np.zeros((2, n)), "of": "states"},
    ):  # fmt: skip
        with pytest.raises(cg.InvalidValueError):
            net.simulate_gradient([0, 1], **arguments)
    for name in ("y", "g"):
        with pytest.raises(cg.InvalidValueError, match="3 times.*y_times"):
            net.simulate_gradient([0, 1, 2], **{name: np.zeros((1, n))})


def test_an_observer_sees_progress_and_can_end_a_call(net, rng):
    seen = []
    with cg.progress(lambda what, done, total: seen.append((what, done, total))):
        net.bound(rng.standard_normal((20, 2)), 0.1)
        cg.from_sparse(random_weights(rng, 400, 0.02, 0.9)).solve(rng.standard_normal((300, 400)))
    assert ("bounding samples", 20, 20) in seen and ("samples", 300, 300) in seen
    assert all(isinstance(what, str) and done <= total for what, done, total in seen)

    def fail(what, done, total):
        raise RuntimeError("enough")

    big = cg.from_sparse(random_weights(rng, 3000, 0.01, 0.95))
    with cg.progress(fail), pytest.raises(RuntimeError, match="enough"):
        big.solve(rng.standard_normal((400, 3000)))


def test_what_has_no_meaning_is_refused(net):
    for arguments in (
        {"radius": -1}, {"radius": [1, 2, 3]}, {"radius": 0.1, "method": "lp"},
        {"radius": 0.1, "attack": True}, {"radius": 0.1, "range": (2, 1)},
        {"radius": 0.1, "margins": True, "splits": -1}, {"radius": 0.1, "margins": True, "seconds": -1},
    ):  # fmt: skip
        with pytest.raises(cg.InvalidValueError):
            net.bound([0.0, 0.0], **arguments)
    for arguments in (
        {"radius": np.nan}, {"radius": [np.inf, 1]}, {"radius": 0.1, "functionals": [[np.nan, 1]]},
    ):  # fmt: skip
        with pytest.raises(cg.InvalidValueError, match="not finite"):
            net.bound([0.0, 0.0], **arguments)
    with pytest.raises(cg.InvalidValueError, match="no norm"):
        net.sensitivity(norms=["three"])
    with pytest.raises(cg.InvalidValueError):
        net.simulate([1, 0])
