"""The example in C is built, runs, and says what Python says."""

from __future__ import annotations

import os
import shutil
import subprocess

import numpy as np
import pytest
from conftest import ROOT

import cyclograd as cg
from cyclograd import _native


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_the_example_in_c(tmp_path):
    library = os.path.realpath(_native.lib._name)
    folder = os.path.dirname(library)
    subprocess.run(
        ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", ROOT / "Sources/Examples/FromC/main.c",
         "-I", ROOT / "Sources/CCyclogradABI", library, f"-Wl,-rpath,{folder}", "-o", tmp_path / "ring"],
        check=True,
    )  # fmt: skip
    run = subprocess.run([tmp_path / "ring"], capture_output=True, text=True, check=True)
    W = [[0, 0, 0.5], [-0.75, 0.25, 0], [0, 1.5, 0]]
    net = cg.from_sparse(W, bias=[0.1, 0.2, -0.3], inputs=[0], outputs=[2], tol=1e-12)
    eq = net.solve([[0.0], [0.5], [1.0]])
    _, d_x = eq.vjp(np.ones((3, 1)))
    rows = [line.split() for line in run.stdout.splitlines()]
    assert [row[1] for row in rows] == ["converged"] * 3
    for row, y, d in zip(rows, eq.outputs[:, 0], d_x[:, 0]):
        assert (float(row[2]), float(row[3])) == (pytest.approx(y, abs=1e-6), pytest.approx(d, abs=1e-6))
