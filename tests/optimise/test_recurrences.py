"""The recurrences that check our rules are themselves checked, from two sides.

By the numbers that are quoted for three gradients, and by a hundred steps that
PyTorch and optax have computed. Where those define a rule differently, a second
recurrence in this file says how, and must reproduce their numbers as closely.
"""

from inspect import signature
from math import inf, sqrt

import numpy as np
import pytest

from minigrad import optimise

from .recurrences import (
    RECURRENCES,
    ROWS,
    THREE,
    TWELVE,
    X0,
    Average,
    adam,
    follow,
    follow_mixed,
    follow_muon,
    orthogonalised,
    rprop,
    trajectories,
)

# --- Quoted numbers --------------------------------------------------------------

WIDE = (0.89, 0.995)
QUOTED = [  # rule, arguments, number of decimals, x after the three gradients
    ("Descent", {}, 12, [1.02, -2.11, 0.53]),
    ("Descent", {"eta": 0.3}, 12, [1.06, -2.33, 0.59]),
    ("Momentum", {}, 12, [0.99669, -2.01208, 0.50327]),
    ("Momentum", {"rho": 0.99}, 12, [0.9960699, -2.0120098, 0.5030297]),
    ("Nesterov", {}, 12, [0.9999021, -2.0021872, 0.5005943]),
    (
        "Nesterov",
        {"eta": 0.003, "rho": 0.95},
        12,
        [0.9995590375, -2.006732825, 0.5017956125],
    ),
    ("RMSProp", {}, 8, [0.99652326, -2.00246481, 0.49969487]),
    (
        "RMSProp",
        {"eta": 0.002, "rho": 0.95},
        9,
        [0.9901254124, -2.006875185, 0.4990960314],
    ),
    ("Adam", {}, 8, [0.99831931, -2.00016305, 0.49964910]),
    ("Adam", {"beta": (0.9, 0.8)}, 9, [0.9983447684, -2.000099564, 0.499645734]),
    ("RAdam", {}, 8, [0.99973768, -2.00036990, 0.49998328]),
    ("RAdam", {"beta": (0.9, 0.8)}, 8, [0.99973768, -2.00036990, 0.49998328]),
    ("AdaMax", {}, 8, [0.99849179, -1.99983869, 0.49947231]),
    ("AdaMax", {"beta": (0.9, 0.995)}, 9, [0.9984917946, -1.999838687, 0.4994730484]),
    ("AdaGrad", {}, 8, [0.88914986, -2.07580382, 0.48944273]),
    ("AdaGrad", {"eta": 0.001}, 9, [0.9988914986, -2.000758038, 0.4998944273]),
    ("AdaDelta", {}, 8, [0.99978667, -2.00061197, 0.50008783]),
    ("AdaDelta", {"rho": 0.89}, 9, [0.9997965884, -2.000584143, 0.5000841395]),
    ("AMSGrad", {}, 8, [0.99408947, -2.00228563, 0.49979387]),
    ("AMSGrad", {"beta": WIDE}, 9, [0.997106658, -2.001129234, 0.4999046204]),
    ("NAdam", {}, 8, [0.99794027, -2.00053784, 0.49962349]),
    (
        "NAdam",
        {"eta": 0.002, "beta": WIDE},
        9,
        [0.9958927643, -2.001103525, 0.4992617836],
    ),
    ("AdamW", {}, 8, [0.99831931, -2.00016305, 0.49964910]),
    (
        "AdamW",
        {"beta": WIDE, "lambda_": 0.1},
        9,
        [0.9980239607, -1.999573673, 0.4995067928],
    ),
    (
        "AdamW",
        {"beta": WIDE, "lambda_": 0.1, "couple": False},
        9,
        [0.7276022878, -1.458318756, 0.3643094986],
    ),
    ("OAdam", {}, 8, [0.99910934, -2.00167335, 0.50029462]),
    ("OAdam", {"eta": 1e-4}, 8, [0.99991093, -2.00016733, 0.50002946]),
    ("OAdam", {"beta": (0.9, 0.995)}, 9, [0.9985231841, -2.000881712, 0.4999321105]),
    ("AdaBelief", {}, 8, [0.99809880, -2.00017790, 0.49958190]),
    ("AdaBelief", {"beta": (0.9, 0.8)}, 9, [0.9981278962, -2.000109492, 0.4995771118]),
]


@pytest.mark.parametrize(("rule", "arguments", "decimals", "expected"), QUOTED)
def test_quoted_numbers(rule, arguments, decimals, expected):
    found = follow([(rule, arguments)], X0, THREE)[-1]
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.5 * 10**-decimals)


def test_rprop_by_hand():
    gradients = [[1.0], [3.0], [-2.0], [-2.0], [-2.0], [0.0], [-2.0]]
    path = follow([("Rprop", {"eta": 0.1})], [0.0], gradients)
    steps = [0.1, 0.12, 0, -0.06, -0.072, 0, -0.072]
    np.testing.assert_allclose(-np.diff([0, *np.ravel(path)]), steps, rtol=1e-12)


def test_rprop_keeps_its_steps_within_bounds():
    bounds = {"eta": 0.1, "gamma": (0.05, 0.11)}
    path = follow([("Rprop", bounds)], [0.0], [[1], [1], [1], [-1], [-1], [1], [1]])
    steps = [0.1, 0.11, 0.11, 0, -0.055, 0, 0.05]
    np.testing.assert_allclose(-np.diff([0, *np.ravel(path)]), steps, rtol=1e-12)


def test_lion_uses_the_average_from_before():
    gradients, rates = [[1.0], [-0.05]], {"eta": 0.1, "beta": (0.9, 0.5)}
    path = follow([("Lion", rates)], [0.0], gradients)
    np.testing.assert_allclose(path, [[-0.1], [-0.2]])  # .9 * .5 - .1 * .05 > 0


def test_decay_towards_zero():
    both = [("SignDecay", {"lambda_": 0.012}), ("WeightDecay", {"lambda_": 0.034})]
    found = follow([*both, ("Descent", {"eta": 1.0})], X0, [[0, 0, 0]])[-1]
    expected = [x - 0.034 * x - 0.012 * np.sign(x) for x in X0]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_accumulated_gradients():
    chain = [("AccumGrad", {"n": 2}), ("WeightDecay", {"lambda_": 0.01})]
    found = follow([*chain, ("Descent", {})], [1, 2], [[33, 0], [0, 444]])
    np.testing.assert_allclose(found, [[1, 2], [-0.651, -20.202]], rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"omega": 1.0}, [0.6, -0.8]),
        ({"omega": 5.0}, [3, -4]),
        ({"omega": 1.0, "p": 1.0}, [3 / 7, -4 / 7]),
        ({"omega": 1.0, "p": inf}, [0.75, -1]),
    ],
)
def test_clipped_norms(arguments, expected):
    found = follow([("ClipNorm", arguments)], [0, 0], [[3, -4]])[-1]
    np.testing.assert_allclose(found, np.negative(expected), rtol=1e-14)


def test_clipped_numbers():
    found = follow([("ClipGrad", {})], [0, 0, 0], [[11, -0.5, -1000]])
    assert found == [[-10, 0.5, 10]]


def test_a_rounded_parameter_does_not_lose_small_steps():
    small = [[1e-4]] * 100
    (found,) = follow_mixed([("Descent", {"eta": 1.0})], [1.0], small, "e")[-1]
    assert found == np.float16(0.99)
    assert np.float16(1) - np.float16(1e-4) == 1


# --- Muon ------------------------------------------------------------------------


def matrices(count=20):
    rng = np.random.default_rng(5)
    return [rng.normal(size=(3, 2)) for _ in range(count)]


def test_newton_schulz_as_products_of_matrices():
    for matrix in matrices():
        x = matrix / np.linalg.norm(matrix)
        for _ in range(5):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        np.testing.assert_allclose(orthogonalised(matrix), x, rtol=0, atol=1e-12)


def test_newton_schulz_brings_singular_values_near_one():
    for matrix in matrices():
        values = np.linalg.svd(orthogonalised(matrix), compute_uv=False)
        assert 0.6 < values.min() <= values.max() < 1.3


def test_muon_does_not_see_the_size_of_gradients():
    gradients = matrices()
    one = follow_muon(np.zeros((3, 2)), gradients)
    many = follow_muon(np.zeros((3, 2)), [1000 * g for g in gradients])
    np.testing.assert_allclose(one, many, rtol=0, atol=1e-12)


# --- The table -------------------------------------------------------------------


@pytest.mark.parametrize("name", RECURRENCES)
def test_names_and_defaults(name):
    ours = signature(getattr(optimise, name)).parameters.values()
    here = signature(RECURRENCES[name]).parameters.values()
    found = [(field.name, field.default) for field in ours if field.name != "throw"]
    assert found == [(p.name, p.default) for p in here if p.name != "gs"]


def test_rows_name_every_rule_and_can_be_made():
    used = set()
    for row in ROWS:
        for name, arguments in row.rules:
            getattr(optimise, name)(**arguments)
            used.add(name)
    assert used == set(RECURRENCES)
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_gradients_turn_and_vanish():
    for column in zip(*TWELVE, strict=True):
        assert 0 in column
        assert min(column) < 0 < max(column)


# --- A hundred steps by PyTorch and optax ----------------------------------------


def flat(value):
    arrays = value if isinstance(value, tuple) else (value,)
    return np.concatenate([np.ravel(array) for array in arrays])


def deviation(found, expected):
    """The largest difference, in units of the largest value each number has had."""
    found, expected = np.array(found), np.array(expected)
    return np.max(abs(found - expected) / abs(expected).max(axis=0))


def followed(trajectory, known=RECURRENCES):
    (name, arguments), *_ = trajectory.arguments
    if name == "Muon":
        path = follow_muon(trajectory.x0, trajectory.gradients, **arguments)
        return [x.ravel() for x in path]
    gradients = [flat(g) for g in trajectory.gradients]
    return follow(trajectory.arguments, flat(trajectory.x0), gradients, known)


def label(trajectory):
    return trajectory.name


@pytest.mark.parametrize("trajectory", list(trajectories()), ids=label)
def test_the_same_rule_elsewhere(trajectory):
    expected = [flat(x) for x in trajectory.expected]
    assert len(expected) == 100
    assert deviation(followed(trajectory), expected) < 1e-12


# --- What they define differently ------------------------------------------------


def radam_from_five(eta, beta=(0.9, 0.999), epsilon=1e-8, early=False):
    """Rectified only from ρ > 5 on; `early`: ε is added to √v before v is unbiased."""
    m, v, d = Average(beta[0]), Average(beta[1]), None
    end = 2 / (1 - beta[1]) - 1
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        left = 1 - beta[1] ** v.steps
        rho = end - 2 * v.steps * (1 - left) / left
        d = eta * m.unbiased()
        if rho > 5:
            r = (rho - 4) / (end - 4) * (rho - 2) / (end - 2) * end / rho
            size = sqrt(v.value) + epsilon * (1 if early else sqrt(left))
            d *= sqrt(r) * sqrt(left) / size


def radam_with_early_epsilon(eta):
    yield from radam_from_five(eta, early=True)


def nadam_with_growing_momentum(eta, beta=(0.9, 0.999), epsilon=1e-8, psi=0.004):
    """μ_t = β₁ (1 - 0.96^(t ψ) / 2) weighs the two parts; no β₂ under the root."""
    m, v, d = Average(beta[0]), Average(beta[1]), None
    product, grown = 1.0, lambda t: beta[0] * (1 - 0.5 * 0.96 ** (t * psi))
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        now, later = grown(m.steps), grown(m.steps + 1)
        product *= now
        ahead = later * m.value / (1 - product * later) + (1 - now) * g / (1 - product)
        d = eta * ahead / (sqrt(v.unbiased()) + epsilon)


def amsgrad_unbiased(eta, beta=(0.9, 0.999), epsilon=1e-8):
    """All averages start at 0; m and the largest v are unbiased as in Adam."""
    m, v, largest, d = Average(beta[0]), Average(beta[1]), 0.0, None
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        largest = max(largest, v.value)
        size = sqrt(largest / (1 - beta[1] ** v.steps)) + epsilon
        d = eta * m.unbiased() / size


def clip_norm_a_little_lower(gs, omega):
    """g ω / (‖g‖ + 1e-6) if that is shorter than g."""
    factor = omega / (sqrt(sum(g * g for g in gs)) + 1e-6)
    return [g * min(1.0, factor) for g in gs]


def adagrad_with_epsilon_inside(eta, epsilon=1e-8):
    """d = η g / √(sum + ε), where the sum starts at ε too."""
    total, d = epsilon, None
    while True:
        _, g = yield d
        total += g * g
        d = eta * g / sqrt(total + epsilon)


def rprop_one_late(eta):
    """The step of the gradient before; none after a turn."""
    inner, last, before, d = rprop(eta), 0.0, 0.0, None
    next(inner)
    while True:
        x, g = yield d
        step = inner.send((x, g))
        turned = last * g < 0
        before, d = step, 0.0 if turned else before
        last = 0.0 if turned else g


def oadam_with_plain_first_step(eta):
    """The first step is Adam's own, not twice that."""
    inner, before, d = adam(eta, (0.5, 0.9)), None, None
    next(inner)
    while True:
        a = inner.send((yield d))
        before, d = a, 2 * a - (a if before is None else before)


THEIRS = {
    "RAdam, PyTorch's own": {"RAdam": radam_with_early_epsilon},
    "NAdam, PyTorch's own": {"NAdam": nadam_with_growing_momentum},
    "AMSGrad, PyTorch's own": {"AMSGrad": amsgrad_unbiased},
    "ClipNorm, PyTorch's own": {"ClipNorm": clip_norm_a_little_lower},
    "ClipGlobalNorm, PyTorch's own": {"ClipGlobalNorm": clip_norm_a_little_lower},
    "AdaGrad, optax's own": {"AdaGrad": adagrad_with_epsilon_inside},
    "Rprop, optax's own": {"Rprop": rprop_one_late},
    "RAdam, optax's own": {"RAdam": radam_from_five},
    "OAdam, optax's own": {"OAdam": oadam_with_plain_first_step},
}


def follow_unbiased_muon(x0, gradients, eta, rho=0.95):
    """Nesterov's two parts are unbiased separately; matrices are (in, out)."""
    x, m, path = np.array(x0), np.zeros(np.shape(x0)), []
    rows, columns = x.shape
    for t, g in enumerate(gradients, 1):
        m = rho * m + (1 - rho) * g
        ahead = rho * m / (1 - rho ** (t + 1)) + (1 - rho) * g / (1 - rho**t)
        x = x - eta * sqrt(max(1, columns / rows)) * orthogonalised(ahead)
        path.append(x.ravel())
    return path


@pytest.mark.parametrize("trajectory", list(trajectories(False)), ids=label)
def test_another_rule_elsewhere(trajectory):
    expected = [flat(x) for x in trajectory.expected]
    assert deviation(followed(trajectory), expected) > 1e-8
    (name, arguments), *_ = trajectory.arguments
    if name == "Muon":
        x0, gradients = trajectory.x0, trajectory.gradients
        found = follow_unbiased_muon(x0, gradients, **arguments)
    else:
        found = followed(trajectory, RECURRENCES | THEIRS[trajectory.name])
    assert deviation(found, expected) < 1e-12
