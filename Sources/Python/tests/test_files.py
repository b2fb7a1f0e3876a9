"""Networks and parameters that are written are read again, by the package and by the command."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest

import cyclograd as cg

FACTORS = """
format: cyclograd/1
groups:
  - {name: x, size: 1, role: input}
  - {name: h, size: 2, activation: tanh, role: output, bias: {single: 0.2, share: b}}
  - {name: y, size: 1, activation: tanh, role: output, bias: {single: 0.2, share: {name: b, factor: 3}}}
connections:
  - {from: x, to: h, weight: {single: 0.5, share: s}}
  - {from: h, to: h, weight: {single: 0.5, share: {name: s, factor: -3}}}
  - {from: h, to: y, weight: 0.7}
"""


def random_network(seed: int) -> cg.Network:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 8))
    W = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.6) * 0.4
    return cg.from_sparse(W, bias=rng.normal(size=n), inputs=[0], outputs=[n - 1], names=[f"n {i}" for i in range(n)])


def test_matrices_are_what_the_solver_computes_with() -> None:
    net = cg.from_graph(FACTORS)
    eq = net.solve([[0.3]])
    W, b = net.matrix()
    a = eq.activations[0]
    drive = np.zeros(net.n_units)
    drive[0] = 0.3
    assert eq.states[0] == pytest.approx(W @ a + b + drive, abs=1e-9)
    assert W.toarray()[1, 1] == -1.5 and b[-1] == pytest.approx(0.6)


def test_matrices_with_factors_become_parameters_again() -> None:
    net = cg.from_graph(FACTORS)
    params = net.params * 1.1
    W, b = net.matrix(params)
    assert net.pack(W, b) == pytest.approx(params, rel=1e-15)
    wrong = W.copy()
    wrong.data[0] += 0.1
    with pytest.raises(cg.InvalidValueError, match="share a parameter"):
        net.pack(wrong)


def test_derivatives_stand_as_they_are() -> None:
    net = cg.from_graph(FACTORS)
    derivatives = np.arange(1.0, net.n_params + 1)
    dW, db = net.matrix(derivatives, derivatives=True)
    _, _, weights, biases = net.layout()
    assert dW.data.tolist() == derivatives[weights].tolist()
    assert db.tolist() == derivatives[biases].tolist()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["net.yaml", "net.json"])
def test_networks_come_back(tmp_path: Path, seed: int, name: str) -> None:
    net = random_network(seed)
    net.params = net.params + 0.125
    net.save(tmp_path / name)
    other = cg.load(tmp_path / name)
    assert other.names == net.names
    assert other.solve([[0.4]]).outputs.tolist() == net.solve([[0.4]]).outputs.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_parameters_come_back(tmp_path: Path, seed: int) -> None:
    net = random_network(seed)
    path = tmp_path / "p.safetensors"
    values = np.random.default_rng(seed).normal(size=net.n_params)
    assert net.save(path, values) == []
    net.load_params(path)
    assert net.params.tolist() == values.tolist()
    with pytest.raises(cg.CyclogradError):
        random_network(seed + 10).load_params(path)


def test_the_command_takes_what_was_trained_here(tmp_path: Path) -> None:
    command = os.environ.get("CYCLOGRAD_COMMAND")
    if not command:
        pytest.skip("no command")
    net = random_network(1)
    net.save(tmp_path / "net.yaml")
    net.params = net.params * 0.5
    net.save(tmp_path / "p.safetensors")
    (tmp_path / "x.csv").write_text("0.4\n")
    found = subprocess.run(
        [command, "solve", "net.yaml", "--parameters", "p.safetensors", "--input", "x.csv", "--json"],
        cwd=tmp_path, capture_output=True, check=True, text=True,
    )  # fmt: skip
    numbers = json.loads(found.stdout)["outputs"][0]
    assert np.ravel(list(numbers.values()) if isinstance(numbers, dict) else numbers).tolist() == net.solve([[0.4]]).outputs[0].tolist()


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    assert random_network(2).save(tmp_path / "w.mtx")
    with pytest.raises(cg.CyclogradError):
        random_network(2).save(tmp_path / "w.unknown")
    with pytest.raises(cg.CyclogradError):
        random_network(2).save(tmp_path / "missing" / "net.yaml")


def test_classes_keep_their_words(tmp_path: Path) -> None:
    command = os.environ.get("CYCLOGRAD_COMMAND")
    if not command:
        pytest.skip("no command")
    (tmp_path / "d.csv").write_text("a,kind\n1,no\n-1,yes\n0.5,no\n-2,yes\n")
    (tmp_path / "net.yaml").write_text(
        "format: cyclograd/1\ngroups:\n  - {name: x, size: 1, role: input}\n"
        "  - {name: y, size: 2, role: output, activation: identity}\nconnections:\n  - {from: x, to: y}\n"
    )
    (tmp_path / "t.yaml").write_text(
        "format: cyclograd-training/1\ngraph: net.yaml\ntask: classifier\nloss: softmax-cross-entropy\n"
        "data: {file: d.csv, inputs: a, labels: {column: kind, classes: ['yes', 'no']}}\n"
        "optimizer: sgd\nrate: 0.1\nepochs: 1\n"
    )
    subprocess.run([command, "train", "t.yaml", "--quiet"], cwd=tmp_path, check=True, capture_output=True)
    net = cg.load(tmp_path / "net.yaml")
    assert net.classes is None
    # Nothing was done with the columns, so there is nothing to warn of.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.load_params(tmp_path / "t-trained.safetensors")
    assert net.classes == ["yes", "no"] and net.preparation is None
    for number, other in enumerate((net, net.with_options(tol=1e-8), copy.deepcopy(net), pickle.loads(pickle.dumps(net)))):
        assert other.classes == ["yes", "no"]
        other.save(tmp_path / f"{number}.safetensors")
        assert cg.load(tmp_path / "net.yaml", parameters=tmp_path / f"{number}.safetensors").classes == ["yes", "no"]


def test_samples_are_prepared_as_in_the_training(tmp_path: Path) -> None:
    command = os.environ.get("CYCLOGRAD_COMMAND")
    if not command:
        pytest.skip("no command")
    rng = np.random.default_rng(3)
    x = rng.normal([5, -200], [3, 40], (20, 2))
    np.savetxt(tmp_path / "d.csv", np.c_[x, x @ [0.1, 0.01]], delimiter=",", header="a,b,t", comments="")
    np.savetxt(tmp_path / "x.csv", x, delimiter=",", header="a,b", comments="", fmt="%.17g")
    (tmp_path / "net.yaml").write_text(
        "format: cyclograd/1\ngroups:\n  - {name: x, size: 2, role: input}\n"
        "  - {name: y, size: 1, role: output, activation: tanh}\nconnections:\n"
        "  - {from: x, to: y}\n  - {from: y, to: y, weight: 0.3}\n"
    )
    (tmp_path / "t.yaml").write_text(
        "format: cyclograd-training/1\ngraph: net.yaml\n"
        "data: {file: d.csv, inputs: 'a,b', targets: t, steps: [{scale: standardise}]}\n"
        "optimizer: sgd\nrate: 0.1\nepochs: 2\n"
    )

    def run(*arguments: str) -> str:
        return subprocess.run(
            [command, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    run("train", "t.yaml", "--quiet")
    given = ["net.yaml", "--input", "x.csv", "--parameters"]
    expected = run("solve", *given, "t-trained.safetensors")
    net = cg.load(tmp_path / "net.yaml")
    assert net.preparation is None and net.prepare(x).tolist() == x.tolist()
    with pytest.warns(UserWarning, match="prepare"):
        net.load_params(tmp_path / "t-trained.safetensors")
    numbers = [float(word) for word in expected.split()[1:]]
    assert net.solve(net.prepare(x)).outputs.ravel().tolist() == numbers
    # The file beside the network says it as well.
    with pytest.warns(UserWarning, match="prepare") as caught:
        beside = cg.load(tmp_path / "net.yaml", parameters=tmp_path / "t-trained.safetensors")
    assert [warning.filename for warning in caught] == [__file__]
    assert beside.preparation == net.preparation
    assert beside.solve(beside.prepare(x)).outputs.ravel().tolist() == numbers
    # What is written says it, too, and copies know it.
    for other in (net, beside, copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        other.save(tmp_path / "again.safetensors")
        assert run("solve", *given, "again.safetensors") == expected
        assert any("scaled" in remark for remark in other.save(tmp_path / "again.yaml"))


def test_windows_of_a_series(tmp_path: Path) -> None:
    command = os.environ.get("CYCLOGRAD_COMMAND")
    if not command:
        pytest.skip("no command")
    rng = np.random.default_rng(5)
    series = rng.normal([5, -200], [3, 40], (30, 2))
    np.savetxt(tmp_path / "s.csv", series, delimiter=",", header="a,b", comments="", fmt="%.17g")
    (tmp_path / "net.yaml").write_text(
        "format: cyclograd/1\ngroups:\n  - {name: x, size: 6, role: input}\n"
        "  - {name: y, size: 1, role: output, activation: tanh}\nconnections:\n"
        "  - {from: x, to: y}\n  - {from: y, to: y, weight: 0.3}\n"
    )
    (tmp_path / "t.yaml").write_text(
        "format: cyclograd-training/1\ngraph: net.yaml\n"
        "data: {file: s.csv, inputs: 'a,b', targets: a, windows: {length: 3, stride: 2},\n"
        "  steps: [{scale: standardise}]}\noptimizer: sgd\nrate: 0.1\nepochs: 2\n"
    )

    def run(*arguments: str) -> str:
        return subprocess.run(
            [command, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    run("train", "t.yaml", "--quiet")
    expected = run("solve", "net.yaml", "--input", "s.csv", "--parameters", "t-trained.safetensors")
    with pytest.warns(UserWarning, match="windows"):
        net = cg.load(tmp_path / "net.yaml", parameters=tmp_path / "t-trained.safetensors")
    windows = np.stack([series[start : start + 3].ravel() for start in range(0, 28, 2)])
    numbers = [float(word) for word in expected.split()[1:]]
    for samples in (series, windows, windows.reshape(-1, 3, 2)):
        assert net.solve(net.prepare(samples)).outputs.ravel().tolist() == numbers
    assert net.preparation is not None and net.preparation["windows"]["length"] == 3
    for bad in (series[:2], np.zeros((4, 5))):
        with pytest.raises(cg.InvalidValueError):
            net.prepare(bad)


def test_table_of_neurons(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("pre,post,weight\nA,B,0.5\nB,A,0.25\nB,C,2\n")
    table = tmp_path / "n.csv"
    table.write_text("name,type,activation,bias,input,output\nC,m,identity,1,,0\nA,s,identity,0,0,\nB,i,tanh,0,,\n")
    net = cg.load(tmp_path / "e.csv", neurons=table)
    x = 0.3
    b = 0.0
    for _ in range(200):
        b = np.tanh(0.5 * (x + 0.25 * b))
    assert net.solve([[x]]).outputs[0, 0] == pytest.approx(2 * b + 1, abs=1e-9)
