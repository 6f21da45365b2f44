"""Notebook 09, Steering: decays, angles, schedules."""

from math import cos, pi

import numpy as np

from ...autodiff.gradient import gradient
from ...nn import Chain, Dense, tanh
from ...optimise import Adam, Descent, Momentum
from ...walks import fmap, trainables
from ..calling import Attempt, attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, Finding, require
from . import tuning  # noqa: F401  (the other exercises of this notebook)

# --- Decay -----------------------------------------------------------------------


def walked(decayed, rule, rate, dxs, x):
    """The weights after each step, for a way to decay."""
    state, places = rule.init(x), []
    for dx in dxs:
        state, step = decayed(rule, rate, state, x, dx)
        x = x - step
        places.append(x)
    return np.array(places)


def past(rule, rate, state, x, dx):
    """As it should be."""
    state, step = rule.apply(state, x, dx)
    return state, step + rate * x


def through(rule, rate, state, x, dx):
    """The penalty."""
    return rule.apply(state, x, dx + rate * x)


def away(rule, rate, state, x, dx):
    """With the wrong sign."""
    return past(rule, -rate, state, x, dx)


def constant(rule, rate, state, x, dx):
    """Without the weights."""
    state, step = rule.apply(state, x, dx)
    return state, step + rate


def of_the_step(rule, rate, state, x, dx):
    """A part of the step."""
    state, step = rule.apply(state, x, dx)
    return state, (1 + rate) * step


def none(rule, rate, state, x, dx):
    """No decay."""
    return rule.apply(state, x, dx)


def forgetful(rule, rate, state, x, dx):
    """The state never changes."""
    return state, past(rule, rate, state, x, dx)[1]


MISTAKES = (
    (through, "The rule has seen the decay: that is the penalty. Give the rule `dx` as "
     "it is, and add to its step."),
    (away, "The step is subtracted from x: with this sign, weights grow."),
    (constant, "It is `rate` times x: large weights shrink more."),
    (of_the_step, "It is a part of x that is taken away, and not of the step."),
    (none, "There is no decay in it."),
    (forgetful, "The rule does not remember: return its *new* state."),
)  # fmt: skip


@tests("09.1")
def DecoupledDecay(answer):
    """Three rules, five steps each; arrays of two shapes, and float32."""
    rng = np.random.default_rng(0)
    cases = (
        (Adam(0.1), (3,), np.float64),
        (Momentum(0.1), (2, 2), np.float64),
        (Adam(0.1), (4,), np.float32),
        (Descent(0.1), (3,), np.float64),
    )
    for rule, shape, dtype in cases:
        x = (1 + rng.random(shape)).round(1).astype(dtype)
        dxs = rng.normal(size=(5, *shape)).round(1).astype(dtype)
        student = answer(rule, 0.25)
        text = f"{rule!r} in DecoupledDecay(rule, 0.25)"
        state = student.init(x)
        require(
            rule.init(x) is None or state is not None,
            VALUE,
            f"{text}: `init(x)` returned None. The rule inside has something to "
            f"remember.",
        )
        place, places = x, []
        for dx in dxs:
            pair = attempt(student.apply, state, place, dx).value
            require(
                isinstance(pair, tuple) and len(pair) == 2,
                SHAPE,
                f"`apply(state, x, dx)` returned {shown(pair)}. It is a pair: the new "
                f"state, and the step.",
            )
            state, step = pair
            place = place - step
            places.append(place)
        walks = [(walked(wrong, rule, 0.25, dxs, x), said) for wrong, said in MISTAKES]
        rtol = 1e-9 if dtype is np.float64 else 1e-5
        for k, right in enumerate(walked(past, rule, 0.25, dxs, x)):
            got = Attempt(f"x after {k + 1} steps, {text}", places[k])
            suspects = [(wrong[k], said) for wrong, said in walks]
            matches(got, right, rtol=rtol, suspects=suspects)


# --- Angles ----------------------------------------------------------------------


def gradients():
    """Gradients of a small model, of which one has None in it."""
    model = Chain(Dense(2, 3, tanh, rng=0), np.tanh, Dense(3, 1, rng=1))
    x = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    losses = (
        lambda m: np.sum(m(x) ** 2),
        lambda m: np.sum(m(x)),
        lambda m: np.sum(m[0](x) ** 3) + np.sum(m[2].weight * m[2].bias),
    )
    return [gradient(loss, model)[0] for loss in losses]


def row(tree):
    """All numbers of a gradient."""
    return np.concatenate([x.ravel() for x in trainables(tree)]).astype(np.float64)


def cosine(a, b):
    """Of the angle between two rows."""
    return np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))


@tests("09.2")
def angle_between(answer):
    """Random, scaled, opposite and equal gradients."""
    first, second, third = gradients()
    for one, other in ((first, second), (first, third), (second, third)):
        a, b = row(one), row(other)
        arrays = zip(trainables(one), trainables(other), strict=True)
        angles = [np.degrees(np.arccos(np.clip(cosine(x, y), -1, 1)))
                  for x, y in arrays]  # fmt: skip
        right = np.degrees(np.arccos(cosine(a, b)))
        suspects = (
            (np.radians(right), "Those are radians. `np.degrees` makes degrees."),
            (cosine(a, b), "That is the cosine. The angle is its `np.arccos`."),
            (np.mean(angles), "That is the mean of the angles of the arrays. All "
             "numbers in one row have one angle."),
            (180 - right, "That is the angle to the opposite direction."),
            (np.degrees(cosine(a, b)), "That is the cosine. The angle is its "
             "`np.arccos`."),
            (np.degrees(np.arccos(np.clip(np.sum(a * b), -1, 1))), "The product is to "
             "be divided by both norms."),
            (angles[0], "That is the angle of the first array alone."),
        )  # fmt: skip
        found = answer(one, other)
        got = received("angle_between(one, other)", found)
        matches(got, right, rtol=1e-4, suspects=suspects, check_dtype=False,
                about_shape="One angle for the whole gradient.")  # fmt: skip
    for tree in (first, second, third):
        _on_a_line(answer, tree)


def _on_a_line(answer, tree):
    """Equal, longer, and opposite."""
    for factor, right in ((1, 0.0), (3, 0.0), (1e-3, 0.0), (-2, 180.0)):
        times = np.float32(factor)
        scaled = fmap(lambda x, times=times: None if x is None else x * times, tree)
        found = received("it", answer(tree, scaled)).value
        text = f"For a gradient g, the angle between g and {factor} g"
        require(
            not np.isnan(found),
            ALMOST,
            f"{text} is NaN. Rounding has made the cosine a little larger than 1, or "
            f"smaller than -1: limit it by `np.clip(cosine, -1, 1)`.",
        )
        require(
            abs(found - right) < 0.1,
            VALUE,
            f"{text} is {shown(float(found))}. Lengths do not count, and directions "
            f"do.",
        )


# --- Schedules -------------------------------------------------------------------


@tests("09.4")
def warmup_cosine(answer):
    """Every step of three schedules, and some after the end."""
    for top, warm, steps in ((1.0, 4, 12), (0.01, 1, 5), (3e-4, 10, 20)):
        for t in range(1, steps + 4):
            got = attempt(answer, t, top, warm, steps)
            share = (t - warm) / (steps - warm)
            fall = top / 2 * (1 + cos(pi * share))
            right = top * t / warm if t <= warm else fall if t < steps else 0.0
            suspects = [
                (top * (t - 1) / warm, "The line would have been 0 in step 0, and "
                 "steps are counted from 1."),
                (top * (t - 1) / max(warm - 1, 1), "The line would have been 0 in step "
                 "0, and steps are counted from 1."),
                (fall, "After the last step the wave goes up again; the rate is to "
                 "stay at 0." if t > steps else "In the first steps it rises in a "
                 "straight line."),
                (top / 2 * (1 + cos(pi * t / steps)), "The wave begins after the "
                 "warm-up: (t - warm) / (steps - warm)."),
                (top / 2 * (1 + cos(pi * (t - warm) / steps)), "The wave ends in step "
                 "`steps`, and it began in step `warm`: it takes steps - warm."),
                (top * (1 + cos(pi * share)), "It should be `top` in step `warm`, and "
                 "not twice as much: top / 2."),
                (top * (1 - share), "That falls in a straight line."),
                (top, "It does not change any more."),
            ]  # fmt: skip
            if not isinstance(got.value, float | int | np.floating):
                raise Finding(
                    SHAPE,
                    f"`{got.text}` is {shown(got.value)}, and should be a number.",
                )
            matches(got, right, rtol=1e-9, atol=1e-12, suspects=suspects,
                    check_dtype=False)  # fmt: skip
