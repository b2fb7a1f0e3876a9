"""What all peers share: the problem, the loop that answers requests, the linear algebra of one sample.

A peer is a class with equilibrium(), gradient() and answer(), or with run(), which measures itself. Rows of W are
targets, columns sources; arrays of samples have a column for each sample.
"""

import json
import pathlib
import sys
import time

import numpy as np


class Problem:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        about = json.loads((folder / "problem.json").read_text())
        self.neurons, self.units, self.samples = about["neurons"], about["units"], about["samples"]
        self.input_count, self.output_count = about["inputs"], about["outputs"]
        self.activation, self.tolerance = about["activation"], about["tolerance"]
        self.layers = about["layers"]

        def read(name, kind):
            return np.fromfile(folder / name, dtype=kind)

        self.row_starts = read("row-starts.i64", np.int64)
        self.columns = read("columns.i32", np.int32)
        self.weights = read("weights.f64", np.float64)
        self.biases = read("biases.f64", np.float64)
        self.inputs = read("inputs.f64", np.float64).reshape(self.samples, -1)
        self.targets = read("targets.f64", np.float64).reshape(self.samples, -1)
        self.folder = folder
        self.rows = np.repeat(np.arange(self.units, dtype=np.int32), np.diff(self.row_starts))

    def csr(self):
        import scipy.sparse

        indices = self.row_starts.astype(np.int32)
        shape = (self.units, self.neurons)
        return scipy.sparse.csr_matrix((self.weights, self.columns, indices), shape=shape)

    def drive(self):
        """b + x̂, neurons × samples; one dimension for one sample."""
        result = np.repeat(self.biases[:, None], self.samples, axis=1)
        result[: self.input_count] += self.inputs.T
        return result[:, 0].copy() if self.samples == 1 else result

    def read_direction(self, part):
        """The direction of a product with the Hessian: numbers for all "weights" or "biases"."""
        return np.fromfile(self.folder / f"direction-{part}.f64", dtype=np.float64)

    def output_targets(self):
        return self.targets[0] if self.samples == 1 else np.ascontiguousarray(self.targets.T)


def serve(make):
    problem = Problem(sys.argv[1])
    threads = int(sys.argv[2])
    try:
        peer = make(problem, threads)
    except Exception as error:  # the reason belongs to the one who asks
        say({"error": f"{type(error).__name__}: {error}"})
        return
    say({"ready": True})
    loop(peer)


def loop(peer):
    for line in sys.stdin:
        try:
            say(obey(peer, line.split(maxsplit=1)))
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})


def obey(peer, words):
    if words[0] == "save":
        folder = pathlib.Path(words[1].strip())
        for name, values in peer.answer().items():
            np.ascontiguousarray(values, dtype=np.float64).tofile(folder / f"answer-{name}.f64")
        return {"saved": True}
    if hasattr(peer, "run"):
        return peer.run()
    start = time.perf_counter()
    forward = peer.equilibrium()
    middle = time.perf_counter()
    backward = peer.gradient()
    end = time.perf_counter()
    times = {"equilibrium": middle - start, "gradient": end - middle}
    return times | {"iterations": [int(forward), int(backward)]}


def say(reply):
    print(json.dumps(reply), flush=True)
