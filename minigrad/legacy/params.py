"""Which arrays to differentiate by: `params(model)`, and the set that it returns.

In the implicit style a function is differentiated by arrays that it was not given. So
they have to be listed: `Params` is that list, an ordered set of arrays that are told
apart by identity.
"""

import warnings
from collections.abc import MutableSet

import numpy as np

from ..arrays import is_parameter, plain
from ..autodiff.tape import is_tracking
from ..errors import NoGradientError, described
from ..optimise.printing import show
from .collecting import Collector
from .deprecation import deprecated
from .listing import Listing
from .param import now

INSTEAD = (
    "pass the model itself: gradient(lambda m: loss(m(x), y), model), and "
    "train_(loss, model, data, setup(rule, model))."
)


def params(*given):
    """The trainable arrays of models, or arrays themselves: what to differentiate by.

    Args:
        given: models (anything that `setup` takes), arrays, and lists, tuples and
            dicts of them. Arrays of integers are listed too, though no gradient comes
            to them; numbers, functions and what is not `trainable` are left out.

    Returns:
        `Params`, where each array stands once, in the order of the fields.

    Raises:
        ValueError: two arrays share memory without being one, or a model contains
            itself.

    Warns when an object that is not marked with `@functor` holds float arrays, and when
    a list holds nothing but numbers, which is no array.

    An array that is given by itself is recognised in a function only if it was made by
    `W = param(W)`. The arrays of models need nothing: they are found by their place.

    >>> params(np.array([1, 2, 3]), np.array([4]))
    Params([[1, 2, 3], [4]])
    >>> params(1, [np.array([[2, 2]])], {"alpha": np.array([3]), "gamma": np.sin})
    Params([[[2, 2]], [3]])
    """
    deprecated("params", INSTEAD)
    collector = Collector()
    for x in given:
        collector.collect(x)
    for doubt in collector.doubts:
        warnings.warn(doubt, stacklevel=2)
    return Params.of(Listing(collector.entries, collector.known))


class Params(MutableSet):
    """An ordered set of arrays, told apart by identity: made by `params(model)`.

    It is iterated over and indexed in order, has a length, `in`, `add` and `discard`;
    `|`, `&` and `-` are `union`, `intersection` and `difference`. A transposed view of
    the whole of an array counts as that array.

    Iterated over inside of an implicit gradient, it gives tracked values, so that
    `sum((p**2).sum() for p in ps)` is a penalty. Inside of an explicit one it does so
    if it was made there, of the model that the function was given.

    Args:
        arrays: an iterable of arrays, or `Params`. Models go to `params(model)`.

    Attributes:
        listing: the `Listing` of the arrays; another one when the set changes.

    Raises:
        TypeError: one of them is no array.

    >>> W, b = np.ones((1, 2)), np.zeros(1)
    >>> ps = Params([W, b])
    >>> ps, W in ps, np.ones((1, 2)) in ps
    (Params([[[1.0, 1.0]], [0.0]]), True, False)
    >>> ps - Params([W])
    Params([[0.0]])
    """

    __instead__ = (
        "Implicit Params, of minigrad.legacy, cannot be mixed with explicit state and "
        "gradients, which have the structure of a model: " + INSTEAD
    )

    def __init__(self, arrays=()):
        if isinstance(arrays, Params):
            self.listing = arrays.listing
            return
        if is_parameter(arrays) or not hasattr(arrays, "__iter__"):
            raise TypeError(
                f"Params takes a list of arrays, Params([W, b]), and was given "
                f"{described(arrays)}. For those of a model write params(model)."
            )
        collector = Collector()
        for x in arrays:
            if not isinstance(plain(x), np.ndarray):
                raise TypeError(
                    f"Params takes arrays, and {described(x)} is among what it was "
                    f"given. For the arrays of models write params(model)."
                )
            collector.collect(x)
        self.listing = Listing(collector.entries, collector.known)

    @classmethod
    def of(cls, listing):
        """The set of what is listed."""
        made = cls.__new__(cls)
        made.listing = listing
        return made

    # --- As a set, and as a sequence --------------------------------------------

    def __len__(self):
        return len(self.listing.entries)

    def __contains__(self, x):
        return self.listing.find(x) is not None

    def __iter__(self):
        return map(_as_seen, self.listing.entries)

    def __getitem__(self, position):
        return _as_seen(self.listing.entries[position])

    def add(self, x):
        """Put an array at the end, if it is not there yet."""
        self.listing = self.union(Params([x])).listing

    def discard(self, x):
        """Take an array out, if it is there."""
        self.listing = self.difference(Params([x])).listing

    def union(self, *others):
        """All arrays of this and of other `Params`, in order."""
        collector = Collector()
        for each in (self, *map(Params, others)):
            for entry in each.listing.entries:
                for place in entry.places:
                    collector.add(entry.given, place)
        return Params.of(Listing(collector.entries, collector.known))

    def intersection(self, other):
        """The arrays that are in other `Params`, too."""
        other = Params(other)
        return Params.of(Listing(e for e in self.listing.entries if e.array in other))

    def difference(self, *others):
        """The arrays that are not in any of the others."""
        others = [*map(Params, others)]
        left = (
            e for e in self.listing.entries if not any(e.array in o for o in others)
        )
        return Params.of(Listing(left))

    __or__, __and__, __sub__ = union, intersection, difference

    def __ior__(self, other):
        self.listing = self.union(other).listing
        return self

    def __repr__(self):
        return (
            f"Params([{', '.join(show(plain(e.array)) for e in self.listing.entries)}])"
        )


def _as_seen(entry):
    """A parameter as the user's function must see it."""
    standing = now()
    if standing is not None:
        return standing.by_id.get(id(entry.array), entry.given)
    if is_tracking() and plain(entry.array) is entry.array:
        raise NoGradientError(
            f"Params of {entry.name} were iterated over inside of an explicit "
            f"gradient, which knows nothing of them: a penalty on them would have no "
            f"gradient. Use the model that the function is given: gradient(lambda m: "
            f"loss(m) + sum((p**2).sum() for p in trainables(m)), model). If they are "
            f"meant as constants, take them before."
        )
    return entry.given
