"""SciPy: the equilibrium by products with a CSR matrix, the adjoint by SuperLU."""

import scipy.sparse
import scipy.sparse.linalg

from peer import serve
from scipy_csr import CSRLoop


class SuperLUAdjoint(CSRLoop):
    def adjoint(self, slope, g):
        matrix = scipy.sparse.identity(self.p.neurons) - scipy.sparse.diags(slope) @ self.WT
        return 1, scipy.sparse.linalg.splu(matrix.tocsc()).solve(slope * g)


if __name__ == "__main__":
    serve(SuperLUAdjoint)
