"""The long short-term memory: one step as a formula, all steps as one operation.

A sequence of 32 steps would be some 500 entries on the tape. So the steps of a whole
sequence are one entry, whose way back is backpropagation through time, written out in
NumPy. The formula is taken where `fused` says that formulas are; tests compare both.
"""

from typing import NamedTuple

import numpy as np

from ..autodiff.gradient import pullback
from ..autodiff.operations import Each
from ..autodiff.recording import note, primitive
from ..autodiff.registry import OPERATIONS, together, vjp
from ..autodiff.vjps.matrices import affine
from .activations import sigmoid
from .fused import on_one_tape


def lstm_step(x, h, c, Wi, Wh, bias):
    """One step: the next `(h, c)`, each of shape (..., n).

    i, f, g, o = the four quarters of x @ Wiᵀ + h @ Whᵀ + bias
    c' = sigmoid(f) c + sigmoid(i) tanh(g)
    h' = sigmoid(o) tanh(c')
    """
    i, f, g, o = parts(affine(x, Wi, bias) + h @ Wh.T, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def parts(a, number):
    """The last axis of `a` in so many equal parts."""
    n = a.shape[-1] // number
    return [a[..., k * n : (k + 1) * n] for k in range(number)]


def lstm_by_steps(x, h, c, Wi, Wh, bias):
    """`lstm_layer` as a loop over `lstm_step`."""
    outputs = []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, Wi, Wh, bias)
        outputs.append(h)
    return np.stack([*outputs, c], axis=1)


# --- All steps as one entry --------------------------------------------------------


def lstm(x, h, c, Wi, Wh, bias):
    """`lstm_layer(...)` as one entry; None if the formula must do it."""
    tape, values, parents = on_one_tape(x, h, c, Wi, Wh, bias)
    if values is None:
        return None
    states, past = forward(*values)
    operation, known = OPERATIONS[lstm_layer], {"past": past}
    return note(tape, operation, states, values, known, parents)


@primitive
def lstm_layer(x, h, c, Wi, Wh, bias):
    """All steps of a batch of sequences, as one operation.

    Args:
        x: of shape (batch, time, features).
        h: of shape (batch, n), the state before the first step.
        c: the same.
        Wi: of shape (4n, features).
        Wh: of shape (4n, n).
        bias: of shape (4n,).

    Returns:
        An array of shape (batch, time + 1, n): h after every step, and as the last
        entry c after the last step.
    """
    return forward(x, h, c, Wi, Wh, bias)[0]


vjp(lstm_layer,
    Each(lambda g, ans, position, *args, past=None:
         pullback(lstm_by_steps, *args)[1](g)[position]))  # fmt: skip


class Past(NamedTuple):
    """What the way back needs to know; with the features before the batch.

    Attributes:
        gates: i, f, g, o of each step after their activations, (time, 4n, batch).
        h, c: before the first step and after every step, (time + 1, n, batch).
        tanh_c: tanh(c) after every step, (time, n, batch).
    """

    gates: np.ndarray
    h: np.ndarray
    c: np.ndarray
    tanh_c: np.ndarray


def forward(x, h, c, Wi, Wh, bias):
    """The result of `lstm_layer`, and the `Past`.

    With the features as the first axis, each gate is one piece of memory. The inputs'
    share in the gates is one product for all steps, and one `tanh` does for all four
    gates, since sigmoid(x) = 1/2 + 1/2 tanh(x / 2).
    """
    (batch, time, _), (_, n) = x.shape, Wh.shape
    factor, shift = np.full((2, 4 * n, batch), 0.5, x.dtype)
    factor[2 * n : 3 * n], shift[2 * n : 3 * n] = 1, 0  # g has tanh itself
    scale = factor[:, :1] if batch else np.ones((4 * n, 1), x.dtype)
    gates = np.matmul(scale * Wi, np.ascontiguousarray(x.transpose(1, 2, 0)))
    gates += factor * bias[:, None]
    W = scale * Wh
    hs, cs = np.empty((2, time + 1, n, batch), x.dtype)
    hs[0], cs[0] = h.T, c.T
    tanh_c, product = np.empty((time, n, batch), x.dtype), np.empty_like(factor)
    for t in range(time):
        a = gates[t]
        a += np.dot(W, hs[t], out=product)
        np.tanh(a, out=a)
        a *= factor
        a += shift
        i, f, g, o = a.reshape(4, n, batch)
        np.multiply(f, cs[t], out=cs[t + 1])
        cs[t + 1] += np.multiply(i, g, out=product[:n])
        np.tanh(cs[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=hs[t + 1])
    states = np.empty((batch, time + 1, n), x.dtype)
    states[:, :time], states[:, time] = hs[1:].transpose(2, 0, 1), cs[time].T
    return states, Past(gates, hs, cs, tanh_c)


@together(lstm_layer)
def lstm_vjps(wanted, g, ans, x, h, c, Wi, Wh, bias, past=None):
    """Backpropagation through time: Werbos (1990), Proceedings of the IEEE 78."""
    past = forward(x, h, c, Wi, Wh, bias)[1] if past is None else past
    g = np.ascontiguousarray(g.transpose(1, 2, 0))
    to_gates, to_h, to_c = back_in_time(g, Wh, past)
    steps = len(to_gates) * len(x)  # of all sequences
    rows = to_gates.transpose(1, 0, 2).reshape(len(bias), steps)
    columns = lambda x: x.reshape(steps, x.shape[-1])
    towards = (
        lambda: np.matmul(Wi.T, to_gates).transpose(2, 0, 1),
        lambda: to_h.T,
        lambda: to_c.T,
        lambda: rows.dot(columns(x.transpose(1, 0, 2))),
        lambda: rows.dot(columns(past.h[:-1].transpose(0, 2, 1))),
        lambda: rows.sum(axis=1),
    )
    return [towards[position]() for position in wanted]


def back_in_time(g, Wh, past):
    """The gradients of all gates before their activations, and of the first h and c.

    How much each gate moves h or c is known for all steps at once. The loop multiplies
    that with the gradients of h and c, and hands those on to the step before.
    """
    time, n, batch = past.tanh_c.shape
    to_gates, c_from_h = slopes(past)
    to_h, product, to_c = *np.zeros((2, n, batch), g.dtype), g[time].copy()
    for t in range(time - 1, -1, -1):
        to_h += g[t]
        to_c += np.multiply(to_h, c_from_h[t], out=product)
        to_ifg, to_o = to_gates[t, : 3 * n], to_gates[t, 3 * n :]
        to_ifg.reshape(3, n, batch)[...] *= to_c
        to_o *= to_h
        to_c *= past.gates[t, n : 2 * n]
        np.dot(Wh.T, to_gates[t], out=to_h)
    return to_gates, to_h, to_c


def slopes(past):
    """dc/da for the gates i, f, g and dh/da for o, of all steps; and dh/dc."""
    time, n, _ = past.tanh_c.shape
    i, f, g, o = (past.gates[:, k * n : (k + 1) * n] for k in range(4))
    to_gates = np.empty_like(past.gates)
    to_i, to_f, to_g, to_o = (to_gates[:, k * n : (k + 1) * n] for k in range(4))
    np.multiply(g, i * (1 - i), out=to_i)
    np.multiply(past.c[:time], f * (1 - f), out=to_f)
    np.multiply(i, 1 - g * g, out=to_g)
    np.multiply(past.tanh_c, o * (1 - o), out=to_o)
    return to_gates, o * (1 - past.tanh_c**2)
