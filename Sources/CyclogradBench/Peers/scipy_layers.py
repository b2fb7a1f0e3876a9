"""SciPy, layer by layer: what one writes for a network without cycles."""

import numpy as np

from peer import serve


class Layers:
    def __init__(self, problem, threads):
        assert problem.activation == "tanh"
        self.p = problem
        W = problem.csr()
        ends = np.cumsum(problem.layers)
        self.parts = [slice(end - size, end) for end, size in zip(ends, problem.layers)]
        pairs = list(zip(self.parts, self.parts[1:]))
        self.W = [W[to, source].tocsr() for source, to in pairs]
        self.WT = [block.T.tocsr() for block in self.W]
        self.drive = problem.drive()
        self.targets = problem.output_targets()

    def equilibrium(self):
        self.z = np.empty_like(self.drive)
        self.a = np.empty_like(self.drive)
        for number, part in enumerate(self.parts):
            self.z[part] = self.drive[part]
            if number > 0:
                self.z[part] += self.W[number - 1] @ self.a[self.parts[number - 1]]
            np.tanh(self.z[part], out=self.a[part])
        return 1

    def gradient(self):
        p, parts = self.p, self.parts
        d = np.empty_like(self.a)
        slope = 1 - self.a * self.a
        error = (self.a[parts[-1]] - self.targets) / p.samples
        for number in reversed(range(len(parts))):
            d[parts[number]] = slope[parts[number]] * error
            if number > 0:
                error = self.WT[number - 1] @ d[parts[number]]
        weights = []
        for number, block in enumerate(self.W):
            rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
            source, to = self.a[parts[number]], d[parts[number + 1]]
            weights.append(np.einsum("es,es->e", to[rows], source[block.indices]))
        self.weights = np.concatenate(weights)
        self.biases = d.sum(axis=1)
        self.inputs = d[: p.input_count]
        return 1

    def answer(self):
        return {
            "states": self.z.T, "weights": self.weights, "biases": self.biases,
            "inputs": self.inputs.T,
        }


if __name__ == "__main__":
    serve(Layers)
