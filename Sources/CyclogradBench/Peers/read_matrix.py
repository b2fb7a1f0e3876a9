"""Reads a matrix from a file with the library that people use for it."""

import pathlib
import sys
import time

import numpy as np

from peer import loop, say


class Reader:
    def __init__(self, path):
        self.path = path
        self.read = {".mtx": self.matrix_market, ".csv": self.edge_list, ".npz": self.npz}[
            pathlib.Path(path).suffix
        ]

    def matrix_market(self):
        import scipy.io

        matrix = scipy.io.mmread(self.path)
        return matrix.row, matrix.col, matrix.data

    def edge_list(self):
        import pandas

        table = pandas.read_csv(self.path)
        return table["target"].values, table["source"].values, table["weight"].values

    def npz(self):
        import scipy.sparse

        matrix = scipy.sparse.load_npz(self.path)
        return matrix.indptr, matrix.indices, matrix.data

    def run(self):
        start = time.perf_counter()
        self.entries = self.read()
        return {"total": time.perf_counter() - start}

    def answer(self):
        rows, columns, values = self.entries
        if len(rows) != len(columns):
            rows = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
        sums = len(values), values.sum(), values @ rows, values @ columns
        return {f"sum{index}": np.array([value]) for index, value in enumerate(sums)}


if __name__ == "__main__":
    reader = Reader(sys.argv[1])
    try:
        reader.run()
        say({"ready": True})
        loop(reader)
    except Exception as error:
        say({"error": f"{type(error).__name__}: {error}"})
