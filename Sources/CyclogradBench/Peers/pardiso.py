"""PARDISO of Intel's MKL: the equilibrium by products with a CSR matrix, the adjoint by PARDISO."""

import pypardiso
import scipy.sparse

from peer import serve
from scipy_csr import CSRLoop


class PardisoAdjoint(CSRLoop):
    def adjoint(self, slope, g):
        matrix = scipy.sparse.identity(self.p.neurons) - scipy.sparse.diags(slope) @ self.WT
        solver = pypardiso.PyPardisoSolver()
        d = pypardiso.spsolve(matrix.tocsr(), slope * g, solver=solver)
        solver.free_memory(everything=True)
        return 1, d


if __name__ == "__main__":
    serve(PardisoAdjoint)
