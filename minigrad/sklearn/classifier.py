"""A network that tells classes apart."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ..labels import onehotbatch
from ..nn import logitcrossentropy, softmax
from .network import DTYPES, Network


class NetClassifier(ClassifierMixin, Network):
    """A network with a score for each class, as an estimator of scikit-learn.

    Trained by `train_`: `epochs` passes over the data in batches, in an order that is
    drawn anew for each. The columns should be of similar size: put a `StandardScaler`
    before it.

    Args:
        hidden: the sizes of the hidden layers, which are `Dense`.
        act: their activation.
        model: a function `(features, outputs, rng) -> model` that makes another network
            than this, with an output for each class; `hidden` and `act` count for
            nothing then.
        rule: the optimisation rule; by default `Adam(0.01)`.
        loss: a function of the scores (N, C) and the one-hot targets; by default
            `logitcrossentropy`, and `predict_proba` is meant for that.
        epochs: how many passes.
        batchsize: observations per batch.
        random_state: where weights and orders come from: a seed, a generator of NumPy,
            or None for the default generator, which `minigrad.seed` resets.
        verbose: whether to print the loss of each epoch.

    Attributes:
        classes_: the labels, sorted, in the order of the scores.
        model_: the network. Its parameters are float32 if the first table was, and
            float64 otherwise.
        opt_state_: the state tree of the rule.
        loss_curve_: the mean loss of each epoch, for `plots.loss_curve`.
        n_iter_: the number of epochs.
        n_features_in_, feature_names_in_: what scikit-learn says about a table.

    There are no sample weights: with batches, two observations are not the same as one
    of weight two, as scikit-learn wants it.

    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from minigrad.datasets import iris
    >>> x, y, *_ = iris()
    >>> net = make_pipeline(StandardScaler(), NetClassifier(random_state=0))
    >>> bool(net.fit(x, y).score(x, y) > 0.95)
    True
    """

    default_loss = staticmethod(logitcrossentropy)

    def fit(self, X, y):
        """Train a new network on a table (N, features) and N labels.

        Raises:
            ValueError: a parameter or the data cannot be used, or y has one class.
            DomainError: the loss became NaN or infinite.
        """
        epochs = self._number_of_epochs()
        X, y = self._checked(X, y, reset=True)
        classes = np.unique(y)
        if len(classes) < 2:
            raise ValueError(
                f"y has one class only, {classes[0]}, and there is nothing to tell "
                f"apart. If the data was cut in two, shuffle it before."
            )
        self.classes_ = classes
        self._begin(X, len(classes))
        self._train(X, onehotbatch(y, classes), epochs)
        return self

    def partial_fit(self, X, y, classes=None):
        """One more pass over a table, which may be a part of the data.

        Args:
            X: a table (N, features).
            y: its labels.
            classes: all labels that there will ever be; needed by the first call.
        """
        begins = not hasattr(self, "model_")
        if begins and classes is None:
            raise ValueError(
                "classes must be passed on the first call to partial_fit, since a part "
                "of the data may lack some: write partial_fit(X, y, classes=[...])."
            )
        if classes is not None:
            given = np.unique(classes)
            if not begins and not np.array_equal(given, self.classes_):
                raise ValueError(
                    f"classes={given} are not those of the first call to partial_fit, "
                    f"{self.classes_}. Begin a new network for other classes."
                )
        X, y = self._checked(X, y, reset=begins)
        known = given if begins else self.classes_
        unknown = np.setdiff1d(y, known)
        if len(unknown):
            raise ValueError(
                f"y has the labels {unknown}, which are not among the classes {known} "
                f"of the first call to partial_fit. Begin a new network with all of "
                f"them."
            )
        if begins:
            self.classes_ = given
            self._begin(X, len(given))
        self._train(X, onehotbatch(y, self.classes_), 1)
        return self

    def _checked(self, X, y, reset):
        dtype = DTYPES if reset else self._dtype
        X, y = validate_data(self, X, y, reset=reset, dtype=dtype)
        check_classification_targets(y)
        return X, y

    def predict_proba(self, X):
        """The probability of each class: the softmax of the scores, (N, C)."""
        return softmax(self._outputs(X).astype(np.float64))

    def predict(self, X):
        """The most probable class of each row of a table, (N,)."""
        scores = self._outputs(X)
        return self.classes_[np.argmax(scores, axis=1)]
