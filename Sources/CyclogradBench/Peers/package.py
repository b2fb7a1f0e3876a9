"""The package for Python doing what the library does: a call, a compilation or a batch, and how long it took."""

import sys
import time

import numpy as np

from peer import Problem, loop, say

#: How many calls are timed together.
CALLS = 2000


class Package:
    def __init__(self, task, problem):
        import cyclograd

        self.make = cyclograd.from_sparse
        self.problem = problem
        self.run = getattr(self, task)
        self.outputs = np.zeros(0)
        if task == "call":
            self.network = self.make([[0.5]], bias=[0.1], activation="identity")
            self.sample = np.zeros((1, 1))
        else:
            self.W = problem.csr()
            self.W.has_canonical_format = True
            self.ends = range(64), range(problem.neurons - 64, problem.neurons)
            self.network = None
        if task == "batch":
            self.network = self.compiled()

    def compiled(self):
        inputs, outputs = self.ends
        return self.make(
            self.W, bias=self.problem.biases, activation=self.problem.activation, inputs=inputs,
            outputs=outputs, tol=self.problem.tolerance,
        )  # fmt: skip

    def call(self):
        solve, sample = self.network.solve, self.sample
        start = time.perf_counter()
        for _ in range(CALLS):
            solve(sample).outputs
        return {"total": (time.perf_counter() - start) / CALLS}

    def compile(self):
        # The one before is not to be freed while this one is timed.
        self.network = None
        start = time.perf_counter()
        self.network = self.compiled()
        return {"total": time.perf_counter() - start}

    def batch(self):
        start = time.perf_counter()
        self.outputs = self.network.solve(self.problem.inputs).outputs
        return {"total": time.perf_counter() - start}

    def answer(self):
        return {"outputs": self.outputs.ravel()}


if __name__ == "__main__":
    try:
        package = Package(sys.argv[2], Problem(sys.argv[1]) if sys.argv[2] != "call" else None)
        say({"ready": True})
        loop(package)
    except Exception as error:
        say({"error": f"{type(error).__name__}: {error}"})
