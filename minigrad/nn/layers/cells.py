"""Recurrent cells: one step of a network with a memory.

A cell is a pure function, `cell(x, state) -> (out, state)`. It keeps nothing: the state
goes in and comes out, so that nothing has to be reset, and whoever wants to read a
sequence writes a loop, or takes the layers of `recurrent`.
"""

import numpy as np

from ...errors import ShapeError, described
from ...marking import functor
from ...random import generator
from ..activations import sigmoid
from ..initialisers import glorot_uniform
from ..lstm import affine, lstm_step, parts
from .dense import check_act, convert, initial, make_bias, shown


class Cell:
    """What the cells share: three arrays, and what fits them.

    Attributes:
        gates: how many blocks of `out` rows the weights have.
        pair: whether the state is a pair of arrays.
    """

    gates, pair = 1, False

    def __init__(
        self,
        features_in,
        features_out,
        *,
        bias=True,
        init_kernel=glorot_uniform,
        init_recurrent_kernel=glorot_uniform,
        rng=None,
    ):
        name, rows = type(self).__name__, self.gates * features_out
        rng = None if rng is None else generator(rng)  # the same one for both
        self.Wi = initial(name, init_kernel, (rows, features_in), rng)
        Wh = initial(name, init_recurrent_kernel, (rows, features_out), rng)
        self.Wh = Wh.astype(self.Wi.dtype, copy=False)
        self.bias = make_bias(name, self.Wi, (rows,), bias)

    @property
    def sizes(self):
        """`(in, out)`."""
        return self.Wi.shape[1], self.Wh.shape[1]

    def weights(self):
        """`(Wi, Wh, bias)`, with zeros for a bias that was left out."""
        none = self.bias is False
        bias = np.zeros(self.Wi.shape[0], self.Wi.dtype) if none else self.bias
        return self.Wi, self.Wh, bias

    def checked(self, x, state, caller, axes=1):
        """`x` and `state` in the dtype of the weights, or a sentence about a shape.

        The last `axes` axes of `x` are one step (features), or one sequence.
        """
        x, (features_in, n) = convert(x, self.Wi), self.sizes
        if x.shape[-1:] != (features_in,):
            raise ShapeError(
                f"{caller!r} expects {features_in} features on the last axis, and was "
                f"given an array of shape {x.shape}."
            )
        if state is None:
            return x, initialstates(self)
        if self.pair and (not isinstance(state, tuple | list) or len(state) != 2):
            raise TypeError(
                f"The state of {caller!r} is a pair (h, c), and {described(state)} was "
                f"given. Hand on the state that came out of the step before; the "
                f"first is initialstates(cell)."
            )
        arrays = [convert(h, self.Wh) for h in (state if self.pair else (state,))]
        lead = x.shape[: x.ndim - axes]
        for h in arrays:
            if h.shape not in ((n,), (*lead, n)):
                raise ShapeError(
                    f"{caller!r} was given a state of shape {h.shape}. For an input of "
                    f"shape {x.shape} it is of shape {(*lead, n)}, or {(n,)} for the "
                    f"same everywhere."
                )
        return x, tuple(arrays) if self.pair else arrays[0]

    def arguments(self):
        """What is printed in brackets: `3 => 5`, and what is special."""
        features_in, features_out = self.sizes
        act = shown(self.act) if hasattr(self, "act") else ""
        bias = ", bias=False" if self.bias is False else ""
        return f"{features_in} => {features_out}{act}{bias}"

    def __repr__(self):
        return f"{type(self).__name__}({self.arguments()})"


def initialstates(layer):
    """The state before the first step: zeros, which cells and layers start from.

    Args:
        layer: an `RNNCell`, `GRUCell` or `LSTMCell`; an `RNN`, `GRU` or `LSTM`.

    Returns:
        An array of shape (out,) in the dtype of the weights, which serves every sample
        of a batch; for an LSTM a pair of them, `(h, c)`.

    >>> initialstates(GRUCell(3, 2))
    array([0., 0.], dtype=float32)
    """
    cell = getattr(layer, "cell", layer)
    if not isinstance(cell, Cell):
        raise TypeError(
            f"initialstates takes a recurrent cell or layer, and was given "
            f"{described(layer)}. Write initialstates(LSTMCell(3, 5))."
        )
    zeros = np.zeros(cell.sizes[1], cell.Wh.dtype)
    return (zeros, zeros) if cell.pair else zeros


@functor
class RNNCell(Cell):
    """One step of the simplest recurrent network.

        h' = act(Wi x + Wh h + bias);  the output is h'

    Args:
        features_in: numbers in an input.
        features_out: numbers in an output, and in the state.
        act: the activation function.
        bias: True for zeros, False for none, or an array.
        init_kernel: makes `Wi` from its shape, as in `Dense`.
        init_recurrent_kernel: makes `Wh` from its shape.
        rng: a `numpy.random.Generator` or a seed, handed on to both.

    Called as `cell(x, h)` with arrays of shapes (in,) and (out,), or (batch, in) and
    (batch, out), it returns `(h', h')`: the output and the state. A state of shape
    (out,) serves a whole batch; without one it is `initialstates(cell)`.

    Attributes:
        Wi: of shape (out, in).
        Wh: of shape (out, out).
        bias: of shape (out,), or False.
        act: the activation function.

    Raises:
        ShapeError: called with another number of features, or an unfitting state.

    Source: Elman, "Finding structure in time" (1990).

    >>> cell = RNNCell(3, 2)
    >>> cell
    RNNCell(3 => 2, tanh)
    >>> out, h = cell(np.ones(3, np.float32))
    >>> out, h = cell(np.ones(3, np.float32), h)
    >>> out.shape
    (2,)
    """

    def __init__(self, features_in, features_out, act=np.tanh, **options):
        super().__init__(features_in, features_out, **options)
        self.act = check_act(act, "RNNCell(2, 3, relu)")

    def __call__(self, x, state=None):
        """`(h', h')`, with `h' = act(x @ Wi.T + h @ Wh.T + bias)`."""
        x, h = self.checked(x, state, self)
        Wi, Wh, bias = self.weights()
        h = self.act(affine(x, Wi, bias) + h @ Wh.T)
        return h, h


@functor
class LSTMCell(Cell):
    """One step of a long short-term memory, which gates keep from being overwritten.

        i = sigmoid(Wi_i x + Wh_i h + bias_i)      what enters
        f = sigmoid(Wi_f x + Wh_f h + bias_f)      what is kept
        g = tanh(Wi_g x + Wh_g h + bias_g)         what is new
        o = sigmoid(Wi_o x + Wh_o h + bias_o)      what is shown
        c' = f c + i g
        h' = o tanh(c');  the output is h'

    The rows of the arrays are stacked in this order, i, f, g, o, as in Flux and in
    PyTorch (which has two biases: ours is their sum).

    Args:
        features_in: numbers in an input.
        features_out: numbers in an output, and in each part of the state.
        bias: True for zeros, False for none, or an array.
        init_kernel: makes `Wi` from its shape, as in `Dense`.
        init_recurrent_kernel: makes `Wh` from its shape.
        rng: a `numpy.random.Generator` or a seed, handed on to both.

    Called as `cell(x, (h, c))` it returns `(h', (h', c'))`: the output and the state.
    Shapes as for `RNNCell`.

    Attributes:
        Wi: of shape (4 out, in).
        Wh: of shape (4 out, out).
        bias: of shape (4 out,), or False.

    Raises:
        ShapeError: called with another number of features, or an unfitting state.
        TypeError: the state is no pair.

    Source: Hochreiter and Schmidhuber, "Long short-term memory" (1997); f is of Gers
    et al., "Learning to forget" (2000).

    >>> cell = LSTMCell(3, 2)
    >>> cell
    LSTMCell(3 => 2)
    >>> out, (h, c) = cell(np.ones((5, 3), np.float32))
    >>> out.shape, c.shape
    ((5, 2), (5, 2))
    """

    gates, pair = 4, True

    def __call__(self, x, state=None):
        """`(h', (h', c'))`."""
        x, (h, c) = self.checked(x, state, self)
        h, c = lstm_step(x, h, c, *self.weights())
        return h, (h, c)


@functor
class GRUCell(Cell):
    """One step of a gated recurrent unit: an LSTM's idea with fewer gates.

        r = sigmoid(Wi_r x + Wh_r h + bias_r)            what of h is looked at
        z = sigmoid(Wi_z x + Wh_z h + bias_z)            what is kept
        n = tanh(Wi_n x + r (Wh_n h) + bias_n)           what is new
        h' = (1 - z) n + z h;  the output is h'

    The rows of the arrays are stacked in this order, r, z, n, as in Flux and in
    PyTorch (whose second bias of n, within the brackets, is 0 here).

    Arguments, shapes of `x` and the state, and errors as for `LSTMCell`; the state is
    one array, and `cell(x, h)` returns `(h', h')`.

    Attributes:
        Wi: of shape (3 out, in).
        Wh: of shape (3 out, out).
        bias: of shape (3 out,), or False.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder"
    (2014), in the form of its first version, as Flux's `GRUCell`.

    >>> cell = GRUCell(3, 2)
    >>> cell
    GRUCell(3 => 2)
    >>> out, h = cell(np.ones((5, 3), np.float32), initialstates(cell))
    >>> out.shape
    (5, 2)
    """

    gates = 3

    def __call__(self, x, state=None):
        """`(h', h')`."""
        x, h = self.checked(x, state, self)
        Wi, Wh, bias = self.weights()
        xs, hs = parts(affine(x, Wi, bias), 3), parts(h @ Wh.T, 3)
        r, z = sigmoid(xs[0] + hs[0]), sigmoid(xs[1] + hs[1])
        h = (1 - z) * np.tanh(xs[2] + r * hs[2]) + z * h
        return h, h
