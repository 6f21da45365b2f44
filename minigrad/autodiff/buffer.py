"""A writable array for use inside `gradient`: `out[i] = x`, then `out.copy()`."""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..arrays import plain
from ..errors import MutabilityError, NoGradientError, ShapeError, described
from .standing import stand_in
from .tracked import Tracked


class Buffer(NDArrayOperatorsMixin):
    """An array that can be written into while a gradient is recorded.

    An array that changes has no gradient, so the buffer is none: it keeps what was
    written, and for each place the number that stands there now. `copy()` puts the
    array together from them, and freezes the buffer.

    Args:
        like: an array, whose shape and dtype are taken; or a shape, of float64.
        dtype: another dtype.

    Every number is 0 until it is written.

    Source: Zygote, `Buffer`.

    >>> from minigrad import gradient
    >>> def powers(x):
    ...     out = Buffer(4)
    ...     out[0] = x
    ...     for i in range(1, 4):
    ...         out[i] = out[i - 1] * x
    ...     return out.copy()
    >>> powers(2.0)
    array([ 2.,  4.,  8., 16.])
    >>> gradient(lambda x: powers(x).sum(), 2.0)
    (49.0,)
    """

    __hash__ = None

    def __init__(self, like, dtype=None):
        like = plain(like)
        shape = like.shape if isinstance(like, np.ndarray) else like
        try:
            places = np.zeros(shape, np.intp)
        except TypeError:
            raise TypeError(
                f"Buffer takes a shape, or an array like the one to be built, and was "
                f"given {described(like)}. Write Buffer(3), Buffer((2, 3)) or "
                f"Buffer(np.asarray(x))."
            ) from None
        kind = like.dtype if isinstance(like, np.ndarray) else float
        self.dtype = np.dtype(kind if dtype is None else dtype)
        if self.dtype.kind not in "fc":
            raise TypeError(
                f"A Buffer of {self.dtype} would cut numbers off, and their gradients. "
                f"Write Buffer(shape) for floats, or dtype=complex; integers are "
                f"collected in a plain array."
            )
        self.frozen = False
        self._written = [np.zeros(1, self.dtype)]
        # For each place: which of the written arrays its number is in, and where.
        self._which, self._where = places, np.zeros(shape, np.intp)

    shape = property(lambda self: self._which.shape)
    ndim = property(lambda self: self._which.ndim)
    size = property(lambda self: self._which.size)

    def __len__(self):
        return len(self._which)

    def __setitem__(self, index, new):
        if self.frozen:
            raise MutabilityError(
                "The buffer is frozen: its copy() was taken, and an array that changes "
                "has no gradient. Write everything first, then call copy() once."
            )
        places = self._which[index]
        new = new.copy() if isinstance(new, Buffer) else stand_in(new)
        if np.iscomplexobj(plain(new)) and self.dtype.kind != "c":
            raise TypeError(
                f"buffer[{index!r}] was given a complex number, and the buffer is of "
                f"{self.dtype}. Make it with Buffer(shape, complex)."
            )
        if not isinstance(new, Tracked):
            new = np.array(new, self.dtype)  # a copy: it may be changed afterwards
        try:
            where = np.broadcast_to(
                np.arange(new.size).reshape(new.shape), places.shape
            )
        except ValueError:
            raise ShapeError(
                f"buffer[{index!r}] has shape {places.shape}, and was given "
                f"{described(new)} of shape {new.shape}."
            ) from None
        self._where[index] = where
        self._which[index] = len(self._written)
        self._written.append(new)

    def __getitem__(self, index):
        found = self._gathered(self._which[index], self._where[index])
        if type(found) is np.ndarray:  # a copy: buffer[0][1] = x would be lost
            found.flags.writeable = False
        return found

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def copy(self):
        """The array; from now on the buffer cannot be written."""
        self.frozen = True
        return self._gathered(self._which, self._where)

    __copy__ = copy

    def _gathered(self, which, where):
        """The numbers at some places, out of what was written there."""
        used, position = np.unique(which, return_inverse=True)
        parts = [np.reshape(self._written[k], -1) for k in used]
        starts = np.cumsum([0] + [part.size for part in parts])[:-1]
        if not parts:
            return np.zeros(which.shape, self.dtype)
        at = starts[position.reshape(which.shape)] + where
        return np.concatenate(parts).astype(self.dtype)[at]

    def __array__(self, *args, **kwargs):
        raise NoGradientError(
            "A Buffer is written and read number by number, and is no array yet. Once "
            "all is written, use buffer.copy() in its place."
        )

    __array_ufunc__ = __array_function__ = __array__

    def __getattr__(self, name):
        advice = f"Write buffer.copy().{name}." if hasattr(np.ndarray, name) else ""
        raise AttributeError(f"A Buffer has no attribute {name!r}. {advice}".strip())

    def __repr__(self):
        state = "frozen" if self.frozen else f"written {len(self._written) - 1} times"
        return f"Buffer(shape={self.shape}, dtype={self.dtype}, {state})"
