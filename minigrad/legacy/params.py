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
from ..sharing import Parameters
from .collecting import Collector
from .deprecation import deprecated
from .param import now
from .preparing import Prepared

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
    return Params.of(collector.entries, collector.known)


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
            self.__dict__.update(arrays.__dict__)
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
        self._set(collector.entries, collector.known)

    @classmethod
    def of(cls, entries, known=None):
        """The set of these entries."""
        entries = tuple(entries)
        if known is None:
            known = Parameters()
            for entry in entries:
                known.add(entry.array, entry)
        made = cls.__new__(cls)
        made._set(entries, known)
        return made

    def _set(self, entries, known):
        self._entries, self._known = tuple(entries), known
        self._places = {id(entry): place for place, entry in enumerate(self._entries)}
        self._prepared = None

    @property
    def prepared(self):
        """What gradients and updates need to know, worked out once."""
        if self._prepared is None:
            self._prepared = Prepared(self._entries, self._known)
        return self._prepared

    def snapshot(self):
        """The same set, which stays as it is when this one changes."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def find(self, x):
        """`(place in the set, axes)` of an array, transposed by axes; or None."""
        found = self._known.find(x) if isinstance(plain(x), np.ndarray) else None
        return found and (self._places[id(found[0])], found[1])

    # --- As a set, and as a sequence --------------------------------------------

    def __len__(self):
        return len(self._entries)

    def __contains__(self, x):
        return self.find(x) is not None

    def __iter__(self):
        return map(_as_seen, self._entries)

    def __getitem__(self, position):
        return _as_seen(self._entries[position])

    def add(self, x):
        """Put an array at the end, if it is not there yet."""
        self._become(self.union(Params([x])))

    def discard(self, x):
        """Take an array out, if it is there."""
        self._become(self.difference(Params([x])))

    def _become(self, other):
        self._set(other._entries, other._known)

    def union(self, *others):
        """All arrays of this and of other `Params`, in order."""
        collector = Collector()
        for each in (self, *map(Params, others)):
            for entry in each._entries:
                for place in entry.places:
                    collector.add(entry.given, place)
        return Params.of(collector.entries, collector.known)

    def intersection(self, other):
        """The arrays that are in other `Params`, too."""
        return Params.of([e for e in self._entries if e.array in Params(other)])

    def difference(self, *others):
        """The arrays that are not in any of the others."""
        others = [*map(Params, others)]
        left = (e for e in self._entries if not any(e.array in o for o in others))
        return Params.of(left)

    __or__, __and__, __sub__ = union, intersection, difference

    def __ior__(self, other):
        self._become(self.union(other))
        return self

    def __repr__(self):
        return f"Params([{', '.join(show(plain(e.array)) for e in self._entries)}])"


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
