"""Proofs, comparisons, reports and trainings."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import random_weights

import cyclograd as cg


@pytest.fixture
def net(rng):
    return cg.from_sparse(random_weights(rng, 15, 0.3, 0.4), inputs=[0, 1], outputs=[14])


def test_certificates_hold(net, rng):
    eq = net.solve(rng.standard_normal((3, 2)))
    proofs = eq.certify()
    assert [proof["proved"] for proof in proofs] == [True] * 3
    exact = net.with_options(tol=1e-15, backend="direct").solve(eq.inputs).outputs
    for row, proof in enumerate(proofs):
        assert abs(eq.outputs[row, 0] - exact[row, 0]) <= proof["output_errors"][0] + 1e-15


def test_check_says_what_is_proved(net):
    assert net.check()["well_posed"] is True
    assert net.check(net.params * 100)["well_posed"] is False


def test_compare(net, rng):
    found = net.compare(rng.standard_normal((2, 2)), np.zeros(2), backends=["automatic", "direct"])
    assert found["reference"] == "direct"
    assert [row["status"] for row in found["backends"]] == ["converged"] * 2


def test_reports(net):
    assert net.report().startswith("<!DOCTYPE html>")
    assert net.report("sparsity-condensation").startswith("<svg")
    assert "data:image/svg+xml;base64," in net._repr_html_()
    with pytest.raises(cg.InvalidValueError, match="no figure"):
        net.report("portrait")


def test_training_is_an_iterator_that_sets_parameters(net, rng):
    x = rng.standard_normal((32, 2))
    y = 0.4 * x[:, :1]
    before = net.value_and_grad(None, x, y)[0]
    training = cg.train(net, x, y, epochs=20, rate=0.02, batch=8, validation=(x[:4], y[:4]), seed=3)
    first = next(training)
    assert first["event"] == "step"
    kinds = {event["event"] for event in training}
    assert kinds == {"step", "epoch", "validation"}
    assert len(training.history["step"]["loss"]) == 80
    np.testing.assert_array_equal(net.params, training.params)
    assert net.value_and_grad(None, x, y)[0] < 0.5 * before


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adamm"},
        {"batch": 0},
        {"colour": 1},
        {"loss": "msee"},
        {"stages": [{"train": {"epochs": 2}}]},
        {"class_weights": [1, 2]},
        {"task": "classifier"},
        {"select": "mse"},
        {"metrics": ["mse"]},
        {"sizes": {"h": 3}},
        {"graph_seed": 1},
        {"parameters": "p.safetensors"},
        {"normalise": [{"share": "w"}]},
    ],
)
def test_settings_are_checked(net, settings):
    with pytest.raises(cg.CyclogradError):
        cg.train(net, np.ones((4, 2)), np.ones((4, 1)), epochs=1, **settings)


def test_settings_that_belong_elsewhere(net):
    x, y = np.ones((4, 2)), np.ones((4, 1))
    for name in ("test", "tests", "max_iterations"):
        with pytest.raises(TypeError, match="belongs"):
            cg.train(net, x, y, epochs=1, **{name: {}})
    for given in ({"metrics": ["mse"]}, {"select": "mse"}):
        with pytest.raises(cg.InvalidValueError, match="not for samples in memory"):
            cg.train(net, x, y, epochs=1, validation=(x, y), **given)


def test_parameters_follow_every_event(net, rng):
    x = rng.standard_normal((8, 2))
    training = cg.train(net, x, 0.4 * x[:, :1], epochs=3, batch=4, validation=(x[:2], x[:2, :1]))
    for _ in training:
        np.testing.assert_array_equal(net.params, training.params)
    kept = net.params * 2
    net.params = kept
    assert next(training, None) is None
    np.testing.assert_array_equal(net.params, kept)


def test_sensitivities_by_name(rng):
    W = random_weights(rng, 6, 0.5, 0.4)
    net = cg.from_sparse(W, names=list("abcdef"), inputs=["b", "a"], outputs=["e", "f"])
    found = net.sensitivity(outputs=["f"], inputs=["a"], matrix=True)
    np.testing.assert_array_equal(found.matrix, net.sensitivity(outputs=[1], inputs=[-1], matrix=True).matrix)
    assert found.proved and not net.sensitivity(norms=[]).proved
