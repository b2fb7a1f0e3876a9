"""PyTorch: both fixed points by products with a sparse CSR tensor."""

import warnings

import torch

from peer import serve

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")


class TorchCSR:
    def __init__(self, problem, threads):
        assert problem.activation == "tanh"
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.p = problem
        W = problem.csr()
        self.W, self.WT = self.tensor(W), self.tensor(W.T.tocsr())
        drive, targets = problem.drive(), problem.output_targets()
        if problem.samples == 1:
            drive, targets = drive[:, None], targets[:, None]
        self.drive, self.targets = torch.from_numpy(drive), torch.from_numpy(targets)
        self.rows = torch.from_numpy(problem.rows).long()
        self.columns = torch.from_numpy(problem.columns).long()

    @staticmethod
    def tensor(matrix):
        parts = (matrix.indptr, matrix.indices, matrix.data)
        return torch.sparse_csr_tensor(*map(torch.from_numpy, parts), size=matrix.shape)

    def equilibrium(self):
        z = self.drive
        for k in range(1, 100_000):
            following = self.W @ torch.tanh(z)
            following += self.drive
            change = (following - z).abs_().max().item()
            z = following
            if change < self.p.tolerance:
                break
        self.z, self.a = z, torch.tanh(z)
        return k

    def gradient(self):
        p = self.p
        slope = 1 - self.a * self.a
        g = torch.zeros_like(self.a)
        g[-p.output_count :] = (self.a[-p.output_count :] - self.targets) / p.samples
        d = slope * g
        for k in range(1, 100_000):
            following = self.WT @ d
            following += g
            following *= slope
            change = (following - d).abs_().max().item()
            d = following
            if change < p.tolerance * d.abs().max().item():
                break
        self.weights = (d[self.rows] * self.a[self.columns]).sum(1)
        self.biases = d.sum(1)
        self.inputs = d[: p.input_count]
        return k

    def answer(self):
        return {
            "states": self.z.T.numpy(), "weights": self.weights, "biases": self.biases,
            "inputs": self.inputs.T.numpy(),
        }


if __name__ == "__main__":
    serve(TorchCSR)
