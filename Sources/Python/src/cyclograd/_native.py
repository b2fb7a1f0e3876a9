"""The shared library: finding it, its functions, and calls that Ctrl-C can end."""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_void_p
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._errors import CyclogradError, InvalidValueError, error_from

#: What the functions below expect of the library.
ABI_VERSION: Final = 2

Floats = NDArray[np.float64]


class CSR(ctypes.Structure):
    """``cg_csr`` of the header."""

    _fields_ = [
        ("neurons", c_int64),
        ("row_starts", c_void_p),
        ("columns", c_void_p),
        ("index_bytes", c_int32),
        ("weights", c_void_p),
        ("biases", c_void_p),
        ("inputs", c_void_p),
        ("input_count", c_int64),
        ("outputs", c_void_p),
        ("output_count", c_int64),
    ]


class Info(ctypes.Structure):
    """``cg_network_info`` of the header."""

    _fields_ = [
        (name, c_int64)
        for name in (
            "neurons", "units", "edges", "inputs", "outputs", "parameters", "weight_parameters",
            "trainable_parameters", "components", "cyclic_components", "largest_component",
            "levels",
        )
    ]  # fmt: skip


_ERROR = POINTER(c_void_p)
_PROGRESS = ctypes.CFUNCTYPE(None, c_char_p, c_int64, c_int64, c_void_p)

#: The functions of the header: what each returns and takes.
_SIGNATURES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "cg_abi_version": (c_int32, []),
    "cg_free": (None, [c_void_p]),
    "cg_features": (c_void_p, []),
    "cg_token_create": (c_void_p, [_PROGRESS, c_void_p]),
    "cg_token_cancel": (None, [c_void_p]),
    "cg_token_release": (None, [c_void_p]),
    "cg_network_read": (c_void_p, [c_char_p, c_char_p, c_void_p, _ERROR]),
    "cg_network_parse": (c_void_p, [c_char_p, c_int64, c_char_p, c_void_p, _ERROR]),
    "cg_network_from_csr": (c_void_p, [POINTER(CSR), c_char_p, c_void_p, _ERROR]),
    "cg_network_release": (None, [c_void_p]),
    "cg_network_get_info": (None, [c_void_p, POINTER(Info)]),
    "cg_network_parameters": (None, [c_void_p, c_void_p]),
    "cg_network_layout": (None, [c_void_p] * 5),
    "cg_network_factors": (None, [c_void_p] * 3),
    "cg_network_write": (
        c_void_p, [c_void_p, c_void_p, c_char_p, c_char_p, c_void_p, _ERROR],
    ),
    "cg_network_read_parameters": (
        c_int32, [c_void_p, c_char_p, c_void_p, c_void_p, _ERROR],
    ),
    "cg_read_preparation": (c_void_p, [c_char_p, c_void_p, _ERROR]),
    "cg_network_describe": (c_void_p, [c_void_p, c_char_p, _ERROR]),
    "cg_simulator_create": (c_void_p, [c_void_p, c_char_p, c_void_p, _ERROR]),
    "cg_simulator_release": (None, [c_void_p]),
    "cg_solve": (
        c_void_p,
        [c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_int64, c_int32, c_void_p, _ERROR],
    ),
    "cg_update": (c_void_p, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, _ERROR]),
    "cg_equilibrium_release": (None, [c_void_p]),
    "cg_equilibrium_samples": (c_int64, [c_void_p]),
    "cg_equilibrium_evidence": (None, [c_void_p] * 4),
    "cg_status_name": (c_char_p, [c_int32]),
    "cg_equilibrium_detail": (c_void_p, [c_void_p, c_int64]),
    "cg_equilibrium_read": (None, [c_void_p, c_int32, c_void_p]),
    "cg_certify": (c_void_p, [c_void_p, c_void_p, c_void_p, _ERROR]),
    "cg_check": (c_void_p, [c_void_p, c_void_p, c_void_p, _ERROR]),
    "cg_compare": (
        c_void_p,
        [c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_int64, c_char_p, c_void_p, _ERROR],
    ),
    "cg_report": (c_void_p, [c_void_p, c_void_p, c_char_p, c_void_p, _ERROR]),
    "cg_training_create": (
        c_void_p,
        [c_void_p] * 4 + [c_int64, c_int64, c_int64, c_char_p, _ERROR],
    ),
    "cg_training_release": (None, [c_void_p]),
    "cg_training_next": (c_void_p, [c_void_p, c_void_p, _ERROR]),
    "cg_training_parameters": (None, [c_void_p, c_void_p]),
    "cg_training_save": (c_int32, [c_void_p, c_char_p, c_void_p, _ERROR]),
    "cg_training_resume": (c_void_p, [c_void_p, c_char_p, c_int32, c_void_p, _ERROR]),
    "cg_bound": (c_void_p, [c_void_p] * 3 + [c_int64, c_char_p, c_void_p, _ERROR]),
    "cg_sensitivity": (c_void_p, [c_void_p] * 2 + [c_char_p, c_void_p, _ERROR]),
    "cg_time_course": (
        c_void_p,
        [c_void_p] * 3 + [c_int64, c_void_p, c_void_p, c_int64, c_void_p, c_char_p] + [c_void_p] * 3
        + [_ERROR],
    ),
    "cg_time_course_gradient": (
        c_void_p,
        [c_void_p] * 3 + [c_int64, c_void_p, c_void_p, c_int64, c_void_p]
        + [c_void_p, c_int64, c_int64, c_void_p, c_char_p] + [c_void_p] * 7 + [_ERROR],
    ),
    "cg_lesions": (c_int32, [c_void_p, c_void_p, c_int64] + [c_void_p] * 7 + [_ERROR]),
    "cg_vjp": (
        c_int32,
        [c_void_p, c_void_p, c_void_p, c_int32, c_void_p, c_void_p, c_void_p, _ERROR],
    ),
    "cg_jvp": (c_int32, [c_void_p] * 6 + [_ERROR]),
    "cg_jvp_neurons": (c_int32, [c_void_p] * 6 + [_ERROR]),
    "cg_hessian_product": (c_int32, [c_void_p] * 8 + [_ERROR]),
    "cg_jacobian": (c_int32, [c_void_p] * 4 + [_ERROR]),
    "cg_gradient": (
        c_int32,
        [c_void_p, c_void_p, c_char_p, c_void_p, c_int64] + [c_void_p] * 4 + [_ERROR],
    ),
}


def _library_path() -> Path:
    """The library that ``CYCLOGRAD_LIBRARY`` names, or the one beside this file."""
    chosen = os.environ.get("CYCLOGRAD_LIBRARY")
    if chosen:
        return Path(chosen)
    folder = Path(__file__).parent
    for name in ("libcyclograd-c.so", "libcyclograd-c.dylib", "cyclograd-c.dll"):
        if (folder / name).exists():
            return folder / name
    raise ImportError(
        f"the package in {folder} has no shared library; install it with "
        "'pip install ./Sources/Python', or let CYCLOGRAD_LIBRARY name a built one"
    )


def _load() -> ctypes.CDLL:
    path = _library_path()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as problem:
        raise ImportError(f"cannot load {path}: {problem}") from problem
    for name, (result, arguments) in _SIGNATURES.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise _misfit(path, f"has no {name}, which this package needs") from None
        function.restype = result
        function.argtypes = arguments
        if name == "cg_abi_version" and (version := function()) != ABI_VERSION:
            raise _misfit(
                path, f"has version {version} of the C interface, but this package needs {ABI_VERSION}"
            )
    return library


def _misfit(path: Path, why: str) -> ImportError:
    return ImportError(f"{path} {why}; build both from the same sources")


lib: Final = _load()
_PROCESS: Final = os.getpid()


def take_text(address: int | None) -> str | None:
    """The text at an address, which is then given back."""
    if not address:
        return None
    try:
        return ctypes.string_at(address).decode()
    finally:
        lib.cg_free(address)


def features() -> dict[str, Any]:
    """What this build has.

    Returns
    -------
    dict
        Lists of names: ``backends``, ``state_solvers``, ``adjoint_solvers``, ``losses``,
        ``statuses``, ``formats``.

    Examples
    --------
    >>> import cyclograd as cg
    >>> "automatic" in cg.features()["backends"]
    True
    """
    return dict(json.loads(take_text(lib.cg_features()) or "{}"))


def plain(value: Any) -> Any:
    """An array or a number of NumPy as JSON has it."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"numbers, text, lists and dicts are taken, not {type(value).__name__}")


def encoded(text: Any, what: str) -> bytes:
    """A text as the library takes it."""
    if not isinstance(text, str):
        raise InvalidValueError(f"{what} is {text!r}", advice="give a text")
    try:
        return text.encode()
    except UnicodeEncodeError as problem:
        raise InvalidValueError(
            f"{what} has {text[problem.start]!r}, which is half a character",
            code="invalid-value",
            advice="give whole characters",
        ) from None


def json_text(value: Any, what: str, *, allow_nan: bool = True) -> bytes:
    """A value as JSON."""
    text = json.dumps(value, allow_nan=allow_nan, default=plain)
    if "\\ud" in text:
        # Halves of characters are escaped, too, and only refused by who reads them.
        encoded(json.dumps(value, ensure_ascii=False, default=plain), what)
    return text.encode()


def options_text(options: dict[str, Any]) -> bytes:
    """Options as the library takes them."""
    for key, value in options.items():
        try:
            json_text(value, key, allow_nan=False)
        except InvalidValueError:
            raise
        except ValueError:
            raise InvalidValueError(
                f"{key} has a number that is not finite", code="invalid-value", advice="give finite numbers"
            ) from None
    return json.dumps(options, default=plain).encode()


class Handle:
    """Something that the library owns for us."""

    __slots__ = ("_address", "_release", "__weakref__")

    def __init__(self, address: int, release: str) -> None:
        self._address = address
        self._release = getattr(lib, release)

    @property
    def address(self) -> int:
        return self._address

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("what the library owns cannot be copied or pickled")

    def __del__(self) -> None:
        # Without an address where the constructor was never called.
        if hasattr(self, "_release"):
            self._release(self._address)


#: Calls of less work are made on the caller's thread, where Ctrl-C waits for their end: at the worst a fifth of a
#: second. A unit is 10,000 visits of an edge, some 20 µs.
SMALL_WORK: Final = 10_000
#: The library's limits of iterations over edges, and of factorizations, where ``maxiter`` is left out.
_ITERATIONS: Final = 10_000
_FACTORIZATIONS: Final = 200
#: How long an interrupted call may take to end by itself before it is left alone, in seconds.
_PATIENCE: Final = 0.1
#: How long it may take when the process ends.
_LAST_PATIENCE: Final = 10.0


def solving_work(edges: int, largest: int, maxiter: int | None) -> tuple[float, float]:
    """Bounds of the work for a sample: all iterations over the edges, and all factorizations with every entry filled.

    ``largest`` is how many units the largest component has.
    """
    limit = maxiter or 0
    iterations = (edges + 16) * max(1.0, limit / _ITERATIONS)
    # A factorization takes n³/3 products, which are half as long as visits of an edge.
    return iterations, largest**3 / 6 * max(_FACTORIZATIONS, limit) / _ITERATIONS


def check_threads(threads: int) -> None:
    """Refuses several threads in a process that was forked after the library was loaded."""
    if threads > 1 and os.getpid() != _PROCESS:
        raise CyclogradError(
            "the process was forked after cyclograd was loaded, and its threads did not come along",
            code="forked",
            advice="start processes by 'spawn' or 'forkserver', or use threads=1",
        )


def long_work(threads: int) -> float:
    """The work of a call that may take long whatever the network, with so many threads."""
    check_threads(threads)
    return float("inf")


_observer: ContextVar[Callable[[str, int, int], None] | None] = ContextVar("observer", default=None)


@contextmanager
def progress(observer: Callable[[str, int, int], None]) -> Iterator[None]:
    """Tells a function how far long calls have come.

    Parameters
    ----------
    observer : callable
        Gets what is being done, how much is done, and how much there is to do. It runs on another thread, and only
        with what is called by the thread and task that the ``with`` is of. What it raises ends the call.

    Examples
    --------
    >>> import cyclograd as cg
    >>> net = cg.from_sparse([[0.0, 0.5], [-0.5, 0.0]], bias=[0.1, 0.2])
    >>> with cg.progress(lambda what, done, total: None):
    ...     net.solve([0.0, 1.0]).status.tolist()
    ['converged']
    """
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


class _Worker:
    """A thread for one call after another. Idle ones are kept: what the library sets up for each costs more than a
    small call."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[_Waiting] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def take(self, waiting: _Waiting) -> None:
        self._calls.put(waiting)

    def _run(self) -> None:
        while True:
            waiting = self._calls.get()
            _running.add(waiting)
            waiting.make()
            _running.discard(waiting)
            _idle.append(self)
            waiting.done.set()
            # Not kept until the next call.
            del waiting


_idle: list[_Worker] = []
_running: set[_Waiting] = set()


def _forget_threads() -> None:
    _idle.clear()
    _running.clear()


def _drain() -> None:
    """Waits for calls that were interrupted: the process must not take away what they use."""
    for waiting in list(_running):
        waiting.done.wait(_LAST_PATIENCE)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
atexit.register(_drain)


class _Waiting:
    """A call on a thread of its own, and the token that ends it."""

    def __init__(self, body: Callable[[int | None], Any]) -> None:
        observer = _observer.get()
        self.problem: BaseException | None = None

        def tell(what: bytes, done: int, total: int, _: Any) -> None:
            assert observer is not None
            try:
                if self.problem is None:
                    observer(what.decode(), done, total)
            except BaseException as problem:  # handed to the caller
                self.problem = problem
                lib.cg_token_cancel(self.token)

        # Kept as long as the library may call it.
        self._tell = _PROGRESS() if observer is None else _PROGRESS(tell)
        self.token: int = lib.cg_token_create(self._tell, None)
        self.done = threading.Event()
        self.result: Any = None
        self._body: Callable[[int | None], Any] | None = body
        try:
            worker = _idle.pop()
        except IndexError:
            worker = _Worker()
        worker.take(self)

    def make(self) -> None:
        try:
            assert self._body is not None
            self.result = self._body(self.token)
        except BaseException as problem:  # handed to the caller
            # What an observer has raised is why the call was cancelled.
            self.problem = self.problem or problem
        finally:
            self._body = None

    def wait(self) -> Any:
        try:
            self.done.wait()
        except BaseException:
            # Ctrl-C: what is between two looks at the token goes on unseen, and keeps what it uses.
            lib.cg_token_cancel(self.token)
            self.done.wait(_PATIENCE)
            raise
        if self.problem is not None:
            raise self.problem
        return self.result

    def __del__(self) -> None:
        # Without a token where the constructor was never called.
        if hasattr(self, "token"):
            lib.cg_token_release(self.token)


def call(work: float, function: Any, *arguments: Any, keep: Any = None) -> Any:
    """Calls a function whose last two arguments are a token and an error.

    ``work`` is a bound of it, infinite where none is known; ``keep`` must live as long as the call.
    """

    def run(token: int | None) -> Any:
        error = c_void_p()
        result = function(*arguments, token, byref(error))
        if not result:
            raise error_from(json.loads(take_text(error.value) or "{}"))
        _ = keep
        return result

    if _observer.get() is not None:
        return _Waiting(run).wait()
    if work < SMALL_WORK:
        return run(None)
    if threading.current_thread() is not threading.main_thread():
        return run(None)
    return _Waiting(run).wait()


def call_text(work: float, function: Any, *arguments: Any, keep: Any = None) -> str:
    """The same for a function that returns text."""
    return take_text(call(work, function, *arguments, keep=keep)) or ""


def pointer(array: NDArray[Any] | None) -> int | None:
    """The address of the first number of an array without gaps."""
    if array is None:
        return None
    assert array.flags.c_contiguous, "the library would read between the numbers"
    return array.ctypes.data


__all__ = ["error_from", "features", "progress"]
