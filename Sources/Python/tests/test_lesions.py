"""Cuts through the edges that leave neurons: the same as those of the command, and as the equations say."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pytest
from conftest import random_weights

import cyclograd as cg


def command_says(tmp_path, net, x, names):
    command = os.environ.get("CYCLOGRAD_COMMAND")
    if not command:
        pytest.skip("no command")
    net.save(tmp_path / "net.yaml")
    np.savetxt(tmp_path / "x.csv", x, delimiter=",", fmt="%.17g")
    run = subprocess.run(
        [command, "solve", "net.yaml", "--input", "x.csv", "--lesion", ",".join(names), "--json"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode in (0, 2), run.stderr
    return json.loads(run.stdout)["cuts"]


def assert_as_the_command(tmp_path, net, x, names):
    found = net.lesions(x, names)
    cuts = command_says(tmp_path, net, x, names)
    assert [cut["cut"] for cut in cuts] == list(np.repeat(found.cuts, len(x)))
    assert [cut["equilibrium"] for cut in cuts] == found.relation.ravel().tolist()
    expected = np.array([[np.nan if v is None else v for v in cut["changes"]] for cut in cuts], float)
    assert np.array_equal(found.changes.reshape(expected.shape), expected, equal_nan=True)
    assert found.residual.ravel().tolist() == [cut["residual"] for cut in cuts]
    return found


@pytest.mark.parametrize("gain", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("seed", range(4))
def test_as_the_command(tmp_path, seed, gain):
    rng = np.random.default_rng(seed)
    names = [f"n {k}" for k in range(12)]
    net = cg.from_sparse(
        random_weights(rng, 12, 0.3, gain), bias=rng.normal(size=12), names=names, inputs=names[:3], outputs=names[6:]
    )
    x = rng.normal(size=(8, 3))
    x = x[net.solve(x).success][:3]
    if len(x):
        assert_as_the_command(tmp_path, net, x, names)


def test_equilibria_that_vanish_are_told(tmp_path):
    # Without the first neuron the second one's upper state is gone.
    net = cg.from_sparse([[0, 0], [3, 2.0]], bias=[2, -1.5], names=["a", "b"], inputs=["a"])
    found = assert_as_the_command(tmp_path, net, np.array([[0.0], [0.1]]), ["a", "b"])
    assert found.relation.tolist() == [["another"] * 2, ["continued"] * 2]
    # Without it nothing holds the second one.
    net = cg.from_sparse([[0, 0], [-2, 1.0]], bias=[2, 0.5], names=["a", "b"], activation="softplus", inputs=["a"])
    found = assert_as_the_command(tmp_path, net, np.array([[0.0]]), ["a", "b"])
    assert found.relation.tolist() == [["none"], ["continued"]] and np.isnan(found.outputs[0]).any()


def test_joint_cuts_are_the_equations(rng):
    W = random_weights(rng, 10, 0.4, 0.6)
    net = cg.from_sparse(W, bias=0.3, inputs=[0, 1])
    x = rng.normal(size=(3, 2))
    found = net.lesions(x, [[2, 5], 7, ["n.3", 4, 3], []])
    assert found.cuts == ["n.2, n.5", "n.7", "n.3, n.4, n.3", ""]
    for outputs, gone in zip(found.outputs, ([2, 5], [7], [3, 4], [])):
        cut = W.toarray()
        cut[:, gone] = 0
        np.testing.assert_allclose(outputs, net.solve(x, net.pack(cut)).outputs, atol=1e-8)
    assert np.array_equal(found.intact, net.solve(x).outputs)
    assert np.array_equal(found.changes, found.outputs - found.intact)


def test_which_neurons(rng):
    net = cg.from_sparse(random_weights(rng, 5, 0.5, 0.5), names=list("abcde"), inputs=[])
    everything = net.lesions()
    assert everything.cuts == list("abcde") and everything.outputs.shape == (5, 1, 5)
    for which, expected in (
        ("b", "b"), (-1, "e"), (slice(0, 4, 2), "ac"), ([False, True, True, False, False], "bc"), (["d", 0], "da"),
        (np.array([1, 2]), "bc"), ([], ""),
    ):  # fmt: skip
        assert net.lesions(which=which).cuts == list(expected)
    for wrong in (["x"], [7], [["a", "x"]], 1.5):
        with pytest.raises(cg.InvalidValueError):
            net.lesions(which=wrong)
    params = net.params * 0.5
    assert np.array_equal(net.lesions(params=params).intact, net.solve(params=params).outputs)


def test_what_cannot_be_cut():
    tied = cg.from_graph(
        "format: cyclograd/1\ngroups:\n  - {name: x, size: 1, role: input}\n"
        "  - {name: h, size: 2, activation: tanh, role: output}\nconnections:\n"
        "  - {from: x, to: h, weight: 0.5}\n  - {from: h, to: h, weight: {single: 0.3}}\n"
    )
    assert tied.lesions([1.0], ["x.0"]).cuts == ["x.0"]
    with pytest.raises(cg.InvalidValueError, match="the cut h.0 goes through an edge whose weight 4 edges have in common"):
        tied.lesions([1.0], ["h.0"])
    with pytest.raises(cg.NotConvergedError):
        cg.from_sparse([[2.0]], activation="softplus").lesions([1.0])
