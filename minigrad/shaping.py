"""Arrays in another shape or on another scale: axes joined, added, and normalised.

Everything here is plain NumPy, so it works inside `gradient`, too. The names are those
of MLUtils.jl, which Flux uses.
"""

from numbers import Integral

import numpy as np

from .errors import ShapeError, described

# --- Axes -----------------------------------------------------------------------------


def flatten(x):
    """Every observation as a vector: shape (N, ...) becomes (N, product).

    >>> flatten(np.ones((5, 28, 28))).shape
    (5, 784)
    """
    if np.ndim(x) == 0:
        raise ShapeError("flatten needs an axis of observations, and got a number.")
    return np.reshape(x, (np.shape(x)[0], int(np.prod(np.shape(x)[1:]))))


def unsqueeze(x=None, axis=None):
    """`x` with one more axis, of size 1.

        unsqueeze(x, axis).shape[axis] == 1

    Without `x` it is a function that does so, to stand in a `Chain`:
    `unsqueeze(axis=-1)`.

    Args:
        x: an array of n axes, a number or a list; it may be tracked.
        axis: where the new one comes to stand, from 0 to n, or from -1 to -(n + 1),
            counted from the end of the new shape.

    Returns:
        An array with n + 1 axes: a view of `x`.

    Raises:
        ShapeError: there is no such place.
        TypeError: `axis` is missing, or is no whole number.

    Source: `unsqueeze` of MLUtils.jl, and of PyTorch.

    >>> images = np.ones((5, 28, 28))
    >>> unsqueeze(images, axis=-1).shape, unsqueeze(axis=0)(images).shape
    ((5, 28, 28, 1), (1, 5, 28, 28))
    """
    if not isinstance(axis, Integral) or isinstance(axis, bool):
        raise TypeError(
            f"unsqueeze was given axis={axis!r}: it is a whole number, the place of "
            f"the new axis. Write unsqueeze(x, axis=-1), or unsqueeze(axis=-1) for a "
            f"layer."
        )
    if x is None:
        return lambda x: unsqueeze(x, axis)
    n = np.ndim(x)
    if not -n - 1 <= axis <= n:
        raise ShapeError(
            f"unsqueeze(x, axis={axis}): x has the shape {np.shape(x)}, so the new "
            f"axis can be put at 0 to {n}, or at -1 to {-n - 1} from the end."
        )
    return np.expand_dims(x, int(axis))


def stack(xs, axis=0):
    """Arrays of one shape beside each other, along a new axis.

        stack([x, y, z], axis=0)[1] == y

    Args:
        xs: arrays or numbers: a list, tuple, generator; they may be tracked.
        axis: where the new axis comes to stand.

    Returns:
        An array with one more axis, which is as long as `xs`.

    Raises:
        ShapeError: the arrays have different shapes, or there is none.
        TypeError: `xs` is no collection of arrays.

    `batch` does the same for whole observations: tuples and dicts of arrays. `unbatch`
    is the way back.

    Source: `stack` of MLUtils.jl, where the new axis is the last one by default,
    because it counts the observations there.

    >>> x, y = np.array([1, 2, 3]), np.array([4, 5, 6])
    >>> stack([x, y]).shape, stack([x, y], axis=-1).shape
    ((2, 3), (3, 2))
    """
    if isinstance(xs, str | dict) or not hasattr(xs, "__iter__"):
        raise TypeError(
            f"stack was given {described(xs)}, and takes a list of arrays. Write "
            f"stack([x, y])."
        )
    xs = list(xs)
    if not xs:
        raise ShapeError("stack([]): without an array there is no shape to stack.")
    shapes = [np.shape(x) for x in xs]
    for number, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ShapeError(
                f"stack: array {number} has shape {shape}, and the first has "
                f"{shapes[0]}. To join arrays along an axis that they have, write "
                f"np.concatenate."
            )
    return np.stack(xs, axis)


# --- Scale ----------------------------------------------------------------------------


def normalise(x, *, axis=0, epsilon=1e-5):
    """Every feature with mean 0 and standard deviation 1 over the observations.

        (x - mean(x)) / (std(x) + epsilon)

    The standard deviation is that of the numbers themselves (divided by N). To treat
    test data alike, subtract and divide by the mean and deviation of the training data.

    Args:
        x: an array of floats; it may be tracked.
        axis: over which axis, or tuple of axes, the mean is taken.
        epsilon: keeps a feature that never changes at 0.

    Returns:
        An array of the shape and dtype of `x`.

    After `normalise` of Flux, which takes the last axis because it counts the
    observations there.

    >>> normalise(np.array([[1.0, 5.0], [3.0, 5.0]])).round(4)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    mean = np.mean(x, axis=axis, keepdims=True)
    deviation = np.std(x, axis=axis, keepdims=True)
    return (x - mean) / (deviation + epsilon)
