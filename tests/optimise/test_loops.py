"""From formulas to loops: the text, its bits, and what cannot be one."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minigrad.optimise.loops import write_loop

from .formulas import formula_of, module_of

SCALE = 3


@pytest.fixture
def written(tmp_path):
    """The formula of some lines: `written("v eta", "return eta * v, v")`."""
    return lambda *given: formula_of(tmp_path, *given)


def text(*formulas):
    return write_loop(tuple(formulas))


def run(formulas, arrays, numbers):
    """What a loop, as Python, makes of copies of the arrays."""
    space = {"np": np, "math": math}
    exec(text(*formulas), space)
    copies = [array.copy() for array in arrays]
    with np.errstate(all="ignore"):
        space["loop"](*copies, *numbers)
    return copies


def vectors(count, dtype=np.float32, size=50):
    values = np.random.default_rng(count).normal(size=(count, size)).astype(dtype)
    values[:, :4] = [0, -0.0, 1, -1]
    return list(values)


def check(formula, remembered, numbers=(), dtype=np.float32):
    """The loop and the formula give the same bits, and the loop no others."""
    x, dx, *_ = arrays = vectors(2 + remembered, dtype)
    with np.errstate(all="ignore"):
        result = formula(*arrays, *numbers)
        step, *new = result if isinstance(result, tuple) else (result,)
        expected = x - np.asarray(step, dtype)
    found = run([(formula, remembered)], arrays, numbers)
    np.testing.assert_array_equal(found[0], expected, strict=True)
    np.testing.assert_array_equal(found[1], dx)
    for array, other in zip(found[2:], new, strict=True):
        np.testing.assert_array_equal(array, np.asarray(other, dtype))


# --- The text ----------------------------------------------------------------------


def momentum(x, dx, v, eta, rho):
    """A sentence on what it does."""
    v = rho * v + eta * dx  # the velocity
    return v, v


def test_the_text_of_momentum():
    assert text((momentum, 1)).splitlines() == [
        "def loop(xs, dxs, vs, eta, rho):",
        "    real = xs.dtype.type",
        "    c1 = real(rho)",
        "    c2 = real(eta)",
        "    for i in range(xs.size):",
        "        x, dx, v = (xs[i], dxs[i], vs[i])",
        "        v = c1 * v + c2 * dx",
        "        dx, vs[i] = v, v",
        "        xs[i] = x - dx",
    ]


def test_numbers_alone_are_computed_before_the_loop_and_once(written):
    formula = written(
        "m beta power",
        "keep = 1 - beta",
        "m = beta * m + keep * dx",
        "return m / (1 - power) + keep * x, m",
    )
    before, _, inside = text((formula, 1)).partition("    for i in range(xs.size):")
    assert "    keep = 1 - beta\n" in before
    assert before.count("real(keep)") == 1 and before.count("real(1 - power)") == 1
    assert "real" not in inside and "beta" not in inside and "power" not in inside


def test_where_becomes_a_choice_that_computes_one_side(written):
    formula = written("eta", "return np.where(dx > 0, eta, -x)")
    assert "dx = c2 if dx > c1 else -x" in text((formula, 0))


def test_a_chain_is_one_loop(written):
    decay = written("rate", "return dx + rate * x")
    loop = text((decay, 0), (momentum, 1))
    assert loop.count("for i in") == 1 and loop.count("xs[i] = ") == 1
    assert loop.startswith("def loop(xs, dxs, vs, rate, eta, rho):")


def test_a_chain_feeds_each_formula_with_the_step_before(written):
    first = written("v a", "v = a * v + dx", "b = v * a", "return b + x, v")
    second = written("v a", "b = 2 * a", "dx = dx * b", "v = v - dx", "return v, v")
    arrays = x, dx, v1, v2 = vectors(4)
    step, new1 = first(x, dx, v1, 0.7)
    step, new2 = second(x, step, v2, 0.3)
    found = run([(first, 1), (second, 1)], arrays, (0.7, 0.3))
    np.testing.assert_array_equal(found, [x - step, dx, new1, new2])


def test_the_same_formula_twice_has_two_memories():
    arrays = x, dx, v1, v2 = vectors(4)
    step, new1 = momentum(x, dx, v1, 0.5, 0.9)
    step, new2 = momentum(x, step, v2, 0.25, 0.8)
    found = run([(momentum, 1)] * 2, arrays, (0.5, 0.9, 0.25, 0.8))
    np.testing.assert_array_equal(found, [x - step, dx, new1, new2])


# --- Names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    "i real c1 c2 xs dxs x_2 xss loop np math range type size abs vs i_2 self".split(),
)
def test_numbers_memory_and_local_names_of_any_name(written, name):
    check(written(f"j {name}", f"return {name} * dx * j"), 0, (0.3, 0.7))
    if name != "np":
        check(written(name, f"return {name} * dx + {name} * 2 * x"), 0, (0.3,))
        check(written(name, f"return {name} * dx, {name} + x"), 1)
        check(written("a", f"{name} = a * dx", f"return {name} - x * {name}"), 0, (2,))
        check(written("a", f"{name} = a * 2", f"return {name} * dx - a"), 0, (0.3,))
    check(written(f"j {name}", f"return {name} * dx * j"), 0, (0.3, 0.7))


def test_the_arrays_may_have_other_names(tmp_path):
    source = "def formula(w, g, dx, x):\n    g = g + dx\n    return g * x * w, g\n"
    check(module_of(tmp_path, source).formula, 1, (0.1,))


def test_a_memory_named_as_the_array_of_another(written):
    formula = written("v vs vss eta", "return eta * v, vs, vss + v, dx")
    check(formula, 3, (0.1,))


def test_many_constants(written):
    parts = " + ".join(f"{k}.5 * dx * x" for k in range(12))
    check(written("", f"c3 = {parts}", "return c3"), 0)


# --- What numbers may be -----------------------------------------------------------


def test_numbers_from_outside_are_refused(tmp_path):
    """The loop is kept, and would not notice that they change."""

    def scaled(x, dx, eta):
        return eta * SCALE * dx

    def shifted(rate):
        def formula(x, dx):
            return rate * dx

        return formula

    for formula, name in ((scaled, "SCALE"), (shifted(0.1), "rate")):
        with pytest.raises(TypeError, match=f"{name} stands outside of it, and m"):
            text((formula, 0))


@pytest.mark.parametrize(
    "number",
    [
        "math.sqrt(1 - a)",
        "abs(a - 1)",
        "min(a, 0.2)",
        "math.pi",
        "np.pi",
        "1e-30",
        "(a if b > 0.5 else 2 * a)",
        "-a",
        "a ** 2",
        "(1 - b ** 3) ** 0.5",
        "7",
        "True",
        "max(a, b) / (1 + math.exp(b))",
        "float(a > b)",
        "(a // 0.25)",
        "np.inf",
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_expressions_of_numbers(written, number, dtype):
    check(written("a b", f"return {number} * dx + x"), 0, (0.3, 0.9), dtype)
    check(written("a b", f"c = {number}", "return x + c"), 0, (0.3, 0.9), dtype)


@pytest.mark.parametrize("switch", [True, False])
def test_a_switch_chooses_between_arrays(written, switch):
    formula = written("v on", "return (dx if on else v * x), v + dx if on else v")
    check(formula, 1, (switch,))


def test_a_name_for_numbers_may_become_one_for_arrays(written):
    check(written("a", "k = a", "b = k * x", "k = k * dx", "return k + b"), 0, (0.1,))
    check(written("a", "b = a * x", "a = 2 * a", "return a * dx + b"), 0, (0.1,))
    check(written("a", "b = 1 - a", "b = 1 - b", "return b * dx"), 0, (0.1,))


def test_several_names_at_once(written):
    check(
        written("v a", "p, q = a, 1 - a", "v, w = p * v, q * dx", "return w, v"),
        1,
        (0.3,),
    )
    check(written("v a", "v, dx = dx, v", "return a * dx, v"), 1, (0.3,))
    check(written("v a", "v, w = a, dx", "return w * v, w"), 1, (0.3,))


def test_a_step_that_is_a_number_alone(written):
    check(written("eta", "return eta / 3"), 0, (0.1,))
    check(written("v eta", "return eta * dx, 0.0"), 1, (0.1,))


@pytest.mark.parametrize(
    "expression",
    [
        "np.sqrt(np.abs(dx))",
        "np.sign(dx) * x",
        "np.maximum(dx, x)",
        "np.fmin(dx, x)",
        "np.minimum(dx, a)",
        "np.hypot(dx, x)",
        "np.square(dx)",
        "np.negative(dx)",
        "np.absolute(dx)",
        "abs(dx) + abs(a)",
        "np.copysign(a, dx)",
        "np.multiply(dx, x)",
        "dx ** 2",
        "(dx * x) ** 2",
        "-dx ** 2",
        "-(-dx)",
        "dx / x",
        "a / dx",
        "dx - -x",
        "np.where(np.isnan(dx), a, dx)",
        "np.where(dx == x, x, dx * dx)",
        "np.where(np.logical_and(dx > 0, x > 0), x, a)",
        "np.where((dx > 0) & (x <= 0), x, 2)",
        "np.where(dx != 0, 1, x)",
        "np.where(dx < x, x, np.where(dx >= a, dx, a))",
        "dx * (dx > 0)",
        "np.floor(dx)",
        "np.sqrt(a * dx)",
        "1 / (1 + np.abs(dx))",
        "dx % 0.5",
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arithmetic_on_arrays(written, expression, dtype):
    check(written("a", f"return {expression}"), 0, (0.3,), dtype)


def test_functions_under_another_name(tmp_path):
    source = (
        "from numpy import abs as size, where\nimport numpy\n\n"
        "def formula(x, dx, a):\n"
        "    return where(dx > numpy.pi, a, numpy.sqrt(size(dx)))\n"
    )
    check(module_of(tmp_path, source).formula, 0, (0.3,))


# --- The same bits, whatever the formula -------------------------------------------

NUMBERS = st.recursive(
    st.sampled_from(["eta", "rho", "1", "0.5", "3", "-0.7"]),
    lambda part: st.builds(
        "({} {} {})".format, part, st.sampled_from(["+", "-", "*"]), part
    ),
    max_leaves=4,
)
VARYING = st.sampled_from(["x", "dx", "v", "k"])


def larger(part):
    either = part | NUMBERS
    comparison = st.builds(
        "{} {} {}".format, part, st.sampled_from("< <= > >= == !=".split()), either
    )
    return st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), either),
        st.builds("({} {} {})".format, either, st.sampled_from("+-*/"), part),
        st.builds("(-{})".format, part),
        st.builds("({}) ** 2".format, part).map("({})".format),
        st.builds(
            "np.{}({})".format, st.sampled_from(["sqrt", "abs", "sign", "square"]), part
        ),
        st.builds(
            "np.{}({}, {})".format,
            st.sampled_from(["maximum", "minimum"]),
            part,
            either,
        ),
        st.builds("np.where({}, {}, {})".format, comparison, part, either),
        st.builds("np.where({}, {}, {})".format, comparison, either, part),
        st.builds("({} if {} > 0.5 else {})".format, part, NUMBERS, part),
    )


ARRAYS = st.recursive(VARYING, larger, max_leaves=8)
FORMULAS = st.tuples(NUMBERS, ARRAYS, ARRAYS, ARRAYS, ARRAYS)


def lines(parts):
    number, k, v, dx, step = parts
    return [
        f"rate = {number}",
        f"k = {k.replace('k', 'v')}",
        f"v = {v}",
        f"dx = {dx}",
        f"return rate * {step}, v",
    ]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=FORMULAS, dtype=st.sampled_from([np.float32, np.float64]))
def test_any_formula_and_its_loop_give_the_same_bits(tmp_path, parts, dtype):
    source = "def formula(x, dx, v, eta, rho):\n    "
    formula = module_of(tmp_path, source + "\n    ".join(lines(parts))).formula
    check(formula, 1, (0.3, 0.9), dtype)


# --- What cannot be a loop ---------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("dx *= eta\nreturn dx", r"this is something else: dx \*= eta"),
        ("for k in range(3): dx = dx * eta\nreturn dx", "something else: for k in"),
        ("while eta > 1: eta = eta / 2\nreturn dx", "something else: while"),
        ("if eta > 1: dx = dx * 2\nreturn dx", "something else: if eta > 1"),
        ("if eta > 1: return x\nreturn dx", "something else: if eta > 1"),
        ("a: float = 1 - eta\nreturn a * dx", "something else: a: float"),
        ("a = b = eta * dx\nreturn a + b", "something else: a = b"),
        ("assert eta > 0\nreturn dx", "something else: assert"),
        ("print(dx)\nreturn dx", "something else: print"),
        ("global g\nreturn dx", "something else: global"),
        ("pass\nreturn dx", "something else: pass"),
        ("return", "something else: return"),
        (
            "return helper(dx)",
            "helper is not a function of NumPy that takes one number",
        ),
        ("return eta * helper(dx)", "helper is not a function of NumPy"),
        ("return dx / np.sum(dx)", "np.sum is not a function of NumPy that takes one"),
        ("return dx / dx.sum()", "dx.sum is not known there"),
        ("return dx / np.linalg.norm(dx)", "np.linalg.norm is not known there"),
        ("return np.clip(dx, -1, 1)", "np.clip is not a function of NumPy"),
        ("return np.where(dx > 0)", "np.where is not a function"),
        ("return np.maximum(dx)", "np.maximum is not a function"),
        ("return max(dx, x)", "max is not a function of NumPy"),
        ("return math.sqrt(dx)", "math.sqrt is not a function of NumPy"),
        ("return np.zeros_like(dx)", "np.zeros_like is not a function"),
        ("return np.nonsense(dx)", "np.nonsense is not known there"),
        ("return unknown(dx)", "unknown is not known there"),
        ("return VECTORIZED(dx)", "VECTORIZED is not a function of NumPy"),
        ("return dx.T", "not arithmetic on one number: dx.T"),
        ("return dx[0] * dx", r"not arithmetic on one number: dx\[0\]"),
        ("return dx[::-1]", r"not arithmetic on one number: dx\[::-1\]"),
        ("return dx if dx > 0 else x", "not arithmetic on one number: dx if dx > 0"),
        ("return np.where(0 < dx < 1, x, dx)", "arithmetic on one number: 0 < dx < 1"),
        ("return np.where(dx and x, x, dx)", "arithmetic on one number: dx and x"),
        ("return np.where(not dx, x, dx)", "arithmetic on one number: not dx"),
        ("return np.sqrt(dx, dtype='f8')", "arithmetic on one number: np.sqrt"),
        ("return np.add(*[dx, x])", "arithmetic on one number"),
        ("return dx @ x", "arithmetic on one number: dx @ x"),
        ("return [dx]", r"arithmetic on one number: \[dx\]"),
        ("return (y := dx)", "arithmetic on one number"),
        ("return f'{dx}'", "arithmetic on one number"),
        ("x = x - dx\nreturn dx", "gives x another value"),
        ("x, y = dx, x\nreturn y", "gives x another value"),
        ("dx[0] = 1\nreturn dx", r"It changes an array: dx\[0\] = ..."),
        ("dx.shape = 1\nreturn dx", r"It changes an array: dx.shape = ..."),
        ("a, *b = dx, x\nreturn a", "It changes an array|arithmetic on one number"),
        ("return dx, x", "It returns 2 values, and must return 1: the step"),
        ("a = dx", "last one return|returns nothing"),
        ("return TABLE * dx", "TABLE is not a number or a function of NumPy"),
        ("return eta * TEXT", "TEXT is not a number or a function of NumPy"),
        ("return eta * UNKNOWN * dx", "UNKNOWN is not known there"),
        ("return helper(eta) * dx", "helper is not a number or a function of NumPy"),
    ],
)
def test_what_is_refused(tmp_path, body, sentence):
    source = (
        "TABLE, TEXT = np.ones(3), 'text'\n"
        "VECTORIZED = np.frompyfunc(lambda z: z, 1, 1)\n\n\n"
        "def helper(z):\n    return z\n\n\n"
        "def formula(x, dx, eta):\n    "
    )
    formula = module_of(tmp_path, source + body.replace("\n", "\n    ")).formula
    with pytest.raises(TypeError, match=sentence) as caught:
        text((formula, 0))
    message = str(caught.value)
    assert message.startswith("formula cannot be made into a loop. ")
    assert "write the method apply instead" in message


@pytest.mark.parametrize("back", ["dx", "dx, v", "dx, v, m, v", "(dx,)"])
def test_the_wrong_number_of_arrays(written, back):
    formula = written("v m eta", "v = eta * v", f"return {back}")
    count = back.count(",") + 1 - back.count(",)")
    with pytest.raises(TypeError, match=f"returns {count} values?, and must return 3"):
        text((formula, 2))


def test_a_lambda_is_refused():
    formula = lambda x, dx, eta: eta * dx
    with pytest.raises(TypeError, match="must be written with def"):
        text((formula, 0))


def test_the_message_names_the_class():
    class Halving:
        @staticmethod
        def formula(x, dx):
            return dx / len(dx)

    with pytest.raises(TypeError, match=r"Halving\.formula cannot be made into a loop"):
        text((Halving.formula, 0))
