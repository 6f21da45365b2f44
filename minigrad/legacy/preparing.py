"""What a gradient by `Params` needs to know of them, worked out once.

A training loop asks for the same gradient again and again. What stays the same from
step to step is kept here; what may have changed is looked at each time: whether the
parameters still stand where `params` has found them.
"""

from ..autodiff.standing import STANDING
from ..errors import NoGradientError
from .param import Param, Standing, now
from .places import Swap, replaced, swap_in, swap_out


class Prepared:
    """Parameters on their way into a function.

    Attributes:
        entries: all of them.
        floats: their positions among the entries that a gradient comes to.
        arrays: these arrays.
    """

    def __init__(self, entries, known):
        self.entries, self._known = entries, known
        kinds = [entry.array.dtype.kind for entry in entries]
        self.floats = [i for i, kind in enumerate(kinds) if kind in "fc"]
        self.arrays = [entries[i].array for i in self.floats]
        self._named = set()
        places = [place for entry in entries for place in entry.places]
        self._steps = _unique(step for place in places for step in place.steps)
        last = _unique(
            place.steps[-1]
            for i in self.floats
            for place in entries[i].places
            if place.steps and not place.seen
        )
        self._swaps = [Swap(step) for step in last]

    def check_places(self):
        """Refuse parameters that the model no longer has.

        Raises:
            ValueError: something else stands in a place than when it was listed.
        """
        for step in self._steps:
            if step.present() is not step.child and replaced(step):
                raise ValueError(
                    f"These Params are out of date: at {step.path} of the model stands "
                    f"something else than when params(model) was called, so training "
                    f"would change arrays that the model no longer has. Call "
                    f"params(model) again; or change arrays in place, "
                    f"layer.weight[...] = new."
                )

    def check_visible(self):
        """Refuse arrays that a function could use without anybody noticing."""
        if not self.floats:
            given = ", ".join(entry.name for entry in self.entries) or "nothing"
            raise NoGradientError(
                f"There is nothing to differentiate by: these Params hold {given}; "
                f"only floats have gradients. Is a class of yours a model that is not "
                f"marked with @minigrad.functor?"
            )
        for i in self.floats:
            entry = self.entries[i]
            if not isinstance(entry.array, Param) and hasattr(
                entry.array, "__tracked_value__"
            ):
                raise NoGradientError(
                    "These Params hold tracked values of an explicit gradient. Inside "
                    "of it, differentiate explicitly: gradient(lambda m: ..., model)."
                )
            for place in entry.places:
                alone = not place.steps and not place.seen
                if alone and (place.path or not _is_seen(entry)):
                    raise _invisible(entry, place)

    def unused(self, gradients):
        """The arrays without a gradient that may have been used without being seen.

        They are those that stand in no object, and each is named once only.

        Args:
            gradients: one for each of `arrays`.
        """
        found = []
        for i, gradient in zip(self.floats, gradients, strict=True):
            entry = self.entries[i]
            if gradient is None and i not in self._named:
                if all(place.loose for place in entry.places):
                    self._named.add(i)
                    found.append(entry.name)
        return found

    def call(self, f, tracked):
        """What `f()` returns while tracked values stand for the arrays."""
        by_id = dict(zip(map(id, self.arrays), tracked, strict=True))
        standing = Standing(by_id, self._known)
        STANDING.append(standing)
        mine = []
        try:
            swap_in(self._swaps, mine)
            return standing.call(f)
        finally:
            swap_out(mine)
            STANDING.pop()

    def now(self):
        """The arrays, or what stands for them in a gradient around this one."""
        standing = now()
        if standing is None:
            return self.arrays
        return [standing.by_id.get(id(x), x) for x in self.arrays]


def _unique(steps):
    """The steps, each place once."""
    return {(id(step.holder), step.key): step for step in steps}.values()


def _is_seen(entry):
    return any(place.seen or place.steps for place in entry.places)


def _invisible(entry, place):
    if place.path:
        return NoGradientError(
            f"The array at {place.path} stands in a tuple, where a function that uses "
            f"it cannot be watched. Put it there as a parameter, "
            f"(param(W), ...), or use a list."
        )
    return NoGradientError(
        f"The array of shape {entry.array.shape} in these Params is a plain one, and "
        f"a function that uses it cannot be watched: its gradient would be lost. Write "
        f"W = param(W) first, and use that W in the function and in params(W). For an "
        f"array of a layer give the layer: params(layer)."
    )
