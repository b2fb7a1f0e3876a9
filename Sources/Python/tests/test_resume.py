"""Trainings that are saved and resumed are those that were never stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cyclograd as cg

X = np.random.default_rng(0).normal(size=(12, 2))
Y = 0.3 * X[:, :1]


def begin(epochs: int, x: np.ndarray = X, y: np.ndarray = Y, **settings) -> cg.Training:
    net = cg.from_sparse(np.random.default_rng(1).normal(size=(5, 5)) * 0.3, inputs=[0, 1], outputs=[4])
    return cg.train(net, x, y, epochs=epochs, batch=5, seed=2, **settings)


@pytest.mark.parametrize("optimizer", ["adam", {"sgd": {"momentum": 0.9}}])
def test_it_ends_as_if_it_had_never_been_stopped(tmp_path: Path, optimizer: object) -> None:
    given = {"optimizer": optimizer, "validation": (X[:4], Y[:4])}
    whole = begin(3, **given)
    events = list(whole)
    for stop in range(len(events) + 1):
        first = begin(3, **given)
        for _ in range(stop):
            next(first)
        first.save(tmp_path / "t.safetensors")
        second = begin(3, **given, resume=tmp_path / "t.safetensors")
        assert second.changes == []
        assert second.params.tolist() == first.params.tolist() == second.network.params.tolist()
        assert list(second) == events[stop:]
        assert second.params.tolist() == whole.params.tolist()


def test_what_is_different_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "t.safetensors")
    begin(2, rate=0.1).run().save(path)
    later = begin(4, rate=0.05, resume=path)
    assert sorted(later.changes) == ["epochs 2 → 4", "rate 0.1 → 0.05"]
    assert [event["epoch"] for event in later if event["event"] == "epoch"] == [3, 4]


def test_what_is_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    begin(2).run().save(path)
    with pytest.raises(cg.InvalidValueError, match="training data"):
        begin(3, y=2 * Y, resume=path)
    begin(3, y=2 * Y, resume=path, restart_best=True).run()
    with pytest.raises(cg.InvalidValueError, match="samples"):
        begin(3, x=X[:9], y=Y[:9], resume=path, restart_best=True)
    with pytest.raises(cg.InvalidValueError, match="resume"):
        begin(3, restart_best=True)
    with pytest.raises(cg.FileError):
        begin(3, resume=tmp_path / "nothing")
    (tmp_path / "cut.safetensors").write_bytes(path.read_bytes()[:-9])
    with pytest.raises(cg.MalformedFileError):
        begin(3, resume=tmp_path / "cut.safetensors")
    with pytest.raises(cg.FileError):
        begin(3).save(tmp_path / "missing" / "t.safetensors")
