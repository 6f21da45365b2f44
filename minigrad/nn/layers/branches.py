"""Layers side by side: around, beside and against each other."""

from functools import reduce

import numpy as np

from ...errors import ShapeError, described
from ...functors import children
from ...marking import functor
from .chain import gathered, place_of


@functor
class SkipConnection:
    """Layers, and a way around them: `y = connection(layers(x), x)`.

    Args:
        layers: a layer, or a `Chain` of them.
        connection: a function of the layers' output and their input: `np.add` for a
            residual connection, `lambda y, x: np.concatenate([y, x], axis=-1)`.

    Attributes:
        layers, connection: as given; both are walked, so both may hold parameters.

    Raises:
        TypeError: one of them cannot be called.

    Source: He et al., "Deep residual learning for image recognition" (2015).

    >>> skip = SkipConnection(np.abs, np.add)
    >>> skip(np.array([-1.0, 2.0]))
    array([0., 4.])
    """

    def __init__(self, layers, connection):
        _check_callable("SkipConnection", layers=layers, connection=connection)
        self.layers = layers
        self.connection = connection

    def __call__(self, x):
        """`connection(layers(x), x)`."""
        return self.connection(_fed("SkipConnection", "layers", self.layers, x), x)


@functor
class Parallel:
    """Layers side by side, whose outputs are put together by a function.

        Parallel(connection, f, g)(x)         connection(f(x), g(x))
        Parallel(connection, f, g)((x, y))    connection(f(x), g(y))
        Parallel(connection, f)((x, y))       connection(f(x), f(y))

    `parallel(x, y)` is the same as `parallel((x, y))`.

    Args:
        connection: a function of all outputs. A NumPy function of two arrays, such as
            `np.add`, is applied to the first two outputs, then to that and the third,
            and so on.
        layers: layers or plain functions.
        named: the same with names, `Parallel(np.add, enc=..., dec=...)`: then
            `parallel.layers.enc` is the first.

    Attributes:
        connection: as given.
        layers: a tuple of layers, or a named tuple. Both fields are walked, so the
            connection may hold parameters, too.

    Raises:
        TypeError: something cannot be called; some layers have names and some not.
        ShapeError: the number of inputs is neither one nor that of the layers.

    >>> Parallel(np.add, np.sin, np.cos)(np.array([0.0]))
    array([1.])
    >>> both = Parallel(lambda *ys: np.stack(ys), low=np.floor, high=np.ceil)
    >>> both(np.array([0.5]), np.array([1.5]))
    array([[0.],
           [2.]])
    """

    def __init__(self, connection, /, *layers, **named):
        if "connection" in named:
            raise TypeError(
                "Parallel(connection=...): the connection is the first argument, and "
                "the name is taken by its field. Write Parallel(np.add, ...), and "
                "choose another name for a layer."
            )
        _check_callable("Parallel", connection=connection)
        self.connection = connection
        self.layers = gathered("Parallel", layers, named)
        if not self.layers:
            raise TypeError(
                "Parallel was given a connection and no layers. Write Parallel(np.add, "
                "Dense(3, 2), Dense(3, 2))."
            )

    def __call__(self, *inputs):
        """`connection(...)` of what the layers make of one input, or of one each."""
        if len(inputs) == 1 and isinstance(inputs[0], tuple):
            (inputs,) = inputs
        layers = children(self.layers)
        if len(inputs) == 1:
            pairs = [(key, layer, inputs[0]) for key, layer in layers.items()]
        elif len(layers) == 1:
            ((key, layer),) = layers.items()
            pairs = [(key, layer, x) for x in inputs]
        elif len(inputs) == len(layers):
            items = zip(layers.items(), inputs, strict=True)
            pairs = [(key, layer, x) for (key, layer), x in items]
        else:
            raise ShapeError(
                f"Parallel with {len(layers)} layers takes one input or "
                f"{len(layers)} inputs, and was given {len(inputs)}."
            )
        outputs = [_fed("Parallel", place_of(key), layer, x) for key, layer, x in pairs]
        if isinstance(self.connection, np.ufunc) and self.connection.nin == 2:
            return reduce(self.connection, outputs)  # a third argument would be `out`
        return self.connection(*outputs)


@functor
class Maxout:
    """The largest of what several layers make of an input, number by number.

        Maxout(f, g, h)(x) = max(f(x), g(x), h(x))

    `Maxout(make, n)` with a function `make()` and a number has n layers, each made by
    a call of it: `Maxout(lambda: Dense(5, 7), 3)`. Of linear layers, it is a learnt
    activation function, convex and piecewise linear.

    Args:
        layers: layers or plain functions, or a function that makes one and a number.

    Attributes:
        layers: a tuple of layers.

    Raises:
        TypeError: there is no layer, or one cannot be called.

    Source: Goodfellow et al., "Maxout networks" (2013).

    >>> Maxout(np.negative, np.positive)(np.array([-1.0, 2.0]))
    array([1., 2.])
    """

    def __init__(self, *layers):
        if len(layers) == 2 and isinstance(layers[1], int | np.integer):
            make, number = layers
            _check_callable("Maxout", make=make)
            layers = tuple(make() for _ in range(number))
        self.layers = gathered("Maxout", layers, {})
        if not self.layers:
            raise TypeError(
                "Maxout needs at least one layer. Write Maxout(Dense(5, 7), Dense(5, "
                "7)), or Maxout(lambda: Dense(5, 7), 2)."
            )

    def __call__(self, x):
        """The maximum of `layer(x)` over the layers."""
        outputs = [
            _fed("Maxout", place_of(number), layer, x)
            for number, layer in enumerate(self.layers)
        ]
        return reduce(np.maximum, outputs)


def _fed(name, place, layer, x):
    """`layer(x)`, whose errors say where in a container it stands."""
    try:
        return layer(x)
    except ShapeError as error:
        raise error.at(place) from None
    except Exception as error:
        error.add_note(f"This happened in {place} of a {name}.")
        raise


def _check_callable(name, **parts):
    for part, x in parts.items():
        if not callable(x):
            raise TypeError(
                f"{name}: {part} is {x!r}, and {described(x)} cannot be called with an "
                f"array. Layers and connections are functions."
            )
