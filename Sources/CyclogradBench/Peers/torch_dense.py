"""PyTorch: training steps of an autoencoder of dense layers, the latent one implicit where it has
lateral weights; its backward pass iterates the adjoint as its forward pass the state."""

import time

import numpy as np
import torch

from peer import serve


class Equilibrium(torch.autograd.Function):
    """a = f(drive + a Lᵀ) · gate, row by row of the batch."""

    @staticmethod
    def forward(context, drive, lateral, gate, f, slope, tolerance):
        a = f(drive) * gate
        for _ in range(10_000):
            z = torch.addmm(drive, a, lateral.T)
            following = f(z) * gate
            change = (following - a).abs_().max().item()
            a = following
            if change < tolerance:
                break
        z = torch.addmm(drive, a, lateral.T)
        fz = f(z)
        context.save_for_backward(slope(z, fz), fz, a, lateral, gate)
        context.tolerance = tolerance
        return fz * gate

    @staticmethod
    def backward(context, error):
        slope, fz, a, lateral, gate = context.saved_tensors
        gated = slope * gate
        total = error
        for _ in range(10_000):
            following = torch.addmm(error, gated * total, lateral)
            change = (following - total).abs_().max().item()
            total = following
            if change < context.tolerance * total.abs().max().item():
                break
        d = gated * total
        return d, d.T @ a, (total * fz).sum(0), None, None, None


class Dense:
    steps_per_run = 20

    def __init__(self, problem, threads):
        torch.set_num_threads(threads)
        torch.set_default_dtype(torch.float64)
        p = self.p = problem
        W = p.csr().toarray()
        present = np.zeros(W.shape, bool)
        present[p.rows, p.columns] = True
        self.activation, self.slope = {
            "logistic": (torch.sigmoid, lambda z, a: a * (1 - a)),
            "arctan": (torch.arctan, lambda z, a: 1 / (1 + z * z)),
        }[p.activation]
        # Units in file order: a latent product neuron has its two units side by side.
        middle = len(p.layers) // 2
        has_gate = p.units > p.neurons
        neurons = np.cumsum([0] + p.layers)
        sizes = [n * (2 if has_gate and i == middle else 1) for i, n in enumerate(p.layers)]
        units = np.cumsum([0] + sizes)
        self.places, self.blocks, self.biases = [], [], []
        self.middle, self.lateral, self.gate = middle, None, None
        for layer in range(1, len(p.layers)):
            rows = np.arange(units[layer], units[layer + 1])
            if has_gate and layer == middle:
                self.gate_rows, rows = rows[1::2], rows[::2]
                self.gate = torch.tensor(p.biases[self.gate_rows], requires_grad=True)
            columns = np.arange(neurons[layer - 1], neurons[layer])
            self.places.append((rows, columns))
            self.blocks.append(torch.tensor(W[np.ix_(rows, columns)], requires_grad=True))
            self.biases.append(torch.tensor(p.biases[rows], requires_grad=True))
            own = np.arange(neurons[layer], neurons[layer + 1])
            if layer == middle and present[np.ix_(rows, own)].any():
                self.lateral = torch.tensor(W[np.ix_(rows, own)], requires_grad=True)
                self.lateral_place = (rows, own)
                self.mask = torch.tensor(present[np.ix_(rows, own)].astype(float))
        trained = self.blocks + self.biases + [t for t in (self.lateral, self.gate) if t is not None]
        self.optimizer = torch.optim.Adam(trained, lr=0.001, fused=True)
        self.inputs = torch.tensor(p.inputs)
        self.targets = torch.tensor(p.targets)
        self.first = None

    def step(self):
        f, last = self.activation, len(self.blocks)
        h = self.inputs
        for layer, (W, b) in enumerate(zip(self.blocks, self.biases), start=1):
            z = torch.nn.functional.linear(h, W, b)
            if layer == self.middle and (self.lateral is not None or self.gate is not None):
                gate = torch.ones(()) if self.gate is None else torch.sigmoid(self.gate)
                if self.lateral is None:
                    h = f(z) * gate
                else:
                    lateral = self.lateral * self.mask
                    h = Equilibrium.apply(z, lateral, gate, f, self.slope, self.p.tolerance)
            else:
                h = z if layer == last else f(z)
        loss = 0.5 * ((h - self.targets) ** 2).sum(1).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def run(self):
        start = time.perf_counter()
        for _ in range(self.steps_per_run):
            self.step()
        seconds = (time.perf_counter() - start) / self.steps_per_run
        if self.first is None:
            self.first = self.parameters()
        return {"total": seconds}

    def parameters(self):
        p = self.p
        W = np.zeros((p.units, p.neurons))
        biases = p.biases.copy()
        for (rows, columns), block, bias in zip(self.places, self.blocks, self.biases):
            W[np.ix_(rows, columns)] = block.detach().numpy()
            biases[rows] = bias.detach().numpy()
        if self.lateral is not None:
            rows, own = self.lateral_place
            W[np.ix_(rows, own)] = self.lateral.detach().numpy()
        if self.gate is not None:
            biases[self.gate_rows] = self.gate.detach().numpy()
        return {"weights": W[p.rows, p.columns], "biases": biases}

    def answer(self):
        return self.first


if __name__ == "__main__":
    serve(Dense)
