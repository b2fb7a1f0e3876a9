"""Threads, forks, Ctrl-C and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from conftest import random_weights

import cyclograd as cg


def test_eight_threads_share_a_network_bit_for_bit(rng):
    net = cg.from_sparse(random_weights(rng, 300, 0.05, 0.9), inputs=range(10), outputs=range(5))
    x = rng.standard_normal((40, 10))
    expected = net.solve(x)
    d = expected.vjp(np.ones((40, 5)))
    found: list[bool] = []

    def work():
        for _ in range(5):
            eq = net.solve(x)
            same = np.array_equal(eq.states, expected.states)
            same &= all(np.array_equal(a, b) for a, b in zip(eq.vjp(np.ones((40, 5))), d))
            found.append(same)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 40


def test_results_do_not_depend_on_the_number_of_threads(rng):
    net = cg.from_sparse(random_weights(rng, 2000, 0.01, 0.9))
    x = rng.standard_normal((9, 2000))
    expected = net.solve(x)
    np.testing.assert_array_equal(net.with_options(threads=4).solve(x).states, expected.states)


def test_others_go_on_during_a_call(rng):
    net = cg.from_sparse(random_weights(rng, 2000, 0.01, 0.95))
    x = rng.standard_normal((200, 2000))
    count, done = 0, threading.Event()

    def solve():
        net.solve(x)
        done.set()

    threading.Thread(target=solve).start()
    while not done.is_set():
        count += 1
        time.sleep(0.001)
    assert count > 5


ENDLESS = """
    import os, signal, threading, time
    import numpy as np, scipy.sparse as sp, cyclograd as cg
    rng = np.random.default_rng(1)
    W = sp.random_array((600, 600), density=0.3, rng=rng, data_sampler=rng.standard_normal)
    net = cg.from_sparse(W, activation="cos", backend=BACKEND, tol=1e-300 or 0, maxiter=1 << 40)
    x = np.ones((1, 600))
    threading.Timer(0.3, lambda: (stamps.append(time.monotonic()), os.kill(os.getpid(), signal.SIGINT))).start()
    stamps = []
    try:
        net.solve(x)
        print("ended by itself")
    except KeyboardInterrupt:
        print("interrupted", time.monotonic() - stamps[0])
    print(cg.from_sparse(W * 1e-3, tol=1e-10).solve(x).success.all())
"""


@pytest.mark.parametrize("backend", ["edge-list", "automatic"])
def test_ctrl_c_returns_at_once_and_leaves_the_session_alive(backend):
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ENDLESS).replace("BACKEND", repr(backend))],
        capture_output=True, text=True, timeout=60, env=dict(os.environ),
    )  # fmt: skip
    lines = run.stdout.split("\n")
    assert run.returncode == 0, run.stderr
    assert lines[0].startswith("interrupted"), run.stdout
    assert float(lines[0].split()[1]) < 0.2 + (0.3 if os.environ.get("CI") else 0)
    assert lines[1] == "True"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_works_with_one_thread_and_refuses_more():
    code = textwrap.dedent("""
        import os, numpy as np, scipy.sparse as sp, cyclograd as cg
        net = cg.from_sparse(sp.csr_array(np.full((3, 3), 0.2)))
        two = net.with_options(threads=2)
        two.solve(np.ones((50, 3)))
        child = os.fork()
        if child == 0:
            ok = bool(net.solve(np.ones((50, 3))).success.all())
            try:
                two.solve(np.ones((50, 3)))
                ok = False
            except cg.CyclogradError as error:
                ok = ok and error.code == "forked"
            os._exit(0 if ok else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "0", run.stderr


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_ten_thousand_networks_leave_nothing_behind(rng):
    W = random_weights(rng, 20, 0.2, 0.5)
    x, g = np.ones((2, 20)), np.ones((2, 20))

    def once():
        eq = cg.from_sparse(W).solve(x)
        eq.vjp(g)
        with pytest.raises(ValueError):
            eq.vjp(np.ones((3, 20)))
        with pytest.raises(ValueError):
            cg.from_sparse(W, activation="tnah")

    for _ in range(500):
        once()
    before = resident()
    for _ in range(10_000 if os.environ.get("CYCLOGRAD_EXHAUSTIVE") else 2_000):
        once()
    assert resident() - before < 4 << 20


def test_a_version_that_does_not_fit_is_refused(tmp_path):
    source = tmp_path / "other.c"
    source.write_text("int cg_abi_version(void) { return 999; }\n")
    library = tmp_path / "libother.so"
    compiler = os.environ.get("CC", "cc")
    try:
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    except FileNotFoundError:
        pytest.skip("needs a C compiler")
    run = subprocess.run(
        [sys.executable, "-c", "import cyclograd"], capture_output=True, text=True,
        env={**os.environ, "CYCLOGRAD_LIBRARY": str(library)},
    )  # fmt: skip
    assert "version 999" in run.stderr and "ImportError" in run.stderr


def test_signals_are_the_sessions_own():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
