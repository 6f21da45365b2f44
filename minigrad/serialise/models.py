"""Models seen as a whole: their parts, their state, their precision."""

from numbers import Number

import numpy as np

from ..arrays import is_parameter, plain
from ..duplicated import model_of
from ..functors import children
from ..sharing import Parameters
from ..walks import fmap, fmapstructure


def state(model):
    """What a model consists of, without its code: arrays and numbers, by name.

    Arrays, numbers, strings and None stay; anything else, as an activation function,
    becomes `()`. With a copy of it the best model so far is kept:
    `best = deepcopy(state(model))`, and later `loadmodel_(model, best)`.

    Args:
        model: any tree.

    Returns:
        A tree of tuples, lists and dicts; objects become named tuples of their fields.
        The arrays are those of the model, not copies.

    Source: `state` of Flux.

    >>> from minigrad import Dense, tanh
    >>> state(Dense(np.ones((1, 2)), False, tanh))
    (weight=array([[1., 1.]]), bias=False, act=())
    """
    return fmapstructure(_datum, model_of(model))


def _datum(x):
    keeps = x is None or isinstance(plain(x), np.ndarray | np.generic | Number | str)
    return x if keeps else ()


def modules(model):
    """All that a model is made of and that has parts: itself, layers, containers.

    A penalty on the weights of all `Dense` layers, also inside `gradient`:

        sum((m.weight**2).sum() for m in modules(model) if isinstance(m, Dense))

    Args:
        model: any tree.

    Returns:
        A list, from the outside inwards. What stands in several places is in it once.

    Source: `modules` of Flux.

    >>> from minigrad import Chain, Dense
    >>> inner = Chain(Dense(2, 3), np.sin)
    >>> [type(part).__name__ for part in modules(Chain(inner, inner))]
    ['Chain', 'tuple', 'Chain', 'tuple', 'Dense']
    """
    found = {}

    def visit(x):
        parts = children(x)
        if parts and id(x) not in found:
            found[id(x)] = x
            for part in parts.values():
                visit(part)

    visit(model)
    return list(found.values())


# --- Precision ----------------------------------------------------------------------


def f16(model):
    """A copy of a model with float16 parameters: see `f32`.

    Complex parameters are refused: NumPy has none of so few bits. `MixedPrecision`
    trains such a model.

    >>> f16({"x": np.ones(2), "n": np.arange(2)})
    {'x': array([1., 1.], dtype=float16), 'n': array([0, 1])}
    """
    return _converted(model, np.float16, None)


def f32(model):
    """A copy of a model with float32 parameters, or complex64 for complex ones.

    Args:
        model: any tree.

    Returns:
        The same tree with arrays of its own: those of floats in this precision, all
        others as they are. An array that stands in several places, perhaps
        transposed, does so in the copy. Numbers that are no arrays stay.

    Source: `f32` of Flux, `float()` of PyTorch's modules.

    >>> weight = np.ones((2, 3))
    >>> tied = f32({"encoder": weight, "decoder": weight.T})
    >>> tied["decoder"].dtype, tied["decoder"].base is tied["encoder"]
    (dtype('float32'), True)
    """
    return _converted(model, np.float32, np.complex64)


def f64(model):
    """A copy of a model with float64 parameters, or complex128: see `f32`.

    >>> f64([np.ones(2, np.float32)])
    [array([1., 1.])]
    """
    return _converted(model, np.float64, np.complex128)


def _converted(model, real, complex_):
    known = Parameters()

    def convert(x):
        if not isinstance(plain(x), np.ndarray):
            return x
        if known.find(x) is None:
            known.add(x, _copy(x, real, complex_))
        value, axes = known.find(x)
        return value if axes == tuple(range(x.ndim)) else value.transpose(axes)

    return fmap(convert, model)


def _copy(x, real, complex_):
    if not is_parameter(x):
        return x.copy()
    if x.dtype.kind == "f":
        return x.astype(real)
    if complex_ is None:
        raise TypeError(
            f"f16 was given a model with {x.dtype} numbers, and there are no complex "
            f"numbers of 16 bits. Use f32."
        )
    return x.astype(complex_)
