"""Notebook 05, Optimisers are small functions with memory: three rules and a loop."""

import numpy as np

from ...optimise import rules
from ...testing.rules import cases_of, compare
from ..calling import Attempt
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import VALUE, require

# --- Momentum ----------------------------------------------------------------------


class _Mean(rules.Momentum):
    """A mean of the gradients in place of their sum."""

    @staticmethod
    def formula(x, dx, v, eta, rho):
        v = rho * v + (1 - rho) * eta * dx
        return v, v


class _Forgetful(rules.Momentum):
    """Descent."""

    @staticmethod
    def formula(x, dx, v, eta, rho):
        return eta * dx, v


class _OneStepLate(rules.Momentum):
    """The old velocity."""

    @staticmethod
    def formula(x, dx, v, eta, rho):
        return v, rho * v + eta * dx


class _Whole(rules.Momentum):
    """Without the learning rate."""

    @staticmethod
    def formula(x, dx, v, eta, rho):
        v = rho * v + dx
        return v, v


@tests("05.1")
def Momentum(answer):
    """The kit's cases for Momentum."""
    _examine(answer, "Momentum", (
        (_Mean, "The gradient is added as a whole, eta dx, without a factor 1 - rho."),
        (_Forgetful, "That is plain descent: what was remembered plays no part."),
        (_OneStepLate, "That is the velocity of the step before: first update it."),
        (_Whole, "What has become of the learning rate eta?"),
    ))  # fmt: skip


def _examine(answer, name, suspects):
    """Known mistakes first, then all cases of the kit."""
    reference = getattr(rules, name)
    compare(answer, reference, {}, suspects=suspects)
    for case in cases_of(name):
        case(answer)


# --- RMSProp -----------------------------------------------------------------------


class _Sum(rules.RMSProp):
    """The sum of the squares, as in AdaGrad."""

    @staticmethod
    def formula(x, dx, s, eta, epsilon):
        s = s + dx**2
        return eta * dx / (np.sqrt(s) + epsilon), s


class _NoRoot(rules.RMSProp):
    """Divides by the mean square itself."""

    @staticmethod
    def formula(x, dx, s, eta, rho, epsilon):
        s = rho * s + (1 - rho) * dx**2
        return eta * dx / (s + epsilon), s


class _NoSquare(rules.RMSProp):
    """A mean of the sizes."""

    @staticmethod
    def formula(x, dx, s, eta, rho, epsilon):
        s = rho * s + (1 - rho) * np.abs(dx)
        return eta * dx / (np.sqrt(s) + epsilon), s


class _Exchanged(rules.RMSProp):
    """rho and 1 - rho exchanged."""

    @staticmethod
    def formula(x, dx, s, eta, rho, epsilon):
        s = (1 - rho) * s + rho * dx**2
        return eta * dx / (np.sqrt(s) + epsilon), s


@tests("05.2")
def RMSProp(answer):
    """The kit's cases for RMSProp, of which one has two arrays."""
    _examine(answer, "RMSProp", (
        (_Sum, "That is the sum of all squares so far; the mean forgets: rho s."),
        (_NoRoot, "Is the root missing?"),
        (_NoSquare, "It is the mean of the squares of the gradients."),
        (_Exchanged, "rho is what is kept of the old mean, 1 - rho what is taken of "
         "the new square."),
    ))  # fmt: skip


# --- Adam --------------------------------------------------------------------------


class _Raw(rules.Adam):
    """Without the corrections."""

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon):
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        return eta * m / (np.sqrt(v) + epsilon), m, v


class _HalfRaw(rules.Adam):
    """Corrects the mean only."""

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1):
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        return eta * m / (1 - power1) / (np.sqrt(v) + epsilon), m, v


class _Inside(rules.Adam):
    """The safeguard inside of the root."""

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        return eta * m / (1 - power1) / np.sqrt(v / (1 - power2) + epsilon), m, v


class _Swapped(rules.Adam):
    """beta1 and beta2 exchanged."""

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
        m = beta2 * m + (1 - beta2) * dx
        v = beta1 * v + (1 - beta1) * dx**2
        return eta * m / (1 - power2) / (np.sqrt(v / (1 - power1)) + epsilon), m, v


class _Kept(rules.Adam):
    """What is remembered is already corrected."""

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
        m = (beta1 * m + (1 - beta1) * dx) / (1 - power1)
        v = (beta2 * v + (1 - beta2) * dx**2) / (1 - power2)
        return eta * m / (np.sqrt(v) + epsilon), m, v


class _Late(rules.Adam):
    """The clock starts at 2."""

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        mean, square = m / (1 - power1 * beta1), v / (1 - power2 * beta2)
        return eta * mean / (np.sqrt(square) + epsilon), m, v


@tests("05.3")
def Adam(answer):
    """The kit's cases for Adam."""
    _examine(answer, "Adam", (
        (_Raw, "Both means are used as they are, without the division by 1 - beta**t."),
        (_HalfRaw, "The mean of the squares needs its correction, too."),
        (_Inside, "The epsilon is added to the root, not inside of it."),
        (_Swapped, "beta[0] belongs to the mean, beta[1] to the mean square."),
        (_Late, "Is t already 2 in the first step?"),
        (_Kept, "What is remembered is m and v, without the correction: that is made "
         "anew in every step."),
    ))  # fmt: skip


# --- The loop ------------------------------------------------------------------------


@tests("05.5")
def adam_loop(answer):
    """Three steps in place, in float64 and float32, against the rule."""
    answer = getattr(answer, "py_func", answer)
    for dtype, rtol in ((np.float64, 1e-9), (np.float32, 1e-5)):
        rng = np.random.default_rng(0)
        x, *gradients = rng.normal(size=(4, 5)).astype(dtype)
        rule, right = rules.Adam(0.1), x.copy()
        state = rule.init(right)
        m, v = np.zeros_like(x), np.zeros_like(x)
        for number, dx in enumerate(gradients, 1):
            text = f"adam_loop(x, dx, m, v, ...), step {number},"
            before, given = x.copy(), dx.copy()
            answer(x, given, m, v, 0.1, 0.9, 0.999, 1e-8, 0.9**number, 0.999**number)
            state, step = rule.apply(state, right, dx)
            right = right - step
            require(
                np.array_equal(given, dx), VALUE, f"`{text}` changed the gradient `dx`."
            )
            require(
                not np.array_equal(x, before),
                VALUE,
                f"`{text}` left `x` as it was. It is changed in place: `x[i] = ...`. "
                f"(`x = ...` gives the name to another array.)",
            )
            _compare("m", text, m, state[0])
            _compare("v", text, v, state[1])
            climbs = np.allclose(x, before + step, rtol=1e-4)
            said = "The step is subtracted: that was uphill."
            got = Attempt(f"x after {text.rstrip(',')}", x)
            matches(got, right, rtol=rtol, suspects=[(x, said)] if climbs else ())


def _compare(name, text, got, right):
    close = got.shape == right.shape and np.allclose(got, right, rtol=1e-4, atol=1e-12)
    said = "It has not been changed at all." if not got.any() else ""
    require(close, VALUE, f"After `{text}` `{name}` is {shown(got)}. {said}".rstrip())
