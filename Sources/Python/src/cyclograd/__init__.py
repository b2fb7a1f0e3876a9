"""Networks whose computational graph may contain cycles: equilibria and exact gradients.

>>> import numpy as np, scipy.sparse as sp, cyclograd as cg
>>> W = sp.csr_array([[0.0, 0.5, 0.0], [-0.5, 0.0, 0.3], [0.2, 0.0, 0.0]])
>>> net = cg.from_sparse(W, bias=[0.1, 0.0, -0.1], activation="tanh", inputs=[0], outputs=[2])
>>> eq = net.solve([[0.5], [1.0]])
>>> eq.status.tolist()
['converged', 'converged']
>>> d_params, d_x = eq.vjp([[1.0], [1.0]])
>>> dW, db = net.matrix(d_params, derivatives=True)
>>> dW.shape, db.shape, d_x.shape
((3, 3), (3,), (2, 1))
"""

from ._bounds import Bounds, Sensitivity
from ._builder import connection, graph, group
from ._course import CourseGradient, TimeCourse
from ._equilibrium import Equilibrium
from ._errors import (
    CancelledError,
    CyclogradError,
    FileError,
    InvalidValueError,
    MalformedFileError,
    NotConvergedError,
    NotDifferentiableError,
    TooLargeError,
)
from ._lesions import Lesions
from ._making import from_graph, from_sparse, load
from ._native import features, progress
from ._network import Network
from ._nodes import from_networkx
from ._training import Training, train

__version__ = "0.1.0"

__all__ = [
    "Bounds",
    "CancelledError",
    "CourseGradient",
    "CyclogradError",
    "Equilibrium",
    "FileError",
    "InvalidValueError",
    "Lesions",
    "MalformedFileError",
    "Network",
    "NotConvergedError",
    "NotDifferentiableError",
    "Sensitivity",
    "TimeCourse",
    "TooLargeError",
    "Training",
    "connection",
    "features",
    "from_graph",
    "from_networkx",
    "from_sparse",
    "graph",
    "group",
    "load",
    "progress",
    "train",
]

for _name in __all__:
    if getattr(globals()[_name], "__module__", "").startswith("cyclograd._"):
        globals()[_name].__module__ = "cyclograd"
