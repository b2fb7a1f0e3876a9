"""Estimators of scikit-learn made of networks at equilibrium.

>>> import numpy as np
>>> from cyclograd.sklearn import EquilibriumRegressor
>>> X = np.linspace(-1, 1, 40)[:, None]
>>> model = EquilibriumRegressor(hidden=8, random_state=0).fit(X, np.sin(3 * X[:, 0]))
>>> model.score(X, np.sin(3 * X[:, 0])) > 0.99
True
"""

from __future__ import annotations

from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._errors import InvalidValueError, NotConvergedError
from ._making import _activation, from_graph
from ._network import Network


def _graph(inputs: int, hidden: int, outputs: int, activation: Any, gain: float, seed: int) -> Any:
    """A recurrent layer between inputs and linear outputs."""
    return {
        "format": "cyclograd/1",
        "name": "equilibrium",
        "seed": seed,
        "groups": [
            {"name": "x", "size": inputs, "role": "input", "bias": {"value": 0, "trainable": False}},
            {"name": "h", "size": hidden, "activation": activation},
            {"name": "y", "size": outputs, "role": "output", "activation": "identity"},
        ],
        "connections": [
            {"from": "x", "to": "h", "weight": {"normal": 1.0, "scaled": "fan-in"}},
            {"from": "h", "to": "h", "weight": {"normal": gain, "scaled": "fan-in"}},
            {"from": "h", "to": "y", "weight": {"normal": 0.5, "scaled": "fan-in"}},
        ],
    }


def _check_whole(estimator: Any, *names: str) -> None:
    """Refuses parameters that are no whole numbers of at least 1."""
    for name in names:
        value = getattr(estimator, name)
        # True is a number in Python, and a slip here.
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise InvalidValueError(f"{name} is {value!r}", advice="give a whole number of at least 1")


def _check_real(estimator: Any, *names: str) -> None:
    """Refuses parameters that are no finite numbers of at least 0."""
    for name in names:
        value = getattr(estimator, name)
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not (number and isfinite(value) and value >= 0):
            raise InvalidValueError(f"{name} is {value!r}", advice="give a finite number of at least 0")


def _standard(values: Any) -> tuple[Any, Any, Any]:
    """The mean of each column, what its deviations are measured in, and whether they are more than rounding."""
    # Powers of two round nothing, and squares in these units neither overflow nor vanish.
    exponents = np.frexp(np.abs(values).max(axis=0))[1]
    unit = np.ldexp(1.0, exponents - 1)
    parts = values / unit
    first = parts[0].copy()
    # From the first on, so that the mean of equal numbers is that number.
    parts -= first
    spread = parts.std(axis=0)
    varies = (spread > 10 * np.finfo(float).eps) & (spread * unit > 0)
    scale = np.where(varies, spread * unit, np.maximum(unit, 1.0))
    return (first + parts.mean(axis=0)) * unit, scale, varies


class _Trained(BaseEstimator):
    """What the regressor and the classifier have in common."""

    def __init__(
        self, hidden: int = 20, *, activation: Any = "tanh", gain: float = 0.3,
        alpha: float = 1e-4, max_iter: int = 200, tol: float = 1e-10, threads: int = 1,
        random_state: Any = None,
    ) -> None:  # fmt: skip
        self.hidden = hidden
        self.activation = activation
        self.gain = gain
        self.alpha = alpha
        self.max_iter = max_iter
        self.tol = tol
        self.threads = threads
        self.random_state = random_state

    def _check_params(self) -> None:
        _check_whole(self, "hidden", "max_iter", "threads")
        _check_real(self, "gain", "alpha")
        _activation(self.activation)

    def _train(self, X: Any, targets: Any, outputs: int, loss: str) -> None:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self._mean, self._scale, _ = _standard(X)
        network: Network = from_graph(
            _graph(X.shape[1], self.hidden, outputs, self.activation, self.gain, seed),
            tol=self.tol,
            threads=self.threads,
        )
        scaled = (X - self._mean) / self._scale
        decayed = np.zeros(network.n_params)
        decayed[: network.n_weights] = self.alpha
        free = ~network.frozen

        def objective(values: Any) -> tuple[float, Any]:
            params = network.params
            params[free] = values
            try:
                value, gradient = network.value_and_grad(params, scaled, targets, loss)
            except NotConvergedError:
                # The line search takes a shorter step.
                return np.inf, np.zeros_like(values)
            value += 0.5 * float(decayed @ params**2)
            return value, (gradient + decayed * params)[free]

        found = minimize(
            objective, network.params[free], jac=True, method="L-BFGS-B",
            options={"maxiter": self.max_iter},
        )  # fmt: skip
        if not isfinite(found.fun):
            raise NotConvergedError(
                "there is no equilibrium with the weights that training begins with",
                code="not-converged",
                advice=f"give a gain below {self.gain:g}, or another activation",
            )
        params = network.params
        params[free] = found.x
        network.params = params
        self.network_ = network
        self.n_iter_ = max(1, int(found.nit))
        self.loss_ = float(found.fun)

    def _answer(self, X: Any) -> Any:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.network_.solve((X - self._mean) / self._scale, throw=True).outputs.copy()


class EquilibriumRegressor(RegressorMixin, _Trained):
    """Regression by a recurrent layer at its equilibrium, trained by exact gradients and L-BFGS.

    Parameters
    ----------
    hidden : int
        How many recurrent neurons there are.
    activation : str or dict
        A name, or ``{"leaky-relu": 0.1}`` for one with a parameter.
    gain : float
        The size of the recurrent weights at the beginning; below 1 there is one equilibrium.
    alpha : float
        Decay of the weights, at least 0.
    max_iter : int
        The most iterations of L-BFGS, at least 1.
    tol : float
        What the backward error of a state may be at most.
    threads : int
    random_state : int, RandomState or None

    Attributes
    ----------
    network_ : Network
        The trained network.
    n_iter_ : int
    loss_ : float
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags

    def fit(self, X: Any, y: Any) -> EquilibriumRegressor:
        """Trains on samples of shape (n_samples, n_features) and targets, one or several a sample.

        Raises
        ------
        ValueError
            For parameters, samples and targets that have no meaning.
        NotConvergedError
            If there is no equilibrium with the weights that training begins with.
        """
        self._check_params()
        X, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True
        )
        targets = np.asarray(y, np.float64).reshape(len(X), -1)
        self._single = np.ndim(y) == 1
        self._y_mean, scale, varies = _standard(targets)
        # A target that is the same everywhere is its mean.
        self._y_scale = scale * varies
        self._train(X, (targets - self._y_mean) / scale, targets.shape[1], "half-squared-error")
        return self

    def predict(self, X: Any) -> Any:
        """The outputs at equilibrium."""
        found = self._answer(X) * self._y_scale + self._y_mean
        return found[:, 0] if self._single else found


class EquilibriumClassifier(ClassifierMixin, _Trained):
    """Classification by a recurrent layer at its equilibrium; parameters as of :class:`EquilibriumRegressor`.

    Attributes
    ----------
    classes_ : numpy.ndarray
    network_ : Network
    n_iter_ : int
    loss_ : float
    """

    def fit(self, X: Any, y: Any) -> EquilibriumClassifier:
        """Trains on samples of shape (n_samples, n_features) and their classes.

        Raises
        ------
        ValueError
            For parameters, samples and classes that have no meaning, and one class only.
        NotConvergedError
            If there is no equilibrium with the weights that training begins with.
        """
        self._check_params()
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        encoder = LabelEncoder()
        numbers = encoder.fit_transform(y)
        self.classes_ = encoder.classes_
        if len(self.classes_) < 2:
            raise ValueError(
                "Classifier can't train when only one class is present: there must be two classes at least"
            )
        one_hot = np.eye(len(self.classes_))[numbers]
        self._train(X, one_hot, len(self.classes_), "softmax-cross-entropy")
        return self

    def decision_function(self, X: Any) -> Any:
        """The outputs before the softmax; of two classes their difference."""
        found = self._answer(X)
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class."""
        found = self._answer(X)
        shifted = np.exp(found - found.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """The likeliest class of each sample."""
        found = self._answer(X)
        return self.classes_[found.argmax(axis=1)]


class EquilibriumReservoir(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Features from a random recurrent layer at its equilibrium, which is not trained.

    Parameters
    ----------
    hidden : int
    activation : str or dict
        A name, or ``{"leaky-relu": 0.1}`` for one with a parameter.
    gain : float
        The size of the recurrent weights; below 1 there is one equilibrium.
    threads : int
    random_state : int, RandomState or None

    Attributes
    ----------
    network_ : Network
    """

    def __init__(
        self, hidden: int = 100, *, activation: Any = "tanh", gain: float = 0.5,
        threads: int = 1, random_state: Any = None,
    ) -> None:  # fmt: skip
        self.hidden = hidden
        self.activation = activation
        self.gain = gain
        self.threads = threads
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> EquilibriumReservoir:
        """Draws the weights and takes the scale of the features.

        Raises
        ------
        ValueError
            For parameters and samples that have no meaning.
        """
        _check_whole(self, "hidden", "threads")
        _check_real(self, "gain")
        _activation(self.activation)
        X = validate_data(self, X, dtype=np.float64)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        graph = _graph(X.shape[1], self.hidden, self.hidden, self.activation, self.gain, seed)
        graph["groups"][1]["role"] = "output"
        graph["groups"][1]["bias"] = {"uniform": [-0.5, 0.5]}
        del graph["groups"][2], graph["connections"][2]
        self.network_ = from_graph(graph, threads=self.threads)
        self._mean, self._scale, _ = _standard(X)
        self._n_features_out = self.hidden
        return self

    def transform(self, X: Any) -> Any:
        """The activations of the layer, shape (n_samples, hidden)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.network_.solve((X - self._mean) / self._scale, throw=True).outputs.copy()


__all__ = ["EquilibriumClassifier", "EquilibriumRegressor", "EquilibriumReservoir"]
