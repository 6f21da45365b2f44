"""Whether fast paths are taken: the switch that turns all of them off.

Some things are written twice here: as the formula that one reads, and as a fast path
with the same result, for what happens in every step of a training. Tests compare both.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_on = ContextVar("fast paths", default=True)

are_on = _on.get
"""`are_on()`: whether a fast path may be taken here."""


def plain(*given):
    """Within it, no fast path is taken: everything happens as it is written.

    A layer then puts each of its operations on the tape, models are walked node by
    node, and rules are applied by NumPy instead of compiled loops. The results are the
    same, up to rounding. It is for looking on, for looking for a mistake, and for
    measuring what the fast paths bring; it holds for the thread that enters it.

    Raises:
        TypeError: it was given something.

    >>> import numpy as np
    >>> from minigrad import Dense, plain, pullback, tanh
    >>> layer, x = Dense(2, 3, tanh), np.ones((1, 2), np.float32)
    >>> names = lambda back: [entry[0].name for entry in back.tape[back.tape.inputs :]]
    >>> names(pullback(lambda m: m(x), layer)[1])
    ['minigrad.nn.fused.dense_layers']
    >>> with plain():
    ...     names(pullback(lambda m: m(x), layer)[1])
    ['minigrad.autodiff.vjps.matrices.affine', 'numpy.tanh']
    """
    if given:
        raise TypeError(
            "plain is a context in which no fast path is taken, and it is given "
            "nothing: write `with plain(): ...`. The numbers behind a tracked array "
            "x are stop_gradient(x)."
        )
    return _off()


@contextmanager
def _off():
    token = _on.set(False)
    try:
        yield
    finally:
        _on.reset(token)
