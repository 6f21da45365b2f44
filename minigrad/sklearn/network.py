"""What both estimators share: a network is made, trained for some epochs, and asked."""

from copy import deepcopy
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arrays import plain
from ..data import DataLoader
from ..errors import DomainError, described
from ..nn import Chain, Dense, relu
from ..optimise import Adam
from ..random import generator
from ..serialise import f32, f64
from ..train import setup, train_
from ..walks import trainables

DTYPES = [np.float64, np.float32]
"""What a table may be of; anything else becomes the first."""


class Network(BaseEstimator):
    """The parameters of both estimators, and all of the training.

    A subclass has `default_loss`.
    """

    def __init__(
        self,
        hidden=(32,),
        *,
        act=relu,
        model=None,
        rule=None,
        loss=None,
        epochs=50,
        batchsize=32,
        random_state=None,
        verbose=False,
    ):
        self.hidden = hidden
        self.act = act
        self.model = model
        self.rule = rule
        self.loss = loss
        self.epochs = epochs
        self.batchsize = batchsize
        self.random_state = random_state
        self.verbose = verbose

    def _begin(self, x, outputs):
        """A new network for a table, and the state of its rule."""
        self._rng = _generator(self.random_state)
        make = self._dense_layers if self.model is None else self._factory()
        model = make(x.shape[1], outputs, self._rng)
        self._dtype = x.dtype
        self.model_ = (f64 if x.dtype == np.float64 else f32)(model)
        rule = Adam(0.01) if self.rule is None else deepcopy(self.rule)
        self.opt_state_ = setup(rule, self.model_)
        self.n_iter_, self.loss_curve_ = 0, []

    def _dense_layers(self, features, outputs, rng):
        sizes = _sizes(self.hidden)
        inner = zip([features, *sizes], sizes, strict=False)
        layers = [Dense(n, m, self.act, rng=rng) for n, m in inner]
        return Chain(*layers, Dense([features, *sizes][-1], outputs, rng=rng))

    def _factory(self):
        if not callable(self.model) or trainables(self.model):
            raise TypeError(
                f"model= is {described(self.model)}, and must be a function that makes "
                f"a new model, since fit begins anew each time. Write "
                f"model=lambda features, outputs, rng: Chain(...)."
            )
        return self.model

    def _train(self, x, y, epochs):
        """Some passes over the data, each with its mean loss in `loss_curve_`."""
        if not (self.loss is None or callable(self.loss)):
            raise TypeError(
                f"loss= is {self.loss!r}, and must be a function of scores and "
                f"targets, such as minigrad.{self.default_loss.__name__}."
            )
        compare, seen = self.loss or self.default_loss, []

        def loss(model, x, y):
            value = compare(model(x), y)
            seen.append((float(plain(value)), len(x)))
            return value

        data = DataLoader((x, y), batchsize=self.batchsize, shuffle=True, rng=self._rng)
        for _ in range(epochs):
            seen.clear()
            self._train_once(loss, data)
            values, counts = zip(*seen, strict=True)
            self.loss_curve_.append(float(np.average(values, weights=counts)))
            self.n_iter_ += 1
            if self.verbose:
                print(f"epoch {self.n_iter_:3}   loss {self.loss_curve_[-1]:.4f}")

    def _train_once(self, loss, data):
        try:
            train_(loss, self.model_, data, self.opt_state_, progress=False)
        except DomainError as error:
            error.add_note(
                "Columns of very different size do this: put a StandardScaler() before "
                "the network, make_pipeline(StandardScaler(), ...). Or lower the "
                "learning rate: rule=Adam(0.001)."
            )
            raise

    def _outputs(self, x):
        """What the network says of a table: (N, outputs)."""
        check_is_fitted(self)
        return self.model_(validate_data(self, x, reset=False, dtype=self._dtype))

    def _number_of_epochs(self):
        n = self.epochs
        if isinstance(n, bool) or not isinstance(n, Integral) or n < 1:
            raise ValueError(f"epochs={n!r} must be a whole number from 1 on.")
        return n


def _generator(random_state):
    """The generator that scikit-learn's `random_state` stands for.

    None is minigrad's own, which `minigrad.seed` resets.
    """
    if isinstance(random_state, np.random.RandomState):
        return generator(int(random_state.randint(2**31 - 1)))
    return generator(random_state)


def _sizes(hidden):
    numbers = list(hidden) if isinstance(hidden, list | tuple) else None
    if numbers is None or not all(isinstance(n, Integral) and n > 0 for n in numbers):
        raise ValueError(
            f"hidden={hidden!r} must be a tuple with the size of each hidden layer, as "
            f"(32,) for one, (64, 32) for two, () for none."
        )
    return numbers
