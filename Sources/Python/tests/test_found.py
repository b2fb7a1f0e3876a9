"""Faults that were found from outside, each with what is right."""

import pickle

import numpy as np
import pytest

import cyclograd as cg


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
