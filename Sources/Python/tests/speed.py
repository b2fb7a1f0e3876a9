"""A race with torchdeq: `python speed.py`, with a release build of the library, torch and torchdeq.

The layers solve the same equations to the same accuracy, in float64, on one thread, forward and backward, in turn;
times are medians. What calls cost beside those from Swift is measured by `cyclograd-bench --families python`.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import scipy.sparse as sp
import torch
from torchdeq import get_deq

import cyclograd as cg
from cyclograd.torch import EquilibriumLayer


def medians(*bodies, repeat=7):
    """The median seconds of each, run in turn; the first round does not count."""
    times = [[] for _ in bodies]
    for number in range(repeat + 1):
        for body, found in zip(bodies, times):
            start = time.perf_counter()
            body()
            if number:
                found.append(time.perf_counter() - start)
    return [statistics.median(found) for found in times]


def race(name, W, batch, sparse):
    n = W.shape[0]
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.standard_normal((batch, n)))
    g = torch.from_numpy(rng.standard_normal((batch, n)))
    layer = EquilibriumLayer(cg.from_sparse(W, tol=1e-11), torch.float64)
    a = x.clone().requires_grad_()

    def ours():
        a.grad = layer.weight.grad = None
        y = layer(a)
        y.backward(g)
        return y.detach(), a.grad, layer.weight.grad, layer.bias.grad

    if sparse:
        W_t = torch.sparse_csr_tensor(W.indptr, W.indices, W.data, W.shape, dtype=torch.float64)
        W_p = W_t.requires_grad_()
    else:
        W_p = torch.from_numpy(W.toarray()).requires_grad_()
    deq = get_deq(f_solver="anderson", b_solver="anderson", f_tol=1e-11, b_tol=1e-11,
                  f_max_iter=200, b_max_iter=200, ift=True)  # fmt: skip
    b = x.clone().requires_grad_()

    def theirs():
        b.grad = W_p.grad = None

        def f(y):
            product = (W_p @ y.T).T if sparse else y @ W_p.T
            return torch.tanh(product + b)

        out, _ = deq(f, torch.zeros_like(b))
        y = out[-1]
        y.backward(g)
        return y.detach(), b.grad, W_p.grad

    y1, d1, *parts = ours()
    y2, d2, dW2 = theirs()
    dW1 = layer.network.matrix(np.concatenate(parts))[0]
    entries = dW1.nonzero()
    dW2 = dW2.values().numpy() if dW2.layout == torch.sparse_csr else dW2.numpy()[W.nonzero()]
    assert dW1.nnz == W.nnz == dW2.size and (np.stack(entries) == np.stack(W.nonzero())).all()
    pairs = [(y1, y2), (d1, d2), (torch.from_numpy(dW1.data), torch.from_numpy(dW2))]
    difference = max(
        float((one - other).abs().max() / max(1.0, other.abs().max())) for one, other in pairs
    )
    t1, t2 = medians(ours, theirs)
    print(f"{name}: {t1 * 1e3:.1f} ms, torchdeq {t2 * 1e3:.1f} ms, {t2 / t1:.1f} times; "
          f"difference {difference:.1e}")  # fmt: skip


def main():
    torch.set_num_threads(1)
    rng = np.random.default_rng(2)
    dense = sp.csr_array(rng.standard_normal((256, 256)) * 0.5 / 16)
    race("dense, 256 units, batch 64", dense, 64, sparse=False)
    W = sp.random_array((10_000, 10_000), density=1e-3, rng=rng, data_sampler=rng.standard_normal)
    race("sparse, 100,000 edges, batch 64", sp.csr_array(W * 0.15), 64, sparse=True)


if __name__ == "__main__":
    main()
