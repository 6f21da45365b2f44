"""Every optimisation rule once more, for one number, in plain floats.

With this module one can check the rules of minigrad against formulas that share
nothing with them: no arrays, no kernels, no state trees. A rule is a generator:
it is sent the number `x` and its gradient `g`, and yields what is to be subtracted
from `x` (None: nothing yet). `follow` takes a chain of rules through many steps:

>>> follow([("Momentum", {"eta": 0.1})], [1.0], [[2.0], [2.0]])
[[0.8], [0.42000000000000004]]

Where papers and frameworks disagree, the formulas are those of Optimisers.jl 0.4
(Flux's rules), with two decisions of our own: Lion follows its paper, where that code
exchanges the two averages; and Lion's default keeps beta = (0.9, 0.999), as in Flux,
where the paper recommends (0.9, 0.99). What PyTorch and optax do instead stands in
`data/make_trajectories.py`; `trajectories` reads what they computed.
"""

import json
from inspect import isgeneratorfunction
from math import copysign, hypot, inf, sqrt
from pathlib import Path
from struct import pack, unpack
from typing import NamedTuple

import numpy as np

# --- Descent with and without memory ---------------------------------------------


def descent(eta=0.1):
    """d = η g."""
    d = None
    while True:
        _, g = yield d
        d = eta * g


def momentum(eta=0.01, rho=0.9):
    """d = v, where v ← ρ v + η g: the sum of η ρ^(t-s) g_s (Polyak, 1964)."""
    past, d = [], None
    while True:
        _, g = yield d
        past = [rho * step for step in past] + [eta * g]
        d = sum(past)


def nesterov(eta=0.001, rho=0.9):
    """d = η (g + ρ b), where b ← ρ b + g (Sutskever et al., 2013)."""
    b, d = 0.0, None
    while True:
        _, g = yield d
        b = rho * b + g
        d = eta * (g + rho * b)


def sign(z):
    """-1, 0 or 1."""
    return copysign(1.0, z) if z else 0.0


def rprop(eta=0.001, ell=(0.5, 1.2), gamma=(1e-6, 50.0)):
    """d = η sign g, where every number has its own η (Riedmiller and Braun, 1993).

    A gradient that keeps its sign lets η grow, one that turns lets it shrink; after
    a turn there is no step, and the next gradient is compared with nothing.
    """
    smaller, larger = ell
    lowest, highest = gamma
    before, d = 0.0, None
    while True:
        _, g = yield d
        turned = before and g and (before < 0) != (g < 0)
        if turned:
            eta, g = max(lowest, smaller * eta), 0.0
        elif before and g:
            eta = min(highest, larger * eta)
        before, d = g, eta * sign(g)


def lion(eta=0.001, beta=(0.9, 0.999)):
    """d = η sign(β₁ m + (1-β₁) g), and only then m ← β₂ m + (1-β₂) g.

    Chen et al., 2023, algorithm 2, without its weight decay.
    """
    m, d = 0.0, None
    while True:
        _, g = yield d
        d = eta * sign(beta[0] * m + (1 - beta[0]) * g)
        m = beta[1] * m + (1 - beta[1]) * g


# --- A rate for every number -----------------------------------------------------


def rmsprop(eta=0.001, rho=0.9, epsilon=1e-8, centred=False):
    """d = η g / (√(q - l²) + ε), averages q of g² and l of g; l = 0 unless centred.

    Hinton, lecture 6e, 2012; centred: Graves, 2013.
    """
    squares = mean = 0.0
    d = None
    while True:
        _, g = yield d
        squares = rho * squares + (1 - rho) * g * g
        mean = rho * mean + (1 - rho) * g if centred else 0.0
        d = eta * g / (sqrt(squares - mean * mean) + epsilon)


def adagrad(eta=0.1, epsilon=1e-8):
    """d = η g / (√(ε + the sum of all g²) + ε) (Duchi et al., 2011)."""
    total, d = epsilon, None
    while True:
        _, g = yield d
        total += g * g
        d = eta * g / (sqrt(total) + epsilon)


def adadelta(rho=0.9, epsilon=1e-8):
    """d = g √(u + ε) / √(q + ε), averages q of g² and u of d² (Zeiler, 2012)."""
    q = u = 0.0
    d = None
    while True:
        _, g = yield d
        q = rho * q + (1 - rho) * g * g
        d = g * sqrt((u + epsilon) / (q + epsilon))
        u = rho * u + (1 - rho) * d * d


# --- Adam and its family ---------------------------------------------------------


class Average:
    """A moving average with decay β, and what it is without the weight of its start.

    After t steps the zero at the start still weighs β^t: dividing by 1 - β^t removes
    it (Kingma and Ba, 2015, section 3).
    """

    def __init__(self, beta, start=0.0):
        self.beta, self.value, self.steps = beta, start, 0

    def add(self, z):
        self.value = self.beta * self.value + (1 - self.beta) * z
        self.steps += 1

    def unbiased(self, steps=None):
        return self.value / (1 - self.beta ** (steps or self.steps))


def adam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
    """d = η m̂ / (√v̂ + ε), unbiased averages of g and g² (Kingma and Ba, 2015)."""
    m, v, d = Average(beta[0]), Average(beta[1]), None
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        d = eta * m.unbiased() / (sqrt(v.unbiased()) + epsilon)


def adamw(eta=0.001, beta=(0.9, 0.999), lambda_=0.0, epsilon=1e-8, couple=True):
    """d = η a + η λ x, with Adam's a; uncoupled: d = η a + λ x.

    Loshchilov and Hutter, 2019, write η_t (α a + λ x): with the schedule η_t = 1
    this is the uncoupled form; the coupled one is PyTorch's.
    """
    inner, d = adam(1.0, beta, epsilon), None
    next(inner)
    while True:
        x, g = yield d
        d = eta * inner.send((x, g)) + (eta if couple else 1.0) * lambda_ * x


def radam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
    """d = η r m̂ / (√v̂ + ε) once ρ > 4, until then d = η m̂ (Liu et al., 2020).

    ρ is the number of gradients that v averages effectively, and r says how much
    the variance of 1/√v is still above what it will be in the long run.
    """
    m, v, d = Average(beta[0]), Average(beta[1]), None
    end = 2 / (1 - beta[1]) - 1
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        decay = beta[1] ** v.steps
        rho = end - 2 * v.steps * decay / (1 - decay)
        d = eta * m.unbiased()
        if rho > 4:
            r = (rho - 4) / (end - 4) * (rho - 2) / (end - 2) * end / rho
            d *= sqrt(r) / (sqrt(v.unbiased()) + epsilon)


def adamax(eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
    """d = η m̂ / (u + ε), where u ← max(β₂ u, |g|) (Kingma and Ba, 2015, section 7)."""
    m, u, d = Average(beta[0]), 0.0, None
    while True:
        _, g = yield d
        m.add(g)
        u = max(beta[1] * u, abs(g))
        d = eta * m.unbiased() / (u + epsilon)


def oadam(eta=0.001, beta=(0.5, 0.9), epsilon=1e-8):
    """d = 2 a - (the a of the step before), with Adam's a (Daskalakis et al., 2018)."""
    inner, before, d = adam(eta, beta, epsilon), 0.0, None
    next(inner)
    while True:
        a = inner.send((yield d))
        before, d = a, 2 * a - before


def amsgrad(eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
    """d = η m / (√(the largest v so far) + ε) (Reddi et al., 2018).

    Nothing is unbiased; m, v and the largest v all start at ε, as in Flux.
    """
    m, v = Average(beta[0], epsilon), Average(beta[1], epsilon)
    largest, d = epsilon, None
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        largest = max(largest, v.value)
        d = eta * m.value / (sqrt(largest) + epsilon)


def nadam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
    """d = η (β₁ m̂' + (1-β₁) ĝ) / (√(β₂ v̂) + ε) (Dozat, 2016, algorithm 2).

    m̂' is m divided by 1 - β₁^(t+1), and ĝ is g divided by 1 - β₁^t.
    """
    m, v, d = Average(beta[0]), Average(beta[1]), None
    while True:
        _, g = yield d
        m.add(g)
        v.add(g * g)
        ahead = beta[0] * m.unbiased(m.steps + 1)
        now = (1 - beta[0]) * g / (1 - beta[0] ** m.steps)
        d = eta * (ahead + now) / (sqrt(beta[1] * v.unbiased()) + epsilon)


def adabelief(eta=0.001, beta=(0.9, 0.999), epsilon=1e-16):
    """d = η m̂ / (√ŝ + ε), s averages (g - m)², plus ε at every step (Zhuang, 2020)."""
    m, s, d = Average(beta[0]), Average(beta[1]), None
    while True:
        _, g = yield d
        m.add(g)
        s.add((g - m.value) ** 2)
        s.value += epsilon
        d = eta * m.unbiased() / (sqrt(s.unbiased()) + epsilon)


# --- What changes a gradient on its way ------------------------------------------


def weight_decay(lambda_=5e-4):
    """d = g + λ x: the gradient of λ/2 x² is added."""
    d = None
    while True:
        x, g = yield d
        d = g + lambda_ * x


def sign_decay(lambda_=1e-3):
    """d = g + λ sign x: the gradient of λ |x| is added."""
    d = None
    while True:
        x, g = yield d
        d = g + lambda_ * sign(x)


def clip_grad(delta=10.0):
    """d = g, but at least -δ and at most δ."""
    d = None
    while True:
        _, g = yield d
        d = g if abs(g) <= delta else delta * sign(g)


def accum_grad(n):
    """d = the mean of the last n gradients, at every n-th step; in between, None."""
    waiting, d = [], None
    while True:
        _, g = yield d
        waiting.append(g)
        d = None
        if len(waiting) == n:
            waiting, d = [], sum(waiting) / n


def clip_norm(gs, omega=10.0, p=2.0):
    """g ω / ‖g‖ for all numbers of an array if their norm is above ω, otherwise g."""
    size = {2.0: hypot(*gs), 1.0: sum(map(abs, gs)), inf: max(map(abs, gs))}[p]
    return [g * omega / size for g in gs] if size > omega else gs


# --- Many numbers, many steps ----------------------------------------------------

RECURRENCES = {
    "Descent": descent,
    "Momentum": momentum,
    "Nesterov": nesterov,
    "Rprop": rprop,
    "RMSProp": rmsprop,
    "Adam": adam,
    "Lion": lion,
    "RAdam": radam,
    "AdaMax": adamax,
    "OAdam": oadam,
    "AdaGrad": adagrad,
    "AdaDelta": adadelta,
    "AMSGrad": amsgrad,
    "NAdam": nadam,
    "AdamW": adamw,
    "AdaBelief": adabelief,
    "WeightDecay": weight_decay,
    "SignDecay": sign_decay,
    "ClipGrad": clip_grad,
    "AccumGrad": accum_grad,
    "ClipNorm": clip_norm,
    "ClipGlobalNorm": clip_norm,
}


def link(rule, arguments, count):
    """A function (xs, gs) -> ds for one rule of a chain and `count` numbers."""
    if not isgeneratorfunction(rule):  # it needs all numbers of the array together
        return lambda xs, gs: rule(gs, **arguments)
    each = [rule(**arguments) for _ in range(count)]
    for one in each:
        next(one)
    return lambda xs, gs: [
        one.send(pair) for one, pair in zip(each, zip(xs, gs, strict=True), strict=True)
    ]


def follow(rules, x0, gradients, known=RECURRENCES):
    """The numbers after every step by the chain `rules`.

    Args:
        rules: pairs (name, keyword arguments), in the order of the chain.
        x0: the numbers to begin with. For `ClipGlobalNorm` these are the numbers of
            all arrays, for `ClipNorm` those of one array.
        gradients: for every step, as many numbers.
        known: the recurrences by name.

    Returns:
        A list of lists, one for every step.
    """
    xs, path = list(map(float, x0)), []
    links = [link(known[name], arguments, len(xs)) for name, arguments in rules]
    for step in gradients:
        ds = list(map(float, step))
        for one in links:
            ds = one(xs, ds)
            if None in ds:  # still waiting: the rules behind see nothing
                break
        else:
            xs = [x - d for x, d in zip(xs, ds, strict=True)]
        path.append(xs)
    return path


def follow_mixed(rules, x0, gradients, letter="f"):
    """What `MixedPrecision(np.float64, rules)` leaves in less precise parameters.

    The rules only ever see their own exact copy; the parameters are that copy,
    rounded. `letter` is the precision, as in `struct`: "f" float32, "e" float16.
    """
    path = follow(rules, x0, gradients)
    return [[unpack(letter, pack(letter, x))[0] for x in xs] for xs in path]


def orthogonalised(matrix, steps=5):
    """Newton-Schulz: X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X, from X = M / max(‖M‖, 1e-7).

    The lower bound is PyTorch's; Keller Jordan's own code divides by ‖M‖ + 1e-7.
    All singular values come near 1. With the singular values s of M / ‖M‖ at hand
    this is the polynomial a s + b s³ + c s⁵, `steps` times.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    size = sqrt(sum(float(z) ** 2 for row in matrix for z in row))
    u, s, v = np.linalg.svd(matrix / max(size, 1e-7), full_matrices=False)
    for _ in range(steps):
        s = [a * z + b * z**3 + c * z**5 for z in s]
    return u * s @ v


def follow_muon(x0, gradients, eta=0.02, rho=0.95, steps=5):
    """x ← x - η √max(1, rows/columns) O(ρ m + (1-ρ) g), where m averages g.

    Keller Jordan, 2024: the momentum is Nesterov's, O is `orthogonalised`.
    """
    x, m, path = np.array(x0, float), np.zeros(np.shape(x0)), []
    rows, columns = x.shape
    for g in gradients:
        m = rho * m + (1 - rho) * g
        nearly = orthogonalised(rho * m + (1 - rho) * g, steps)
        x = x - eta * sqrt(max(1, rows / columns)) * nearly
        path.append(x)
    return path


# --- The table of all rules ------------------------------------------------------

X0 = [1.0, -2.0, 0.5]
THREE = [[0.1, -0.2, 0.3], [0.4, 0.5, -0.6], [-0.7, 0.8, 0.0]]
TWELVE = [  # from -0.5 to 0.5, with zeros and with changes of sign
    [((t**3 + 4 * j) % 11 - 5) / 10 for j in range(3)] for t in range(12)
]


class Row(NamedTuple):
    """A rule or a chain of rules, and the gradients that it is to be given."""

    name: str
    rules: list  # pairs (name, keyword arguments), as `follow` takes them
    gradients: list

    def expected(self, x0=X0):
        """The numbers after every step from `x0`."""
        return follow(self.rules, x0, self.gradients)


VARIANTS = [  # all with arguments that differ from their defaults
    ("Descent", {"eta": 0.3}),
    ("Momentum", {"eta": 0.02, "rho": 0.99}),
    ("Nesterov", {"eta": 0.003, "rho": 0.95}),
    ("Rprop", {"eta": 0.02, "ell": (0.4, 1.5), "gamma": (0.01, 0.04)}),
    ("RMSProp", {"eta": 0.002, "rho": 0.95, "epsilon": 1e-4}),
    ("RMSProp", {"eta": 0.002, "rho": 0.95, "epsilon": 1e-4, "centred": True}),
    ("Adam", {"eta": 0.02, "beta": (0.9, 0.8), "epsilon": 1e-4}),
    ("Lion", {"eta": 0.02, "beta": (0.9, 0.99)}),
    ("RAdam", {"eta": 0.02, "beta": (0.9, 0.8), "epsilon": 1e-4}),
    ("AdaMax", {"eta": 0.02, "beta": (0.9, 0.995), "epsilon": 1e-4}),
    ("OAdam", {"eta": 0.02, "beta": (0.9, 0.995), "epsilon": 1e-4}),
    ("AdaGrad", {"eta": 0.02, "epsilon": 1e-4}),
    ("AdaDelta", {"rho": 0.89, "epsilon": 1e-4}),
    ("AMSGrad", {"eta": 0.02, "beta": (0.89, 0.995), "epsilon": 1e-4}),
    ("NAdam", {"eta": 0.02, "beta": (0.89, 0.995), "epsilon": 1e-4}),
    ("AdamW", {"eta": 0.02, "beta": (0.9, 0.8), "lambda_": 0.1, "epsilon": 1e-4}),
    ("AdamW", {"eta": 0.02, "lambda_": 0.1, "couple": False}),
    ("AdaBelief", {"eta": 0.02, "beta": (0.9, 0.8), "epsilon": 1e-4}),
    ("WeightDecay", {"lambda_": 0.1}),
    ("SignDecay", {"lambda_": 0.1}),
    ("ClipGrad", {"delta": 0.3}),
    ("ClipNorm", {"omega": 0.5}),
    ("ClipNorm", {"omega": 0.7, "p": 1.0}),
    ("ClipNorm", {"omega": 0.3, "p": inf}),
    ("ClipGlobalNorm", {"omega": 0.5}),
    ("AccumGrad", {"n": 3}),
]
CHAINS = [
    [],
    [("WeightDecay", {}), ("Momentum", {})],
    [("SignDecay", {"lambda_": 0.1}), ("WeightDecay", {}), ("Adam", {"eta": 0.02})],
    [("ClipGrad", {"delta": 0.3}), ("WeightDecay", {"lambda_": 0.1}), ("Adam", {})],
    [("WeightDecay", {"lambda_": 0.1}), ("ClipNorm", {"omega": 0.5}), ("Nesterov", {})],
    [("AccumGrad", {"n": 3}), ("WeightDecay", {"lambda_": 0.1}), ("Adam", {})],
    [("Adam", {"eta": 1.0}), ("WeightDecay", {"lambda_": 0.1}), ("Descent", {})],
    [("Rprop", {"eta": 0.02}), ("ClipGrad", {"delta": 0.03})],
]


def named(rules):
    """A short name for a chain: its rules, and the arguments that were given."""
    parts = (
        f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"
        for name, arguments in rules
    )
    return " > ".join(parts) or "nothing"


ROWS = [
    Row(named(rules), rules, TWELVE)
    for rules in (
        *([(name, {})] for name in RECURRENCES if name != "AccumGrad"),
        *([one] for one in VARIANTS),
        *CHAINS,
    )
]


# --- What PyTorch and optax computed ---------------------------------------------

STORED = Path(__file__).with_name("data") / "trajectories.npz"


class Trajectory(NamedTuple):
    """A hundred steps by another framework, in float64.

    `x0`, each of `gradients` and each of `expected` is one array, or for
    `ClipGlobalNorm` a tuple of arrays.
    """

    name: str
    arguments: list  # the chain: pairs (name of our rule, our keyword arguments)
    x0: object
    gradients: list
    expected: list
    source: str  # the framework's own call


def trajectories(same=True):
    """Yield every stored `Trajectory` of a rule that is defined as ours is.

    With `same=False`, those of rules that are defined differently: they are close
    to ours and not equal, and `arguments` say which of ours comes nearest.
    """
    with np.load(STORED) as stored:
        arrays = dict(stored)
    for entry in json.loads(str(arrays["table"])):
        if entry["same"] is same:
            shapes = entry["shapes"]
            yield Trajectory(
                entry["name"],
                [(rule, with_tuples(given)) for rule, given in entry["arguments"]],
                cut(arrays["x0"], shapes),
                [cut(flat, shapes) for flat in arrays["gradients"]],
                [cut(flat, shapes) for flat in arrays[entry["name"]]],
                entry["source"],
            )


def with_tuples(arguments):
    """JSON knows no tuples: its lists are tuples here."""
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in arguments.items()
    }


def cut(flat, shapes):
    """Arrays of the given shapes from the beginning of a vector; a lone one itself."""
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    pieces = np.split(flat[: ends[-1]], ends[:-1])
    arrays = tuple(
        piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)
    )
    return arrays if len(shapes) > 1 else arrays[0]
