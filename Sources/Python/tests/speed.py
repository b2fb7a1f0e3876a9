"""What calls cost, and a race with torchdeq: `python speed.py`, with a release build of the library.

Times are medians. The layers solve the same equations to the same accuracy, in float64, on the same threads.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import scipy.sparse as sp

import cyclograd as cg


def median(body, repeat=9):
    body()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def overhead():
    """A solve of a network so small that the call is what it costs."""
    net = cg.from_sparse([[0.5]], bias=[0.1], activation="identity")
    x = np.zeros((1, 1))

    def many():
        for _ in range(1000):
            net.solve(x)

    print(f"a call to solve for one neuron: {median(many, 5) * 1e3:.1f} µs")


def compile_time(edges=10_000_000, n=1_000_000):
    rng = np.random.default_rng(0)
    columns = rng.integers(0, n, edges).astype(np.int32).reshape(n, -1)
    columns.sort(axis=1)
    starts = np.arange(0, edges + 1, edges // n, dtype=np.int32)
    W = sp.csr_array((rng.normal(size=edges) * 0.1, columns.ravel(), starts), shape=(n, n))
    W.sum_duplicates()
    seconds = median(lambda: cg.from_sparse(W, inputs=[0], outputs=[1]), 3)
    print(f"from_sparse of {W.nnz:,} edges: {seconds:.2f} s")


def race(name, W, batch, sparse):
    import torch
    from torchdeq import get_deq

    from cyclograd.torch import EquilibriumLayer

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
        return y.detach(), a.grad.clone()

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
        return y.detach(), b.grad.clone()

    (y1, d1), (y2, d2) = ours(), theirs()
    difference = max(float((y1 - y2).abs().max()), float((d1 - d2).abs().max()))
    t1, t2 = median(ours, 5), median(theirs, 5)
    print(f"{name}: {t1 * 1e3:.1f} ms, torchdeq {t2 * 1e3:.1f} ms, {t2 / t1:.1f} times; "
          f"difference {difference:.1e}")  # fmt: skip


def main():
    overhead()
    if "--short" not in sys.argv:
        compile_time()
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
    rng = np.random.default_rng(2)
    dense = sp.csr_array(rng.standard_normal((256, 256)) * 0.5 / 16)
    race("dense, 256 units, batch 64", dense, 64, sparse=False)
    W = sp.random_array((10_000, 10_000), density=1e-3, rng=rng, data_sampler=rng.standard_normal)
    race("sparse, 100,000 edges, batch 64", sp.csr_array(W * 0.15), 64, sparse=True)


if __name__ == "__main__":
    main()
