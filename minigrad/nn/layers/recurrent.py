"""Recurrent layers: a cell taken through a whole sequence.

    for t in range(time):
        y[t], state = cell(x[t], state)

Nothing is kept between two calls. To go on where a sequence stopped, ask for the last
state with `return_state=True`, and hand it to the next call.
"""

import numpy as np

from ...errors import ShapeError
from ...marking import functor
from ..lstm import lstm
from .cells import GRUCell, LSTMCell, RNNCell


class Recurrent:
    """What the layers share: how a sequence goes in and comes out."""

    def __call__(self, x, state=None):
        """The outputs of all steps; with `return_state`, `(outputs, last state)`."""
        if np.ndim(x) not in (2, 3) or np.shape(x)[-2] == 0:
            raise ShapeError(
                f"{self!r} reads sequences of at least one step, of shape (batch, "
                f"time, features) or (time, features), and was given an array of "
                f"shape {np.shape(x)}. For a single step there is "
                f"{type(self.cell).__name__}."
            )
        x, state = self.cell.checked(x, state, self, axes=2)
        y, state = self._all_steps(x, state)
        return (y, state) if self.return_state else y

    def _all_steps(self, x, state):
        outputs = []
        for t in range(x.shape[-2]):
            y, state = self.cell(x[..., t, :], state)
            outputs.append(y)
        return np.stack(outputs, axis=-2), state

    def __repr__(self):
        return f"{type(self).__name__}({self.cell.arguments()})"


@functor(children=("cell",))
class RNN(Recurrent):
    """A sequence through an `RNNCell`: `h_t = act(Wi x_t + Wh h_{t-1} + bias)`.

    Args:
        features_in: numbers in each step of the input.
        features_out: numbers in each step of the output, and in the state.
        act: the activation function.
        return_state: whether calls return the last state, too.
        options: `bias`, `init_kernel`, `init_recurrent_kernel` and `rng`, as in
            `RNNCell`.

    Called as `rnn(x)` or `rnn(x, state)` with an array of shape (batch, time, in) or
    (time, in), it returns the outputs of all steps, of shape (batch, time, out) or
    (time, out). With `return_state` it returns `(outputs, state)`. The state is that of
    the cell: an array of shape (batch, out) or (out,).

    Attributes:
        cell: the `RNNCell`, whose arrays are trained.
        return_state: as given.

    Raises:
        ShapeError: called with another number of features or of axes, with no step,
            or with an unfitting state.

    >>> rnn = RNN(3, 2)
    >>> rnn
    RNN(3 => 2, tanh)
    >>> rnn(np.ones((5, 7, 3), np.float32)).shape
    (5, 7, 2)
    """

    def __init__(
        self, features_in, features_out, act=np.tanh, *, return_state=False, **options
    ):
        self.cell = RNNCell(features_in, features_out, act, **options)
        self.return_state = return_state


@functor(children=("cell",))
class LSTM(Recurrent):
    """A sequence through an `LSTMCell`, where its equations stand.

    Arguments, shapes and errors as for `RNN`, without `act`. The state is a pair
    `(h, c)`.

    All steps together are one entry on the tape: see `minigrad.nn.lstm`.

    Attributes:
        cell: the `LSTMCell`, whose arrays are trained.
        return_state: as given.

    >>> lstm = LSTM(3, 2, return_state=True)
    >>> lstm
    LSTM(3 => 2)
    >>> first, second = np.ones((2, 5, 7, 3), np.float32)
    >>> y, state = lstm(first)
    >>> y, (h, c) = lstm(second, state)
    >>> y.shape, c.shape, bool((y[:, -1] == h).all())
    ((5, 7, 2), (5, 2), True)
    """

    def __init__(self, features_in, features_out, *, return_state=False, **options):
        self.cell = LSTMCell(features_in, features_out, **options)
        self.return_state = return_state

    def _all_steps(self, x, state):
        single = x.ndim == 2
        x3 = x[None] if single else x
        h, c = (np.broadcast_to(s, (len(x3), s.shape[-1])) for s in state)
        states = lstm(x3, h, c, *self.cell.weights())
        if states is None:
            return super()._all_steps(x, state)
        if single:
            states = states[0]
        y, c = states[..., :-1, :], states[..., -1, :]
        return y, (y[..., -1, :], c)


@functor(children=("cell",))
class GRU(Recurrent):
    """A sequence through a `GRUCell`, where its equations stand.

    Arguments, shapes and errors as for `RNN`, without `act`.

    Attributes:
        cell: the `GRUCell`, whose arrays are trained.
        return_state: as given.

    >>> gru = GRU(3, 2)
    >>> gru
    GRU(3 => 2)
    >>> gru(np.ones((7, 3), np.float32)).shape
    (7, 2)
    """

    def __init__(self, features_in, features_out, *, return_state=False, **options):
        self.cell = GRUCell(features_in, features_out, **options)
        self.return_state = return_state
