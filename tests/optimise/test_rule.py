"""Rules on one array: their numbers, their checks, and how they print."""

from dataclasses import FrozenInstanceError, dataclass, field
from inspect import signature
from math import sqrt

import numpy as np
import pytest

from minigrad import DomainError, gradient, setup, train_, update, update_
from minigrad.optimise import Adam, Descent, Momentum, OptimiserChain, Rule
from minigrad.optimise.schedules import CosAnneal

X0 = [1.0, -2.0, 0.5]
THREE = [[0.1, -0.2, 0.3], [0.4, 0.5, -0.6], [-0.7, 0.8, 0.0]]

RULES = [Descent, Momentum, Adam]


def follow(rule, x, gradients):
    """`x` after steps by `rule.apply` alone."""
    x = np.array(x)
    state = rule.init(x)
    for dx in gradients:
        state, step = rule.apply(state, x, np.array(dx))
        x = x - step
    return x


# --- The numbers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "digits", "expected"),
    [
        (Descent(), 12, [1.02, -2.11, 0.53]),
        (Descent(0.3), 12, [1.06, -2.33, 0.59]),
        (Momentum(), 12, [0.99669, -2.01208, 0.50327]),
        (Momentum(0.01, 0.99), 12, [0.9960699, -2.0120098, 0.5030297]),
        (Adam(), 8, [0.99831931, -2.00016305, 0.49964910]),
        (Adam(0.001, (0.9, 0.8)), 9, [0.9983447684, -2.000099564, 0.499645734]),
    ],
    ids=repr,
)
def test_three_steps(rule, digits, expected):
    found = follow(rule, X0, THREE)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.5 * 10**-digits)


def by_hand(rule, x, gradients):
    """The same recurrences, written down once more on plain numbers."""
    velocity = mean = square = 0.0
    for t, g in enumerate(gradients, 1):
        if type(rule) is Descent:
            x -= rule.eta * g
        elif type(rule) is Momentum:
            velocity = rule.rho * velocity + rule.eta * g
            x -= velocity
        else:
            first, second = rule.beta
            mean = first * mean + (1 - first) * g
            square = second * square + (1 - second) * g**2
            unbiased = mean / (1 - first**t), square / (1 - second**t)
            x -= rule.eta * unbiased[0] / (sqrt(unbiased[1]) + rule.epsilon)
    return x


@pytest.mark.parametrize(
    "rule",
    [
        Descent(0.25),
        Momentum(0.03, 0.8),
        Adam(0.02, (0.7, 0.95), 1e-3),
        Momentum(0.1, 0),
        Adam(0.1, (0.0, 0.0)),
    ],
    ids=repr,
)
def test_thirty_steps_against_plain_numbers(rule):
    gradients = np.random.default_rng(1).normal(size=(30, 4))
    found = follow(rule, [0.0, 1.0, 2.0, 3.0], gradients)
    columns = zip([0.0, 1.0, 2.0, 3.0], gradients.T.tolist(), strict=True)
    expected = [by_hand(rule, x, column) for x, column in columns]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("g", [1e-3, 1.0, -250.0])
def test_adam_with_a_constant_gradient_steps_by_eta(g):
    """Then m̂ = g and v̂ = g², so every step is eta g / (|g| + epsilon)."""
    rule, steps = Adam(0.01), 500
    found = follow(rule, [0.0], [[g]] * steps)
    expected = -steps * 0.01 * g / (abs(g) + 1e-8)
    np.testing.assert_allclose(found, [expected], rtol=1e-11)


def test_momentum_with_a_constant_gradient_reaches_its_final_speed():
    """The velocity is eta g (1 - rho^n) / (1 - rho): at last ten times eta g."""
    x, state, rule = np.zeros(1), np.zeros(1), Momentum(0.01, 0.9)
    for n in range(1, 400):
        state, step = rule.apply(state, x, np.array([3.0]))
        np.testing.assert_allclose(step, 0.03 * (1 - 0.9**n) / 0.1, rtol=1e-12)
    np.testing.assert_allclose(state, 0.3, rtol=1e-12)


def test_momentum_stores_the_velocity_that_is_subtracted():
    rule = Momentum(0.1, 0.9)
    state, step = rule.apply(np.zeros(1), np.zeros(1), np.array([10.0]))
    assert state == step == [1.0]


def test_adam_state_counts_by_powers_of_beta():
    rule, x = Adam(), np.zeros(1)
    state = rule.init(x)
    assert state[2] == (0.9, 0.999)
    for _ in range(3):
        state, _ = rule.apply(state, x, np.ones(1))
    np.testing.assert_allclose(state[2], (0.9**4, 0.999**4), rtol=1e-15)


@pytest.mark.parametrize("rule", RULES)
def test_apply_leaves_its_arguments_alone(rule):
    rule, x, dx = rule(), np.ones(3), np.arange(3.0)
    state, _ = rule.apply(rule.init(x), x, dx)
    before = [np.copy(part) for part in state] if state is not None else None
    rule.apply(state, x, dx)
    assert (x == 1).all() and (dx == np.arange(3)).all()
    if before is not None:
        for part, copy in zip(state, before, strict=True):
            np.testing.assert_array_equal(part, copy)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_state_and_step_have_the_type_of_the_parameter(rule, dtype):
    x = np.ones((2, 3), dtype)
    rule = rule()
    state = rule.init(x)
    for _ in range(3):
        state, step = rule.apply(state, x, np.full_like(x, 0.5))
        assert {a.dtype for a in (*_arrays(state), step)} == {np.dtype(dtype)}
        assert step.shape == (2, 3)


def _arrays(state):
    parts = state if isinstance(state, tuple) else (state,)
    return [part for part in parts if isinstance(part, np.ndarray)]


@pytest.mark.parametrize("dx", [0.0, 1e-4, 1e-2, 1.0])
def test_adam_in_half_precision_stays_finite(dx):
    """1e-8 is no number of float16: alone it would let 0 / 0 through."""
    rule, x = Adam(), np.zeros(2, np.float16)
    _, step = rule.apply(rule.init(x), x, np.full_like(x, dx))
    assert np.isfinite(step).all()
    assert dx or not step.any()


# --- Defaults, fields and printing -------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "fields", "defaults"),
    [
        (Descent, ("eta",), (0.1,)),
        (Momentum, ("eta", "rho"), (0.01, 0.9)),
        (Adam, ("eta", "beta", "epsilon"), (0.001, (0.9, 0.999), 1e-8)),
    ],
)
def test_fields_and_defaults(rule, fields, defaults):
    assert rule.fields == rule().fields == fields
    assert tuple(getattr(rule(), field) for field in fields) == defaults
    assert rule(*defaults) == rule(**dict(zip(fields, defaults, strict=True)))
    assert isinstance(rule(), Rule)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Descent(0.1), "Descent(0.1)"),
        (Descent(1), "Descent(1.0)"),
        (Momentum(), "Momentum(eta=0.01, rho=0.9)"),
        (Momentum(1 / 30, 0.9), "Momentum(eta=0.0333333, rho=0.9)"),
        (Adam(), "Adam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)"),
        (Adam(1, (0, 0.5), 0), "Adam(eta=1.0, beta=(0.0, 0.5), epsilon=0.0)"),
    ],
)
def test_printing(rule, text):
    assert repr(rule) == str(rule) == text


def test_printing_rounds_and_the_rule_does_not():
    assert Momentum(1 / 30).eta == 1 / 30


# --- What the constructor takes ----------------------------------------------------


def test_integers_become_floats():
    rule = Adam(1, (0, 0))
    assert [type(number) for number in (rule.eta, *rule.beta)] == [float] * 3
    assert Descent(2) == Descent(2.0)


def test_lists_become_tuples():
    assert Adam(beta=[0.8, 0.9]).beta == (0.8, 0.9)


@pytest.mark.parametrize("number", [np.float32(0.01), np.float64(0.3), np.int64(1)])
def test_numpy_numbers_are_kept_to_the_last_bit(number):
    eta = Momentum(number).eta
    assert type(eta) is float and eta == number


@pytest.mark.parametrize("eta", [-0.1, -1, float("nan"), -np.inf, np.inf])
@pytest.mark.parametrize("rule", RULES)
def test_impossible_learning_rates(rule, eta):
    with pytest.raises(DomainError, match=rf"{rule.__name__}\(eta=.*learning rate"):
        rule(eta)


@pytest.mark.parametrize("rho", [-0.1, 1.5, float("nan")])
def test_impossible_fractions(rho):
    with pytest.raises(DomainError, match=r"Momentum\(rho=.*between 0 and 1"):
        Momentum(0.1, rho)
    with pytest.raises(DomainError, match=r"Adam\(beta=.*between 0 and 1"):
        Adam(beta=(0.9, rho))


@pytest.mark.parametrize("beta", [(1.0, 0.999), (0.9, 1)])
def test_adam_refuses_a_beta_of_one(beta):
    """1 - beta¹ would be zero, and the first step 0 / 0."""
    with pytest.raises(DomainError, match="beta"):
        Adam(beta=beta)


def test_a_negative_epsilon():
    with pytest.raises(DomainError, match=r"Adam\(epsilon=-1e-08\).*at least 0"):
        Adam(epsilon=-1e-8)


@pytest.mark.parametrize(
    "eta", ["0.1", True, None, [0.1], np.ones(1), 1j, np.complex64(1), np.bool_(1)]
)
@pytest.mark.parametrize("rule", RULES)
def test_a_learning_rate_that_is_no_number(rule, eta):
    with pytest.raises(
        TypeError, match=rf"{rule.__name__}\(eta=.*must be a real number"
    ):
        rule(eta)


@pytest.mark.parametrize("beta", [0.9, (0.9,), (0.9, 0.99, 0.999), "ab", None])
def test_a_beta_that_is_no_pair(beta):
    message = r"Adam\(beta=.*beta is 2 numbers, such as \(0.9, 0.999\)"
    with pytest.raises(TypeError, match=message):
        Adam(beta=beta)


def test_a_beta_of_strings():
    with pytest.raises(TypeError, match="must be a real number"):
        Adam(beta=("a", "b"))


def test_unknown_numbers():
    with pytest.raises(TypeError, match="rate"):
        Descent(rate=0.1)


# --- Values, not variables ---------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_rules_are_frozen(rule):
    rule = rule()
    with pytest.raises(FrozenInstanceError):
        rule.eta = 1.0


def test_equality_and_hash():
    assert Momentum() == Momentum(0.01, 0.9) != Momentum(0.02)
    assert Descent(0.1) != Momentum(0.1)
    assert len({Adam(), Adam(0.001), Adam(0.1), Descent()}) == 3


# --- A user's own rule -------------------------------------------------------------


class SignDescent(Rule):
    """The sign of the gradient, with a count of the steps."""

    eta: float = 0.5

    def init(self, x):
        return 0

    def apply(self, state, x, dx):
        return state + 1, self.eta * np.sign(dx)


class Bare:
    """A rule that subclasses nothing: Descent(0.5) once more."""

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, 0.5 * dx


def quadratic(model, scale):
    return scale * np.sum(model["x"] ** 2)


@pytest.mark.parametrize(
    ("rule", "expected"), [(SignDescent(), [2.5, -0.5]), (Bare(), [0.0, 0.0])]
)
def test_a_users_rule_in_every_function_that_takes_rules(rule, expected):
    def fresh():
        return {"x": np.array([3.0, -1.0])}

    model = fresh()
    state = setup(rule, model)
    (grads, _) = gradient(quadratic, model, 1.0)
    new_state, new = update(state, model, grads)
    np.testing.assert_array_equal(new["x"], expected)
    np.testing.assert_array_equal(model["x"], [3.0, -1.0])
    update_(state, model, grads)
    np.testing.assert_array_equal(model["x"], expected)
    assert state["x"].state == new_state["x"].state

    trained = fresh()
    train_(quadratic, trained, [1.0], setup(rule, trained))
    np.testing.assert_array_equal(trained["x"], expected)


def test_a_users_rule_is_checked_and_printed_like_ours():
    assert repr(SignDescent(1)) == "SignDescent(1.0)"
    assert SignDescent.fields == ("eta",)
    with pytest.raises(DomainError, match="learning rate"):
        SignDescent(-1)


def test_a_subclass_of_a_rule_adds_a_number():
    class Noisy(Momentum):
        noise: float = 0.0

    assert repr(Noisy()) == "Noisy(eta=0.01, rho=0.9, noise=0.0)"
    assert Noisy.fields == ("eta", "rho", "noise")
    assert follow(Noisy(), X0, THREE).tolist() == follow(Momentum(), X0, THREE).tolist()


def test_whole_numbers_as_defaults_are_floats_too():
    class Whole(Rule):
        eta: float = 1

    assert type(Whole().eta) is float
    with pytest.raises(DomainError, match="learning rate"):
        Whole(-1)


def test_numbers_without_a_default_are_checked():
    class Required(Rule):
        eta: float

    assert Required(1).eta == 1.0
    with pytest.raises(DomainError, match="learning rate"):
        Required(-1)
    with pytest.raises(TypeError, match="must be a real number"):
        Required("fast")


def test_a_rule_without_methods_says_which():
    class Empty(Rule):
        pass

    assert repr(Empty()) == "Empty()"
    with pytest.raises(NotImplementedError, match=r"Empty needs a method init"):
        Empty().init(np.ones(1))
    with pytest.raises(NotImplementedError, match=r"Empty needs a method apply"):
        Empty().apply(None, np.ones(1), np.ones(1))


def test_a_constructor_of_ones_own_is_not_needed():
    class Own(Rule):
        def __init__(self, eta):
            self.eta = eta

    @dataclass
    class Decorated(Rule):
        eta: float = 0.5

    for make in (lambda: Own(0.1), Decorated):
        with pytest.raises(FrozenInstanceError, match="out @dataclass and __init__"):
            make()


def test_signatures_are_those_of_constructors():
    assert str(signature(Momentum)) == "(eta: float = 0.01, rho: float = 0.9)"
    assert str(signature(OptimiserChain)) == "(*rules)"
    assert str(signature(CosAnneal(0, 1, 10))) == "(t)"

    class Undescribed(Momentum):
        beta: float = 0.25

    given = "(eta: float = 0.01, rho: float = 0.9, beta: float = 0.25)"
    assert Undescribed.__doc__ == f"Undescribed{given}"


def test_a_constructor_of_ones_own_hands_the_numbers_on():
    class Own(Rule):
        eta: float = 0.5

        def __init__(self, steps):
            super().__init__(eta=1 / steps)

    class Inherits(Own):
        rho: float = 0.5

    assert Own(4).eta == Inherits(4).eta == 0.25
    assert str(signature(Inherits)) == "(steps)"
    with pytest.raises(FrozenInstanceError, match=r"Its numbers are eta.*a property"):
        Own(4).twice = 2


def test_fields_of_all_kinds():
    class Own(Rule):
        eta: float
        names: list = field(default_factory=list)
        rho: float = field(default=0.5, kw_only=True)
        steps: int = field(default=3, init=False)

    rule = Own(0.25)
    assert (rule.eta, rule.names, rule.rho, rule.steps) == (0.25, [], 0.5, 3)
    assert Own(0.25).names is not rule.names
    assert Own(0.25, ["a"], rho=0.75).names == ["a"]
    for wrong in (lambda: Own(0.1, [], 0.5), lambda: Own(0.1, steps=4), Own):
        with pytest.raises(TypeError, match=r"^Own: "):
            wrong()


def test_a_number_without_a_default_comes_first():
    class Two(Rule):
        eta: float
        rho: float = 0.5

    assert Two(0.25) == Two(rho=0.5, eta=0.25)
    with pytest.raises(TypeError, match="class Wrong: a number without a default"):

        class Wrong(Two):
            beta: float


def test_a_dataclass_of_ones_own():
    @dataclass
    class Scaled:
        factor: int

        def init(self, x):
            return None

        def apply(self, state, x, dx):
            return None, self.factor * dx

    model = {"x": np.ones(1)}
    state = setup(Scaled(2), model)
    state["x"].rule.factor = 3
    update_(state, model, {"x": [1]})
    assert model["x"] == [-2.0]


# --- Complex parameters ------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_the_first_step_of_adam_has_the_direction_of_the_gradient(dtype):
    rule, x = Adam(0.01), np.zeros(4, dtype)
    dx = np.array([1j, 1, -2 + 2j, -5], dtype)
    (m, v, _), step = rule.apply(rule.init(x), x, dx)
    assert m.dtype == step.dtype == np.dtype(dtype)
    np.testing.assert_allclose(step, 0.01 * dx / np.abs(dx), rtol=1e-5)
    np.testing.assert_allclose(v, 0.001 * np.abs(dx) ** 2, rtol=1e-5)


def test_adam_on_complex_numbers_against_plain_numbers():
    """Kingma and Ba's recurrences, with |g|² for the square."""
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(30, 3)) + 1j * rng.normal(size=(30, 3))
    rule = Adam(0.02, (0.7, 0.95), 1e-3)
    model = {"z": np.array([1 + 1j, 2j, -1.0])}
    expected = []
    for x, column in zip(model["z"].tolist(), gradients.T.tolist(), strict=True):
        mean = square = 0.0
        for t, g in enumerate(column, 1):
            mean = 0.7 * mean + 0.3 * g
            square = 0.95 * square + 0.05 * abs(g) ** 2
            unbiased = mean / (1 - 0.7**t), square / (1 - 0.95**t)
            x -= 0.02 * unbiased[0] / (sqrt(unbiased[1]) + 1e-3)
        expected.append(x)
    state = setup(rule, model)
    for dx in gradients:
        update_(state, model, {"z": dx})
    np.testing.assert_allclose(model["z"], expected, rtol=1e-12)


def test_adam_turns_with_the_plane():
    """Turning all gradients by an angle turns all steps by the same angle."""
    turn, x = np.exp(0.7j), np.zeros(2, complex)
    rng = np.random.default_rng(4)
    gradients = rng.normal(size=(5, 2)) + 1j * rng.normal(size=(5, 2))
    found = follow(Adam(), x, turn * gradients)
    np.testing.assert_allclose(found, turn * follow(Adam(), x, gradients), rtol=1e-12)


# --- More sentences ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("beta", "text"),
    [((0.9, 1.0), r"\(0\.9, 1\.0\)"), ([-0.5, 0.9], r"\[-0\.5, 0\.9\]")],
)
def test_the_pair_is_named_if_one_of_it_is_out_of_range(beta, text):
    with pytest.raises(DomainError, match=rf"Adam\(beta={text}\).*below 1"):
        Adam(beta=beta)
    with pytest.raises(TypeError, match=r"Adam\(beta=\(0\.9, 'a'\)\).*real number"):
        Adam(beta=(0.9, "a"))


@pytest.mark.parametrize("number", [0.1, 1, np.float64(0.5), (0.9, 0.999)])
def test_a_number_without_a_type_is_refused_when_the_class_is_made(number):
    """It would be a constant of the class, and no field of the rule."""
    with pytest.raises(TypeError, match=r"Scaled.*eta.*eta: (float|tuple) = "):

        class Scaled(Rule):
            eta = number


def test_a_new_default_without_a_type_is_refused():
    """A dataclass would go on with the default of its parent."""
    with pytest.raises(TypeError, match=r"Fast.*eta: float = 0\.5"):

        class Fast(Adam):
            eta = 0.5


def test_what_is_no_number_needs_no_type():
    class Named(Rule):
        name = "mine"
        eta: float = 0.1

        @property
        def twice(self):
            return 2 * self.eta

    assert (Named(0.5).twice, Named.fields) == (1.0, ("eta",))


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [(Adam, "lr"), (Adam, "learning_rate"), (Momentum, "momentum"), (Descent, "lr")],
)
def test_unknown_numbers_get_a_note_with_the_known_ones(rule, wrong):
    with pytest.raises(TypeError, match=wrong) as caught:
        rule(**{wrong: 0.1})
    (note,) = caught.value.__notes__
    assert rule.__name__ in note
    for name in rule.fields:
        assert name in note


def test_too_many_numbers_get_the_same_note():
    with pytest.raises(TypeError) as caught:
        Descent(0.1, 0.9)
    assert "eta" in caught.value.__notes__[0]


def test_a_users_rule_has_the_note_too():
    with pytest.raises(TypeError) as caught:
        SignDescent(rate=1)
    assert "SignDescent" in caught.value.__notes__[0]
    assert "eta" in caught.value.__notes__[0]
