"""What lies behind `Params`: the arrays, and where a function finds them.

A training loop asks for the same gradient again and again. What stays the same from
step to step is worked out here, once; what may have changed is looked at each time:
whether the parameters still stand where `params` has found them.
"""

import numpy as np

from ..arrays import plain
from ..autodiff.standing import STANDING
from ..errors import NoGradientError
from ..sharing import Parameters
from .param import Standing, now
from .places import Swap, replaced, swap_in, swap_out


class Listing:
    """Arrays that a function is differentiated by; it does not change.

    Args:
        entries: an iterable of `Entry`.
        known: a `Parameters` that finds the entry of an array; made if there is none.

    Attributes:
        entries: a tuple.
        floats: the positions of those that a gradient comes to.
        arrays: those arrays.
    """

    def __init__(self, entries, known=None):
        self.entries, self._known = tuple(entries), known
        if known is None:
            self._known = Parameters()
            for entry in self.entries:
                self._known.add(entry.array, entry)
        self._positions = {id(entry): i for i, entry in enumerate(self.entries)}
        kinds = [entry.array.dtype.kind for entry in self.entries]
        self.floats = [i for i, kind in enumerate(kinds) if kind in "fc"]
        self.arrays = [self.entries[i].array for i in self.floats]
        self._ids = list(map(id, self.arrays))
        self._vectors = [_as_vector(entry.array) for entry in self.entries]
        self._named, self._visible = set(), False
        places = [place for entry in self.entries for place in entry.places]
        self._steps = _unique(step for place in places for step in place.steps)
        last = _unique(
            place.steps[-1]
            for i in self.floats
            for place in self.entries[i].places
            if place.steps and not place.seen
        )
        self._swaps = [Swap(step) for step in last]

    def find(self, x):
        """`(position, axes)` of an array, transposed by axes; None if not listed."""
        found = self._known.find(x) if isinstance(plain(x), np.ndarray) else None
        return found and (self._positions[id(found[0])], found[1])

    def marks(self):
        """Of each array a number that, but for rare chance, changes when it does."""
        return [x.dot(x) for x in self._vectors]

    def present(self):
        """The arrays, or what stands for them in a gradient around this one."""
        standing = now()
        if standing is None:
            return self.arrays
        return [standing.by_id.get(id(x), x) for x in self.arrays]

    def call(self, f, tracked):
        """What `f()` returns while tracked values stand for the arrays."""
        standing = Standing(dict(zip(self._ids, tracked, strict=True)), self._known)
        STANDING.append(standing)
        mine = []
        try:
            swap_in(self._swaps, mine)
            return standing.call(f)
        finally:
            swap_out(mine)
            STANDING.pop()

    # --- What may not have been meant ---------------------------------------------

    def check_places(self):
        """Refuse parameters that the model no longer has.

        Raises:
            ValueError: something else stands in a place than when it was listed.
        """
        for step in self._steps:
            here = step.holder.__dict__.get(step.key) if step.in_dict else None
            if here is not step.child and replaced(step):
                raise ValueError(
                    f"These Params are out of date: at {step.path} of the model stands "
                    f"something else than when params(model) was called, so training "
                    f"would change arrays that the model no longer has. Call "
                    f"params(model) again; or change arrays in place, "
                    f"layer.weight[...] = new."
                )

    def check_visible(self):
        """Refuse arrays that a function could use without anybody noticing."""
        if self._visible:
            return
        if not self.floats:
            given = ", ".join(entry.name for entry in self.entries) or "nothing"
            raise NoGradientError(
                f"There is nothing to differentiate by: these Params hold {given}; "
                f"only floats have gradients. Is a class of yours a model that is not "
                f"marked with @minigrad.functor?"
            )
        for i in self.floats:
            _check_visible(self.entries[i])
        self._visible = True

    def unused(self, gradients):
        """The arrays without a gradient that may have been used without being seen.

        They are those that stand in no object, and each is named once only.

        Args:
            gradients: one for each of `arrays`.
        """
        found = []
        for i, gradient in zip(self.floats, gradients, strict=True):
            if gradient is None and i not in self._named:
                entry = self.entries[i]
                if all(place.loose for place in entry.places):
                    self._named.add(i)
                    found.append(entry.name)
        return found


def _unique(steps):
    """The steps, each place once."""
    return list({(id(step.holder), step.key): step for step in steps}.values())


def _as_vector(x):
    """The numbers of an array, in its own memory; none if no gradient comes to it."""
    if type(x) is not np.ndarray or x.dtype.kind not in "fc":
        return np.zeros(0)
    return x.reshape(-1) if x.flags.c_contiguous else _Strided(x)


class _Strided:
    """An array whose numbers do not lie one after the other."""

    def __init__(self, x):
        self.x = x

    def dot(self, _):
        """The sum of the squares."""
        return np.vdot(self.x, self.x)


def _check_visible(entry):
    if plain(entry.array) is not entry.array:
        raise NoGradientError(
            "These Params hold tracked values of an explicit gradient. Inside of it, "
            "differentiate explicitly: gradient(lambda m: ..., model)."
        )
    seen = any(place.seen or place.steps for place in entry.places)
    for place in entry.places:
        if place.seen or place.steps:
            continue
        if place.path:
            raise NoGradientError(
                f"The array at {place.path} stands in a tuple, where a function that "
                f"uses it cannot be watched. Put it there as a parameter, "
                f"(param(W), ...), or use a list."
            )
        if not seen:
            raise NoGradientError(
                f"The array of shape {entry.array.shape} in these Params is a plain "
                f"one, and a function that uses it cannot be watched: its gradient "
                f"would be lost. Write W = param(W) first, and use that W in the "
                f"function and in params(W). For an array of a layer give the layer: "
                f"params(layer)."
            )
