"""Layers one after the other, and what each of them makes of an input."""

from ...errors import ShapeError, described
from ...functors import children, rebuild, record_type
from ...marking import check_name, functor
from ..fused import dense
from .dense import Dense

DENSE = {Dense}


@functor
class Chain:
    """Layers, each fed with the output of the one before it.

        Chain(f, g, h)(x) == h(g(f(x)))

    Args:
        layers: layers or plain functions; or one list of them.
        named: the same with names, `Chain(enc=..., dec=...)`: then
            `chain.layers.enc` and `chain["enc"]` are the first.

    A chain has a length, is iterated over, and indexed: `chain[0]` is a layer,
    `chain[:-1]` a shorter chain of the same layers.

    Attributes:
        layers: a tuple of layers, or a named tuple.

    Raises:
        TypeError: a layer cannot be called.
        ShapeError: a layer was fed with the wrong shape; the message begins with
            its place, `layers[1]`.

    >>> import numpy as np
    >>> chain = Chain(np.sin, np.abs)
    >>> chain(np.array([-np.pi / 2]))
    array([1.])
    >>> len(chain), chain[1]
    (2, <ufunc 'absolute'>)
    """

    def __init__(self, *layers, **named):
        self.layers = gathered("Chain", layers, named)

    def __call__(self, x, *more):
        """The last layer's output. Several arguments are handed on as a tuple."""
        if not more and set(map(type, self.layers)) == DENSE:
            y = dense(x, self.layers)
            if y is not None:
                return y
        x = (x, *more) if more else x
        place = -1
        try:
            for place, layer in enumerate(self.layers):  # noqa: B007
                x = layer(x)
        except ShapeError as error:
            raise error.at(self._place(place)) from None
        except Exception as error:
            error.add_note(f"This happened in {self._place(place)} of a Chain.")
            raise
        return x

    def _place(self, position):
        return place_of(list(children(self.layers))[position])

    def __getitem__(self, key):
        """A layer by number or name, or a shorter chain by slice."""
        if isinstance(key, slice):
            layers = self.layers[key]
            if hasattr(self.layers, "_fields"):
                layers = record_type("Layers", self.layers._fields[key])._make(layers)
            return rebuild(self, {"layers": layers})
        if isinstance(key, str):
            named = children(self.layers)
            if key not in named:
                names = ", ".join(map(str, named)) or "none"
                raise KeyError(f"Chain has no layer {key!r}; its layers are: {names}.")
            return named[key]
        if not -len(self) <= key < len(self):
            raise IndexError(f"Chain has {len(self)} layers, and no layers[{key}].")
        return self.layers[key]

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)


def activations(chain, x, *more):
    """What every layer of a chain makes of an input: `chain(x)`, step by step.

        activations(Chain(f, g, h), x) == (f(x), g(f(x)), h(g(f(x))))

    Args:
        chain: a `Chain`.
        x: what it is called with.
        *more: further inputs, if it takes several.

    Returns:
        A tuple with an output for each layer, the last of which is `chain(x)`; with
        the names of the layers if they have names. The layers of a chain within the
        chain are not listed.

    Raises:
        TypeError: that is no `Chain`.
        ShapeError: as the chain.

    Source: `activations` of Flux.

    >>> import numpy as np
    >>> activations(Chain(np.negative, np.abs), np.array([1.0]))
    (array([-1.]), array([1.]))
    >>> activations(Chain(low=np.floor, twice=lambda x: 2 * x), 1.5).twice
    np.float64(2.0)
    """
    if not isinstance(chain, Chain):
        raise TypeError(
            f"activations(chain, x) was given {described(chain)}, and lists what the "
            f"layers of a Chain make of an input. Write activations(Chain(f, g), x)."
        )
    outputs = []
    layers = children(chain.layers)
    noting = {key: _noting(layer, outputs) for key, layer in layers.items()}
    rebuild(chain, {"layers": rebuild(chain.layers, noting)})(x, *more)
    return rebuild(chain.layers, dict(zip(layers, outputs, strict=True)))


def _noting(layer, outputs):
    """The layer, as a function that keeps its output."""

    def call(x):
        outputs.append(layer(x))
        return outputs[-1]

    return call


def gathered(name, layers, named):
    """The layers that a container is made of, with or without names.

    Args:
        name: of the container.
        layers: a tuple of layers; or of one list or tuple of them.
        named: a dict of layers, if the tuple is empty.

    Returns:
        A tuple, or a named tuple.
    """
    if layers and named:
        raise TypeError(
            f"{name} was given layers with and without names. Give all of them names "
            f"({name}(enc=..., dec=...)) or none."
        )
    if "layers" in named:
        raise TypeError(
            f"{name}(layers=...): the name 'layers' is taken by the field that holds "
            f"them all. Write {name}(*layers), or choose another name."
        )
    for key in named:
        check_name(key, f"{name}({key}=...)")
    if len(layers) == 1 and type(layers[0]) in (list, tuple):
        layers = tuple(layers[0])
    layers = record_type("Layers", tuple(named))(**named) if named else layers
    for key, layer in children(layers).items():
        if not callable(layer):
            shown = "" if "\n" in repr(layer) else f"{layer!r}, and "
            raise TypeError(
                f"{name}: {place_of(key)} is {shown}{described(layer)}"
                f"{'' if shown else ', which'} cannot be called with an array. Layers "
                f"are functions: a class has a method __call__(self, x)."
            )
    return layers


def place_of(key):
    """How messages call a layer of a container: `layers[0]` or `layers.enc`."""
    return f"layers[{key}]" if isinstance(key, int) else f"layers.{key}"
