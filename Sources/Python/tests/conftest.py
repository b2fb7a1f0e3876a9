"""What several tests need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def graphs() -> Path:
    return ROOT / "graphs"


def random_weights(rng: np.random.Generator, n: int, density: float, gain: float) -> sp.csr_array:
    W = sp.random_array((n, n), density=density, rng=rng, data_sampler=rng.standard_normal)
    return sp.csr_array(W * (gain / np.sqrt(max(1.0, n * density))))
