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
from cyclograd import _native


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


#: What takes long for few edges and samples, each with what is called.
LONG = {
    "iterations": """
net = cg.from_sparse([[0, 1.0], [-1.0, 0]], bias=[1, 0], activation="identity", backend="edge-list", maxiter=1 << 33)
call = net.solve
""",
    "training": """
net = cg.from_sparse([[1 - 1e-12]], bias=[0.5], activation="identity", backend="edge-list", maxiter=1 << 33, tol=1e-14)
call = cg.train(net, [[1.0]], [[0.0]], epochs=1).run
""",
}


@pytest.mark.parametrize("name", LONG)
def test_ctrl_c_ends_small_calls_that_take_long(name):
    code = "import numpy as np, cyclograd as cg" + LONG[name] + textwrap.dedent("""
        import os, signal, threading, time
        def press():
            stamps.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        stamps = []
        threading.Timer(0.3, press).start()
        try:
            call()
            print("ended by itself")
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - stamps[0])
    """)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.startswith("interrupted") and run.returncode == 0, run.stdout + run.stderr
    assert float(run.stdout.split()[1]) < 0.2 + (0.3 if os.environ.get("CI") else 0)


def test_work_is_bounded_by_what_can_happen():
    W = np.full((60, 60), 1e-3)
    small = cg.from_sparse([[0.5]])
    few, many = cg.from_sparse(W, outputs=[0]), cg.from_sparse(W)
    assert small._work(1) < _native.SMALL_WORK
    assert small.with_options(maxiter=1 << 30)._work(1) > _native.SMALL_WORK
    assert few.solve()._work(1) < many.solve()._work(60)
    assert cg.from_sparse(np.full((400, 400), 1e-4))._work(1) > _native.SMALL_WORK


def test_an_interrupted_training_loses_nothing():
    code = textwrap.dedent("""
        import os, signal, threading, time
        import numpy as np, cyclograd as cg
        rng = np.random.default_rng(5)
        x, W = rng.standard_normal((40, 2)), rng.standard_normal((12, 12)) * 0.1
        reference, net = (cg.from_sparse(W, inputs=[0, 1], outputs=[5]) for _ in range(2))
        settings = dict(epochs=40, batch=10, seed=3)
        expected = cg.train(reference, x, 0.3 * x[:, :1], **settings).run()
        training = cg.train(net, x, 0.3 * x[:, :1], **settings)
        goes_on, count = True, 0
        def press():
            # Not for ever: a step that is ended again and again begins again and again.
            for _ in range(20):
                time.sleep(0.002)
                if goes_on:
                    os.kill(os.getpid(), signal.SIGINT)
        presser = threading.Thread(target=press, daemon=True)
        presser.start()
        while goes_on:
            try:
                training.run()
                goes_on = False
                presser.join()
            except KeyboardInterrupt:
                count += 1
        losses = (t.history["step"]["loss"] for t in (expected, training))
        print(count > 0, np.array_equal(*losses), np.array_equal(net.params, reference.params))
    """)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.split() == ["True"] * 3, run.stdout + run.stderr


def test_a_step_that_goes_on_unseen_is_the_next_event(monkeypatch):
    net = cg.from_sparse([[0.5]])
    training = cg.train(net, [[1.0]], [[0.0]], epochs=1)
    before, ends = net.params, threading.Event()
    make = training._make

    def slowly(address, token, error):
        # As a step that does not look at its token any more.
        ends.wait()
        return make(address, None, error)

    monkeypatch.setattr(training, "_make", slowly)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        next(training)
    np.testing.assert_array_equal(net.params, before)
    ends.set()
    for _ in range(5000):
        if not training._events:
            time.sleep(0.001)
    assert next(training)["event"] == "step"
    assert (net.params != before).any()
    np.testing.assert_array_equal(net.params, training.params)
    assert [event["event"] for event in training] == ["epoch"]


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


@pytest.mark.parametrize(
    "version, said", [("999", "version 999"), (str(_native.ABI_VERSION), "has no cg_free"), (None, "has no cg_abi_version")]
)
def test_a_library_that_does_not_fit_is_refused(tmp_path, version, said):
    source = tmp_path / "other.c"
    name = "something_else" if version is None else "cg_abi_version"
    source.write_text(f"int {name}(void) {{ return {version or 0}; }}\n")
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
    message = run.stderr.strip().splitlines()[-1]
    assert message.startswith("ImportError") and said in message
    assert message.endswith("build both from the same sources")


def test_signals_are_the_sessions_own():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_was_never_made_ends_without_a_word():
    for kind in (_native.Handle, _native._Waiting):
        kind.__new__(kind).__del__()
