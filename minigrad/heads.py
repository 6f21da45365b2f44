"""What a compiled loop finds at the address of an array.

To hand a loop one argument for each array of a model takes longer than a small loop
itself. So it is handed a table of addresses, `id(x)`, and looks there. In C an array is
the head of every Python object, and then one word each for (`PyArrayObject_fields` in
NumPy's C-API, the same on every system):

    data, number of axes, shape, strides, base, dtype, flags

An address keeps nothing alive, and a loop that is given the address of something else
reads nonsense, or crashes: whoever makes a table holds what is in it, and knows that it
is an array. (numba keeps compiled loops for as long as their own file does not change.
After a change here, they are made anew when `optimise/kernels.py` is touched.)
"""

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

HEAD, WORD = object.__basicsize__, np.intp(0).itemsize
DATA, NDIM, SHAPE, _, BASE, DTYPE, FLAGS = (HEAD + WORD * k for k in range(7))
KIND = HEAD + WORD
C_CONTIGUOUS, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400  # NPY_ARRAY_... in NumPy's C


def _reader(kind):
    """A function that reads the number of a C type at an address."""

    @intrinsic
    def read(typing, address):
        def generate(context, builder, signature, arguments):
            pointer = context.get_value_type(types.CPointer(kind))
            return builder.load(builder.inttoptr(arguments[0], pointer))

        return kind(types.intp), generate

    return read


word, number = _reader(types.intp), _reader(types.intc)


@numba.njit
def has_flags(x, flags):
    """Whether the array at `x` has all of these flags."""
    return number(x + FLAGS) & flags == flags


@numba.njit
def has_base(x):
    """Whether the array at `x` is a view of another, or of other memory."""
    return word(x + BASE) != 0


@numba.njit
def same_dtype(x, y):
    """Whether the arrays at `x` and `y` hold numbers of the same kind.

    They need not share the object: unpickled arrays have one of their own. The second
    word of a dtype, after its class, is the kind with the order of the bytes.
    """
    first, second = word(x + DTYPE), word(y + DTYPE)
    return first == second or word(first + KIND) == word(second + KIND)


@numba.njit
def same_shape(x, y):
    """Whether the arrays at `x` and `y` have the same shape."""
    axes = number(x + NDIM)
    if number(y + NDIM) != axes:
        return False
    for axis in range(axes):
        if length(x, axis) != length(y, axis):
            return False
    return True


@numba.njit
def length(x, axis):
    """How long the array at `x` is along an axis."""
    return word(word(x + SHAPE) + WORD * axis)


@numba.njit
def size(x):
    """How many numbers the array at `x` holds."""
    found = 1
    for axis in range(number(x + NDIM)):
        found *= length(x, axis)
    return found


@intrinsic
def data_at(typing, data, start, like):
    """A pointer to number `start` of an array, from the address of its word `data`."""
    pointer = types.CPointer(like.dtype)

    def generate(context, builder, signature, arguments):
        kind = context.get_value_type(pointer)
        data = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.gep(builder.load(data), [arguments[1]])

    return pointer(data, start, like), generate


@numba.njit
def vector(x, start, count, like):
    """So many numbers of the array at `x`, which is contiguous, from `start` on."""
    return numba.carray(data_at(x + DATA, start, like), count)
