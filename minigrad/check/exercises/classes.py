"""Notebook 07, Classify without overflowing: logsumexp, cross entropy, spirals."""

import numpy as np

from ...arrays import plain
from ...autodiff.gradient import gradient
from ...datasets import spirals
from ...labels import onecold
from ...nn import logsoftmax, softmax
from ..calling import attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, Finding, require

# --- Logarithms ------------------------------------------------------------------


def exact(x):
    """logsumexp, pair by pair, as NumPy's logaddexp has it."""
    return np.logaddexp.reduce(np.asarray(x, np.float64), axis=-1)


@tests("07.1")
def log_sum_exp(answer):
    """Small and large scores, one to three axes, dtypes; its gradient is softmax."""
    rng = np.random.default_rng(0)
    for shape in ((3,), (2, 3), (2, 2, 3), (3, 1)):
        x = rng.normal(size=shape).round(1)
        largest = np.max(x, axis=-1)
        shifted = x - np.max(x, axis=-1, keepdims=True)
        suspects = [
            (np.log(np.sum(np.exp(shifted), axis=-1)), "The largest score was "
             "subtracted inside. Outside, it has to be added again."),
            (np.sum(np.exp(x), axis=-1), "That is the sum. Where is its logarithm?"),
            (largest, "That is the largest score alone."),
            (np.log(np.sum(np.exp(x))), "That is the sum over all numbers. Each row "
             "has its own: `axis=-1`."),
            (exact(x)[..., None], "The last axis is to disappear: `keepdims` keeps "
             "it."),
            (largest[..., None] + np.log(np.sum(np.exp(shifted), axis=-1)),
             "A column and a row have been added to a table. Take the axis of length "
             "1 away from the maximum: `m[..., 0]`."),
        ]  # fmt: skip
        about = "There should be one number for each row: the last axis disappears."
        got = attempt(answer, x)
        matches(got, exact(x), suspects=suspects, about_shape=about)
    _large(answer)
    x = rng.normal(size=(2, 3)).astype(np.float32)
    matches(attempt(answer, x), exact(x).astype(np.float32), rtol=1e-5)
    slope = received("its gradient", gradient(lambda x: np.sum(answer(x)), x)[0])
    matches(slope, softmax(x), rtol=1e-5)


def _large(answer):
    """Scores that overflow or underflow, wherever they stand."""
    for row in ([1e4, 0.0], [-1e4, -1e4], [0.0, 800.0, -800.0], [-900.0, -901.0]):
        x = np.array([row, [0.0] * len(row)])
        got = attempt(answer, x)
        if np.all(np.isfinite(got.value)):
            said = "Is the size of the scores limited? That changes the result."
            matches(got, exact(x), suspects=[(got.value, said)])
            continue
        said = (
            "All exponentials of a row were rounded to 0. Is it the largest score of "
            "that *row* that is subtracted?"
            if np.min(got.value) == -np.inf
            else "exp has overflowed. Subtract the largest score before it."
        )
        raise Finding(VALUE, f"`{got.text}` returned {shown(got.value)}: {said}")


@tests("07.2")
def cross_entropy(answer):
    """Small and large scores; the mean; dtypes; the gradient is p - y over N."""
    rng = np.random.default_rng(0)
    for n, classes in ((1, 2), (4, 3), (6, 10)):
        scores = rng.normal(size=(n, classes)).round(1)
        labels = rng.integers(0, classes, n)
        all_of_them = -logsoftmax(scores)
        each = all_of_them[np.arange(n), labels]
        right = scores[np.arange(n), labels]
        suspects = [
            (each, "Those are the surprises of the samples. The mean of them."),
            (each.sum(), "That is the sum of the surprises, and not their mean."),
            (-each.mean(), "The sign is the wrong way round: a surprise is not "
             "negative."),
            (all_of_them.mean(), "That is the mean over all classes. Only the right "
             "class of each sample counts."),
            (exact(scores).mean(), "That is the first term. The score of the right "
             "class is to be subtracted."),
            (-right.mean(), "That is the second term alone."),
            (np.mean(exact(scores)[:, None] - scores[:, labels]), "Each sample is "
             "compared with the labels of all samples: `scores[:, labels]` is a table. "
             "Index with two arrays."),
        ]  # fmt: skip
        about = "It should be one number: the mean of all."
        got = attempt(answer, scores, labels)
        matches(got, each.mean(), suspects=suspects, about_shape=about)
    _decided(answer)
    scores = scores.astype(np.float32)
    got = attempt(answer, scores, labels)
    matches(got, each.mean().astype(np.float32), rtol=1e-5)
    slope = gradient(lambda x: answer(x, labels), scores)[0]
    expected = (softmax(scores) - np.eye(classes, dtype=np.float32)[labels]) / n
    matches(received("its gradient", slope), expected, rtol=1e-5)


def _decided(answer):
    """Networks that are certain: right, and wrong."""
    labels = np.array([0, 1])
    for scores in ([[1e4, 0.0], [0.0, 1e4]], [[0.0, 900.0], [-900.0, 0.0]],
                   [[-1e4, 1e4], [1e4, -1e4]]):  # fmt: skip
        x = np.array(scores)
        got = attempt(answer, x, labels)
        require(
            np.all(np.isfinite(got.value)),
            VALUE,
            f"`{got.text}` returned {shown(got.value)}. Where the network is certain, "
            f"softmax rounds to 0, or overflows; do without it: the surprise is "
            f"logsumexp minus the score of the right class.",
        )
        surprise = -logsoftmax(x)[np.arange(2), labels]
        said = "Is something added to a probability, or is it limited? Do without it."
        suspects = [(np.asarray(got.value), said)]
        matches(got, np.mean(surprise), atol=1e-9, suspects=suspects)


# --- What kind of output ---------------------------------------------------------

WORDS = ("probabilities", "log probabilities", "scores")


def outputs_of_all_kinds():
    """Pairs (outputs, their kind), and what to say of a mistake."""
    rng = np.random.default_rng(0)
    x = 3 * rng.normal(size=(4, 5))
    many = rng.normal(size=(2, 200)).astype(np.float32)
    usual = "Look at the signs, and at the sums of the rows."
    return (
        (softmax(x), WORDS[0], "No number is negative, and the rows have the sum 1, up "
         "to a rounding error."),
        (logsoftmax(x), WORDS[1], "The sums of the exponentials are 1."),
        (x, WORDS[2], usual),
        (np.abs(x) + 1, WORDS[2], "No number is negative, but the rows have other "
         "sums."),
        (np.array([[2.0, -1.0], [1.5, -0.5]]), WORDS[2], "The rows have the sum 1, "
         "but there are negative numbers."),
        (-np.abs(x) - 2, WORDS[2], "All are negative, but the sums of the "
         "exponentials are not 1."),
        (np.eye(3), WORDS[0], "Zeros and ones are probabilities, too."),
        (np.array([[0.5, 0.3], [0.4, 0.8]]), WORDS[2], "The sum of all is 2, but not "
         "that of each row 1."),
        (softmax(many), WORDS[0], "In float32, sums are not exactly 1: up to 0.001 "
         "counts as equal."),
        (logsoftmax(many), WORDS[1], "In float32, sums are not exactly 1: up to 0.001 "
         "counts as equal."),
        (np.array([[0.51, 0.5], [0.5, 0.51]]), WORDS[2], "Its sums are 1.01, and only "
         "up to 0.001 counts as equal."),
    )  # fmt: skip


@tests("07.4")
def kind_of_output(answer):
    """All three kinds, and what looks like them."""
    for x, right, said in outputs_of_all_kinds():
        got = attempt(answer, x)
        found = got.value
        require(
            isinstance(found, str),
            SHAPE,
            f"`{got.text}` returned {shown(found)}. It is one word for all rows: "
            f"{', '.join(map(repr, WORDS))}.",
        )
        require(
            found in WORDS,
            ALMOST if " ".join(found.lower().replace("-", " ").split()) in WORDS
            else VALUE,
            f"`{got.text}` returned {found!r}. The words are "
            f"{', '.join(map(repr, WORDS))}.",
        )  # fmt: skip
        first = shown(x[0]) if x.shape[1] < 10 else f"{x.shape[1]} numbers, {x.dtype}"
        require(
            found == right,
            VALUE,
            f"For outputs of shape {x.shape}, whose first row is {first}, it returned "
            f"{found!r}. {said}",
        )


# --- Spirals ---------------------------------------------------------------------


@tests("07.5")
def spiral_classifier(answer):
    """Scores, and unseen points recognised, for two seeds."""
    for seed in (0, 1):
        x, y = spirals(400, classes=3, noise=0.01, rng=10 + seed)
        text = f"spiral_classifier(x, y, default_rng({seed}))"
        model = received(text, answer(x, y, np.random.default_rng(seed))).value
        require(
            callable(model),
            VALUE,
            f"`{text}` returned {shown(model)}, which cannot be called with points. "
            f"Return the model.",
        )
        unseen, labels = spirals(400, classes=3, noise=0.01, rng=20 + seed)
        got = received(f"{text}(points)", plain(model(unseen)))
        _check_scores(got, labels)
        recognised = np.mean(onecold(np.asarray(got.value)) == labels)
        seen = np.mean(onecold(np.asarray(plain(model(x)))) == y)
        require(
            recognised > 0.97,
            ALMOST if recognised > 0.9 else VALUE,
            f"`{text}` recognises {seen:.1%} of the points that it was trained on, and "
            f"{recognised:.1%} of others. {_advice(seen, recognised)}",
        )


def _check_scores(got, labels):
    shape = np.shape(got.value)
    require(
        shape == (len(labels), 3),
        SHAPE,
        f"`{got.text}` has shape {shape} for {len(labels)} points. There should be a "
        f"row for each point, and in it a score for each of the three classes.",
    )
    scores = np.asarray(got.value)
    require(
        np.isfinite(scores).all(),
        VALUE,
        f"`{got.text}` holds NaN or infinity: the training has diverged.",
    )
    sums = scores.sum(axis=1)
    require(
        scores.min() < 0 or not np.allclose(sums, 1, atol=1e-3),
        VALUE,
        f"`{got.text}` looks like probabilities. The network is to return scores: the "
        f"loss has the softmax.",
    )


def _advice(seen, recognised):
    if seen < 0.75:
        return (
            "Straight lines can hardly do less. Has the network a hidden layer with an "
            "activation, does each point keep its own label, and are there some "
            "hundred steps?"
        )
    if seen - recognised > 0.03:
        return "It has learnt the points by heart. Fewer neurons, or fewer steps?"
    return "It is on its way: more steps, more neurons, or a larger learning rate?"
