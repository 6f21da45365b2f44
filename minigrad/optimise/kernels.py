"""The rules once more, as loops: one pass over memory that also updates `x`.

NumPy computes `apply` with a pass and a temporary array for every operation. A
compiled loop reads and writes each number once, which is what makes large models
fast. Each loop does exactly the arithmetic of the rule's `apply`, in the same
order, so both give the same bits; a test compares them.

What makes a loop fast: every scalar has the array's own type before the loop
begins (a Python float inside would make all of it float64), arrays are flat and
contiguous, and a division by zero is NumPy's inf instead of an exception.
Nothing is compiled before its first use, and the result is cached on disk. With
`NUMBA_DISABLE_JIT=1` the same loops run as plain Python, for a debugger.
"""

import numba
import numpy as np

from .rules import Adam, Descent, Momentum

KERNELS = {}
"""For each rule with a loop: `(update, memory)`, as given to `kernel`."""


def kernel(rule, memory):
    """Register the decorated function as the in-place update of a rule.

    Args:
        rule: the class of rules.
        memory: the arrays in a state of that rule, as a tuple; it raises an
            error for anything else than such a state.
    """

    def register(update):
        KERNELS[rule] = update, memory
        return update

    return register


def kernel_for(rule, state, x):
    """The in-place update for this array and its memory, or None if there is none.

    It is called as `update(rule, state, x, dx)` and returns the new state.

    This is the one place that decides. A loop checks no bounds, so everything it
    writes to must have the shape of `x`, its type (float32 or float64), and memory
    that is contiguous: `flat` of anything else would be a copy.
    """
    if type(rule) not in KERNELS or x.dtype.char not in "fd" or not x.dtype.isnative:
        return None
    update, memory = KERNELS[type(rule)]
    try:
        arrays = x, *memory(state)
    except (TypeError, ValueError):
        return None  # not a state of this rule: its `apply` will say so
    shape, dtype = x.shape, x.dtype
    for array in arrays:  # carray: C-contiguous, aligned and writable
        if type(array) is not np.ndarray or not array.flags.carray:
            return None
        if array.shape != shape or array.dtype != dtype:
            return None
    return update


def compiled(loop):
    """`loop`, compiled by numba at its first call."""
    options = {"error_model": "numpy", "nogil": True}
    try:
        return numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # no folder can be written: compile in every process
        return numba.njit(**options)(loop)


def flat(x):
    """`x` as a vector on the same memory: `kernel_for` saw that it is contiguous."""
    return x.ravel()


# --- Descent -----------------------------------------------------------------------


@compiled
def descent_loop(x, dx, eta):
    """`x <- x - eta * dx`."""
    eta = x.dtype.type(eta)
    for i in range(x.size):
        x[i] -= eta * dx[i]


@kernel(Descent, memory=lambda state: ())
def descent(rule, state, x, dx):
    """The arguments of `descent_loop`."""
    descent_loop(flat(x), flat(dx), rule.eta)
    return state


# --- Momentum ----------------------------------------------------------------------


@compiled
def momentum_loop(x, v, dx, eta, rho):
    """`v <- rho v + eta dx`, `x <- x - v`."""
    real = x.dtype.type
    eta, rho = real(eta), real(rho)
    for i in range(x.size):
        v[i] = rho * v[i] + eta * dx[i]
        x[i] -= v[i]


@kernel(Momentum, memory=lambda v: (v,))
def momentum(rule, state, x, dx):
    """The arguments of `momentum_loop`."""
    momentum_loop(flat(x), flat(state), flat(dx), rule.eta, rule.rho)
    return state


# --- Adam --------------------------------------------------------------------------


@compiled
def adam_loop(x, m, v, dx, eta, beta1, beta2, power1, power2, epsilon):
    """`x <- x - eta m̂ / (sqrt(v̂) + epsilon)`; see `Adam` for the means."""
    real = x.dtype.type
    new1, new2 = real(1 - beta1), real(1 - beta2)
    up1, up2 = real(1 / (1 - power1)), real(1 / (1 - power2))
    eta, beta1, beta2, epsilon = real(eta), real(beta1), real(beta2), real(epsilon)
    for i in range(x.size):
        m[i] = beta1 * m[i] + new1 * dx[i]
        v[i] = beta2 * v[i] + new2 * (dx[i] * dx[i])
        x[i] -= eta * (m[i] * up1) / (np.sqrt(v[i] * up2) + epsilon)


def adam_memory(state):
    """The two means."""
    m, v, (_, _) = state
    return m, v


@kernel(Adam, memory=adam_memory)
def adam(rule, state, x, dx):
    """The arguments of `adam_loop`, and the next powers of beta."""
    (m, v, (power1, power2)), (beta1, beta2) = state, rule.beta
    scalars = rule.eta, beta1, beta2, power1, power2, rule.epsilon
    adam_loop(flat(x), flat(m), flat(v), flat(dx), *scalars)
    return m, v, (power1 * beta1, power2 * beta2)
