"""Results are the command's, bit for bit, where CYCLOGRAD_COMMAND names it."""

from __future__ import annotations


import os
import subprocess

import numpy as np
import pytest
from conftest import random_weights

import cyclograd as cg

COMMAND = os.environ.get("CYCLOGRAD_COMMAND")
pytestmark = pytest.mark.skipif(not COMMAND, reason="needs CYCLOGRAD_COMMAND")


@pytest.mark.parametrize("graph", ["feedback.yaml", "islands.yaml", "xor.yaml"])
@pytest.mark.parametrize("backend", ["automatic", "direct", "edge-list"])
def test_outputs_are_equal(graphs, tmp_path, rng, graph, backend):
    net = cg.load(graphs / graph, backend=backend)
    x = rng.standard_normal((7, net.n_inputs))
    np.save(tmp_path / "x.npy", x)
    out = tmp_path / "z.npy"
    subprocess.run(
        [COMMAND, "solve", graphs / graph, "--input", tmp_path / "x.npy", "--backend", backend,
         "--save-state", out, "--output", tmp_path / "y.csv", "--quiet"],
        check=True, capture_output=True,
    )  # fmt: skip
    eq = net.solve(x)
    np.testing.assert_array_equal(np.load(out), eq.states)
    outputs = np.genfromtxt(tmp_path / "y.csv", delimiter=",", ndmin=2)
    np.testing.assert_array_equal(outputs[-7:, -net.n_outputs :], eq.outputs)


def test_a_matrix_is_the_same_network(tmp_path, rng):
    import scipy.sparse as sp

    W = random_weights(rng, 100, 0.05, 0.9)
    sp.save_npz(tmp_path / "w.npz", sp.csr_matrix(W))
    options = {"activation": "tanh", "inputs": "0..4", "outputs": "last:3"}
    loaded = cg.load(tmp_path / "w.npz", **options)
    made = cg.from_sparse(W, inputs=range(5), outputs=range(97, 100))
    x = rng.standard_normal((5, 5))
    np.testing.assert_array_equal(loaded.solve(x).states, made.solve(x).states)
