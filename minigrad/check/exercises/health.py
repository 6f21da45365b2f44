"""Notebook 08, Is my network healthy?: sizes on the way there and back, updates."""

from copy import deepcopy

import numpy as np

from ...autodiff.gradient import gradient
from ...nn import Chain, Dense, identity, relu, sigmoid, tanh
from ...walks import trainables
from ..calling import Attempt, attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, require
from . import norms  # noqa: F401  (the other exercises of this notebook)


def size(x):
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(x))))


# --- Starting weights ------------------------------------------------------------


def saw(a):
    """An activation that nobody has a formula for."""
    return 3 * np.abs(a) % 2


@tests("08.1")
def starting_weights(answer):
    """Shape, mean, size, for five functions; random, and repeatable."""
    n_out, n_in = 180, 300
    z = np.random.default_rng(5).standard_normal(400_000)
    for f in (identity, relu, tanh, sigmoid, saw):
        text = f"starting_weights({n_out}, {n_in}, {f.__name__}, rng)"
        drawn = [answer(n_out, n_in, f, np.random.default_rng(seed))
                 for seed in (0, 0, 1)]  # fmt: skip
        W = received(text, drawn[0]).value
        require(
            np.shape(W) == (n_out, n_in),
            SHAPE,
            f"`{text}` has shape {np.shape(W)}: a row for each neuron, and in it a "
            f"weight for each input.",
        )
        _check_randomness(text, drawn)
        found = np.asarray(W).std()
        power = np.mean(f(z) ** 2)
        right = 1 / np.sqrt(n_in * power)
        suspects = (
            (1 / np.sqrt(n_out * power), "The number of neurons in place of the "
             "number of inputs? What a neuron adds up are its inputs."),
            (1 / (n_in * power), "That looks like the variance. `rng.normal` takes "
             "the standard deviation, its root."),
            (1 / np.sqrt(n_in), "That would be right without any function: f makes "
             "the numbers smaller, or larger."),
            (np.sqrt(2 / n_in), "That is right for relu. Measure for each function."),
            (np.sqrt(power / n_in), "The smaller f makes the numbers, the larger the "
             "weights have to be."),
            (np.sqrt(2 / (n_in + n_out) / power), "Half of it keeps the size on the "
             "way back. Here it is only about the way there: n_in."),
            (1 / np.sqrt(n_in * np.var(f(z))), "Take the mean of the squares; the "
             "variance leaves out the mean of f(a), which is not 0."),
        )  # fmt: skip
        if abs(found / right - 1) < 0.03:
            continue
        said = next((s for wrong, s in suspects if abs(found / wrong - 1) < 0.02), "")
        after = size(f(z[:n_in]) @ np.asarray(W).T)
        near = abs(found / right - 1) < 0.1
        said = said or (near and "More numbers make the measurement more precise.")
        require(
            False,
            ALMOST if near else VALUE,
            f"With `{text}`, numbers before the activation of the size 1 become "
            f"numbers of the size {after:.3g} before the next. {said or ''}".rstrip(),
        )


def _check_randomness(text, drawn):
    first, again, other = map(np.asarray, drawn)
    require(
        np.array_equal(first, again) and not np.array_equal(first, other),
        VALUE,
        f"`{text}`: equal seeds should give equal weights, and other seeds others. "
        f"Take all random numbers from the `rng` that is given.",
    )
    error = abs(first.mean()) / first.std()
    require(
        error < 0.03,
        VALUE,
        f"`{text}`: the mean of the weights is {shown(first.mean())}, and should be 0, "
        f"but for chance.",
    )


# --- The way back ----------------------------------------------------------------

WORDS = ("vanishing", "exploding", "healthy")


def gradients():
    """Triples: a gradient of a chain, the word for it, what to say of a mistake."""
    x = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    model = Chain(Dense(4, 5, rng=0), np.tanh, Dense(5, 5, rng=1), relu,
                  Dense(5, 3, rng=2))  # fmt: skip
    base = gradient(lambda m: np.sum(m(x) ** 2), model)[0]

    def scaled(first, last, middle=1.0):
        made = deepcopy(base)
        for k, to in ((0, first), (2, middle), (4, last)):
            made.layers[k].bias[...] *= to / size(base.layers[k].bias)
        return made

    usual = "It is the first bias compared with the last."
    least = "It is less than 1/100, or more than 100 times."
    inner = "Layers in between do not count."
    weights = deepcopy(base)
    for k in (0, 2, 4):
        weights.layers[k].bias[...] /= size(base.layers[k].bias)
    weights.layers[0].weight[...] *= 1e6
    return (
        (scaled(1.0, 1.0), "healthy", usual),
        (scaled(1e-4, 1.0), "vanishing", usual),
        (scaled(1e4, 1.0), "exploding", usual),
        (scaled(1e-6, 1e-6), "healthy", "Both are small, but equally so."),
        (scaled(0.02, 1.0), "healthy", least),
        (scaled(50.0, 1.0), "healthy", least),
        (scaled(1.0, 1.0, 1e6), "healthy", inner),
        (scaled(np.inf, 1.0), "exploding", "One of them is infinite."),
        (scaled(np.nan, 1.0), "exploding", "One of them is NaN, and a comparison with "
         "NaN is never true."),
        (scaled(1.0, np.nan), "exploding", "One of them is NaN, and a comparison with "
         "NaN is never true."),
        (weights, "healthy", "Only the gradients of the biases count, not those of the "
         "weights."),
    )  # fmt: skip


@tests("08.2")
def way_back(answer):
    """Healthy, vanishing, exploding; None; NaN; layers in between."""
    for given, right, said in gradients():
        found = attempt(answer, given).value
        sizes = [size(given.layers[k].bias) for k in (0, 2, 4)]
        listed = ", ".join(f"{x:.3g}" for x in sizes)
        text = (
            f"For biases whose gradients have the sizes {listed} (and layers without a "
            f"bias in between)"
        )
        require(
            isinstance(found, str) and found in WORDS,
            VALUE,
            f"{text}, it returned {shown(found)}. The words are "
            f"{', '.join(map(repr, WORDS))}.",
        )
        require(found == right, VALUE, f"{text}, it returned {found!r}. {said}")


# --- Updates ---------------------------------------------------------------------


@tests("08.5")
def update_ratios(answer):
    """All arrays but those of zeros; by path; a number each; no change at all."""
    before = Chain(Dense(3, 4, tanh, rng=0), Dense(4, 2, rng=1))
    before[1].bias[...] = (0.5, -0.25)
    after = deepcopy(before)
    rng = np.random.default_rng(0)
    for factor, x in zip((1e-3, 1.0, 1e-1, 1e-4), trainables(after), strict=True):
        x += factor * rng.normal(size=x.shape).astype(np.float32)
    text = "update_ratios(before, after)"
    given = deepcopy((before, after))
    found = received(text, answer(*given)).value
    pairs = list(zip(trainables(before, path=True), trainables(after, path=True),
                     strict=True))  # fmt: skip
    kept = [(old, new) for (_, old), (_, new) in pairs if old.any()]
    right = {str(path): np.log10(size(new - old) / size(old))
             for (path, old), (_, new) in pairs if old.any()}  # fmt: skip
    require(
        isinstance(found, dict),
        SHAPE,
        f"`{text}` returned {shown(found)}. It is a dict, from paths to numbers.",
    )
    zeros = [str(path) for (path, old), _ in pairs if not old.any()]
    require(
        not set(zeros) & set(map(str, found)),
        VALUE,
        f"`{text}` has an entry for `{zeros[0]}`, which was nothing but zeros: a "
        f"change relative to 0 says nothing.",
    )
    require(
        set(found) == set(right),
        SHAPE,
        f"`{text}` has the keys {', '.join(map(shown, found))}. They are the paths of "
        f"all parameters that were not 0, as text: `str(path)`.",
    )
    for (path, value), (old, new) in zip(right.items(), kept, strict=True):
        _check_ratio(Attempt(f"{text}[{path!r}]", found[path]), value, old, new)
    same = answer(before, deepcopy(before))
    require(
        isinstance(same, dict) and set(same) == set(right)
        and all(value == -np.inf for value in same.values()),
        ALMOST,
        "For a model that a step leaves as it is, each number is -inf, the logarithm "
        "of 0.",
    )  # fmt: skip


def _check_ratio(got, value, old, new):
    suspects = [
        (10**value, "That is the ratio. Where is its logarithm?"),
        (value * np.log(10), "That is the natural logarithm: `np.log10`."),
        (-value, "The ratio is upside down: the change, over what was there."),
        (np.log10(size(new - old)), "That is the change. Relative to what?"),
        (np.log10(size(new - old) / size(new)), "The change is relative to the "
         "array before the step, not after it."),
        (np.log10(size(new) / size(old)), "That compares the sizes of both. It is "
         "the size of the difference."),
        (2 * value, "Is a root missing?"),
    ]  # fmt: skip
    matches(got, value, rtol=1e-4, suspects=suspects, check_dtype=False)
