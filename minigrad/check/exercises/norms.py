"""Notebook 08, normalisation: its vjp, and the layer that records."""

import numpy as np

from ...autodiff.gradient import gradient
from ...functors import is_object
from ...nn import BatchNorm
from ...walks import trainables
from ..calling import Attempt, attempt, received
from ..comparing import matches
from ..registry import tests
from ..states import SHAPE, VALUE, require

EPSILON = 1e-5


def normalised(x, axis):
    """The formula of the notebook."""
    deviation = x - np.mean(x, axis=axis, keepdims=True)
    variance = np.mean(deviation**2, axis=axis, keepdims=True)
    return deviation / np.sqrt(variance + EPSILON)


@tests("08.3")
def vjp_normalise(answer):
    """Both axes, two and three dimensions, small numbers, float32."""
    rng = np.random.default_rng(0)
    for shape, axis in (((4, 3), -1), ((4, 3), 0), ((2, 3, 4), 1), ((5,), 0)):
        g, x = rng.normal(size=(2, *shape)).round(1)
        _compare(answer, g, x, axis, 1e-8)
    _compare(answer, g, 1e-3 * x, 0, 1e-7)  # where epsilon counts
    g, x = rng.normal(size=(2, 4, 3)).astype(np.float32)
    _compare(answer, g, x, 0, 1e-4)


def _compare(answer, g, x, axis, rtol):
    mean = lambda z: np.mean(z, axis=axis, keepdims=True)
    sigma = np.sqrt(mean((x - mean(x)) ** 2) + EPSILON)
    y = (x - mean(x)) / sigma
    bare = (x - mean(x)) / np.std(x, axis=axis, keepdims=True)
    right = gradient(lambda x: np.sum(g * normalised(x, axis)), x)[0]
    suspects = [
        (g / sigma, "The mean and the deviation depend on x, too: that is the direct "
         "path alone."),
        ((g - mean(g)) / sigma, "The path through the deviation is missing."),
        ((g - y * mean(g * y)) / sigma, "The path through the mean is missing."),
        (g - mean(g) - y * mean(g * y), "All of it is still to be divided by sigma."),
        ((g - mean(g) - y * mean(g * y)) / sigma**2, "It is divided by sigma, and not "
         "by its square."),
        ((g - mean(g) - y * mean(g) * mean(y)) / sigma, "The mean of a product is not "
         "the product of the means."),
        ((g - mean(g) - (x - mean(x)) * mean(g * (x - mean(x)))) / sigma, "`y` is the "
         "result, divided by sigma; not the deviation alone."),
        ((g - mean(g) - bare * mean(g * bare)) / np.std(x, axis=axis, keepdims=True),
         "Where is epsilon?"),
    ]  # fmt: skip
    if axis == 0 and x.ndim == 2:
        rows = gradient(lambda x: np.sum(g * normalised(x, -1)), x)[0]
        suspects.append((rows, "All means are to be taken along `axis`, here 0."))
    got = attempt(answer, g, x, axis)
    about = "The gradient of x has the shape of x."
    matches(got, right, rtol=rtol, suspects=suspects, about_shape=about)


# --- A norm that records ---------------------------------------------------------


class Trial:
    """A layer of a student, in training and in use, beside what it should do."""

    def __init__(self, answer, x):
        self.layer = received("RecordedNorm(3)", answer(3)).value
        self.x = x
        _check_fields(self.layer)
        self.layer.scale[...] = (1.0, 2.0, -0.5)
        self.layer.shift[...] = (0.0, 0.5, 1.0)

    def formula(self, mean, var):
        """What comes out, given the statistics."""
        scale, shift = self.layer.scale, self.layer.shift
        return scale * (self.x - mean) / np.sqrt(var + np.float32(EPSILON)) + shift

    def train(self, c):
        """The output in training, and the gradient of x for the loss sum(c y)."""
        seen = []

        def loss(layer, x):
            y = received("layer(x) in training", layer(x)).value
            seen.append(np.array(_value(y)))
            return np.sum(c * y)

        return gradient(loss, self.layer, self.x)[1], seen[0]


def _value(y):
    return getattr(y, "value", y)


def _check_fields(layer):
    require(
        is_object(layer) and all(
            np.shape(getattr(layer, name, None)) == (3,)
            for name in ("scale", "shift", "mean", "var")
        ),
        SHAPE,
        "`RecordedNorm(3)` has the fields scale, shift, mean and var, of shape (3,), "
        "and is marked by `@mg.functor(...)`. Leave that as it was given.",
    )  # fmt: skip
    names = {str(path) for path, _ in trainables(layer, path=True)}
    require(
        names == {"scale", "shift"},
        VALUE,
        f"What is trained is {', '.join(sorted(names))}. Recorded numbers are not: "
        f'`@mg.functor(trainable=("scale", "shift"))`.',
    )


@tests("08.4")
def RecordedNorm(answer):
    """In training by the batch, which is recorded; in use by what is recorded."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(6, 3)) * (1, 2, 0.5) + (0, 3, -1)).astype(np.float32)
    mean, var = x.mean(axis=0), x.var(axis=0)
    trial = Trial(answer, x)
    c = rng.normal(size=x.shape).astype(np.float32)
    slope, seen = trial.train(c)
    _check_training(trial, seen, mean, var)
    _check_records(trial.layer, mean, var)
    theirs = BatchNorm(3)
    theirs.gamma[...] = trial.layer.scale
    expected = gradient(lambda x: np.sum(c * theirs(x)), x)[0]
    direct = c * trial.layer.scale / np.sqrt(var + EPSILON)
    suspects = [(direct, "No gradient passes through the mean and the variance: they "
                 "were made constants before they were used.")]  # fmt: skip
    got = received("the gradient of x", slope)
    matches(got, expected, rtol=1e-4, suspects=suspects)
    _check_use(trial, mean, var)


def _check_training(trial, seen, mean, var):
    formula, layer = trial.formula, trial.layer
    suspects = [
        (formula(np.zeros(3), np.ones(3)), "In training it is standardised by the "
         "batch, and not by what is recorded."),
        (formula(layer.mean, layer.var), "In training it is standardised by the batch, "
         "and not by what is recorded."),
        (formula(mean, var) - layer.shift, "Where is the shift?"),
        ((trial.x - mean) / np.sqrt(var), "Scale it, and shift it."),
        (formula(mean, var**2), "By the deviation, the root of the variance."),
    ]  # fmt: skip
    whole = formula(trial.x.mean(), trial.x.var())
    suspects.append((whole, "Each feature has its own mean: axis 0."))
    got = Attempt("layer(x) in training", seen)
    matches(got, formula(mean, var).astype(np.float32), rtol=1e-5, suspects=suspects)


def _check_records(layer, mean, var):
    """Both have been moved, once, a tenth of the way."""
    for name, start, new in (("mean", 0.0, mean), ("var", 1.0, var)):
        found = getattr(layer, name)
        tenth = (0.9 * start + 0.1 * new).astype(np.float32)
        twice = 0.9 * tenth + 0.1 * new
        suspects = [
            (np.full(3, start), "After a step of training it is still what it was at "
             "first. Inside a gradient, what you assign to a field is lost: call "
             f"`move(self.{name}, {name})`, which writes into the array."),
            (new, "That is the statistic of the last batch, and not a running mean."),
            (twice, "It has been moved twice."),
        ]  # fmt: skip
        got = Attempt(f"after one step of training, layer.{name}", found)
        matches(got, tenth, rtol=1e-5, suspects=suspects)


def _check_use(trial, mean, var):
    layer = trial.layer
    layer.mean[...], layer.var[...] = (0.5, -1.0, 2.0), (4.0, 1.0, 0.25)
    recorded = np.array(layer.mean), np.array(layer.var)
    got = received("layer(x) in use", layer(trial.x))
    said = "In use it is standardised by what is recorded, and not by the batch."
    suspects = [(trial.formula(mean, var), said)]
    matches(got, trial.formula(*recorded), rtol=1e-5, suspects=suspects)
    require(
        np.array_equal(layer.mean, recorded[0])
        and np.array_equal(layer.var, recorded[1]),
        VALUE,
        "In use, what is recorded has changed. It is for training only: a test set "
        "must not leave traces.",
    )
    one = received("layer(x[:1]) in use", layer(trial.x[:1])).value
    matches(
        Attempt("layer(x[:1]) in use", one), trial.formula(*recorded)[:1], rtol=1e-5
    )
