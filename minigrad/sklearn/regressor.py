"""A network that predicts numbers."""

from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from ..nn import mse
from .network import DTYPES, Network


class NetRegressor(RegressorMixin, Network):
    """A network that predicts one number or several, as an estimator of scikit-learn.

    The columns, and the targets too, should be of similar size: put a `StandardScaler`
    before it, and a `TransformedTargetRegressor` around it.

    Args:
        hidden: the sizes of the hidden layers.
        act: their activation.
        model: a function `(features, outputs, rng) -> model`.
        rule: the optimisation rule; by default `Adam(0.01)`.
        loss: a function of predictions and targets, of shape (N, outputs) both; by
            default `mse`.
        epochs: how many passes.
        batchsize: observations per batch.
        random_state: a seed, a generator, or None.
        verbose: whether to print the loss of each epoch.

    `NetClassifier` says more about each of them, and about the attributes: all but
    `classes_` are here too.

    >>> from minigrad import Descent
    >>> from minigrad.datasets import line
    >>> x, y = line(200, slope=2, intercept=1, noise=0, rng=0)
    >>> net = NetRegressor(hidden=(), rule=Descent(0.3)).fit(x, y[:, 0])
    >>> net.predict([[0.0], [0.5]]).round(2)
    array([1., 2.], dtype=float32)
    """

    default_loss = staticmethod(mse)

    def fit(self, X, y):
        """Train a new network on a table (N, features).

        The targets y are of shape (N,), or (N, outputs).

        Raises:
            ValueError: a parameter or the data cannot be used.
            DomainError: the loss became NaN or infinite.
        """
        epochs = self._number_of_epochs()
        X, y = self._checked(X, y, reset=True)
        self._target_shape = y.shape[1:]
        columns = y.reshape(len(y), -1)
        self._begin(X, columns.shape[1])
        self._train(X, columns, epochs)
        return self

    def partial_fit(self, X, y):
        """One more pass over a table, which may be a part of the data."""
        begins = not hasattr(self, "model_")
        X, y = self._checked(X, y, reset=begins)
        columns = y.reshape(len(y), -1)
        if begins:
            self._target_shape = y.shape[1:]
            self._begin(X, columns.shape[1])
        elif y.shape[1:] != self._target_shape:
            raise ValueError(
                f"y has the shape {y.shape}, and in the first call to partial_fit it "
                f"had {('N', *self._target_shape)}. Give as many targets."
            )
        self._train(X, columns, 1)
        return self

    def _checked(self, X, y, reset):
        dtype = DTYPES if reset else self._dtype
        both = dict(reset=reset, dtype=dtype, multi_output=True, y_numeric=True)
        X, y = validate_data(self, X, y, **both)
        return X, y.astype(X.dtype)

    def predict(self, X):
        """The predictions for a table: (N,), or (N, outputs) if the targets were so."""
        y = self._outputs(X)
        return y.reshape(len(y), *self._target_shape)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
