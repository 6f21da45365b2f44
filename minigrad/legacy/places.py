"""Where the parameters of models stand, and how a function finds them there tracked.

While an implicit gradient runs, a view that it recognises (`param`) stands in the model
in the place of each parameter, and afterwards the parameter itself again. Threads that
use the same model at that time find the views too: to them they are ordinary arrays.
"""

from threading import RLock
from typing import NamedTuple

import numpy as np

from ..arrays import is_parameter
from ..functors import OBJECT, children, kind_of, rebuild
from .param import param


class Step:
    """One step on the way from a model to a parameter, out of what can be changed.

    Attributes:
        holder: an object, list or dict.
        key: the field, index or key in it.
        path: of what stands there.
        in_dict: whether it is an entry of the `__dict__` of an object.
        room: what has the key otherwise: a list, a dict, or `Attributes`.
        child: what stood there when the model was given.
    """

    __slots__ = ("child", "holder", "in_dict", "key", "path", "room")

    def __init__(self, holder, key, path):
        self.holder, self.key, self.path = holder, key, path
        is_object = kind_of(type(holder)) is OBJECT
        self.in_dict = is_object and key in getattr(holder, "__dict__", ())
        self.room = Attributes(holder) if is_object else holder
        self.child = real(self)

    def present(self):
        """What stands there now; None if there is nothing any more."""
        try:
            room = self.holder.__dict__ if self.in_dict else self.room
            return room[self.key]
        except (AttributeError, LookupError):
            return None


class Attributes:
    """The attributes of an object that are in slots, or behind properties."""

    def __init__(self, owner):
        self.owner = owner

    def __getitem__(self, name):
        return getattr(self.owner, name)

    def __setitem__(self, name, value):
        object.__setattr__(self.owner, name, value)


def is_changeable(x):
    """Whether another child can be put into `x`: everything but tuples."""
    return not isinstance(x, tuple)


class Place(NamedTuple):
    """A place of a parameter in what was given to `params`.

    Attributes:
        path: the `KeyPath` from what was given.
        steps: the `Step`s that lead there; none if it was given by itself, or stands
            in a tuple that nothing holds.
        seen: whether a `Param` stands there already.
        loose: whether only lists and dicts lead there, which may have been made for
            the call of `params` and for nothing else.
    """

    path: tuple
    steps: tuple
    seen: bool
    loose: bool


# --- Views in the places of parameters ----------------------------------------------


class Swap:
    """A view, or a tuple with views, that can take the place of a child.

    Attributes:
        step: where.
        view: what is put there.
        users: how many running functions need it there.
        before: what stood there before: the child, or a `Param` of it.
        place: what tells the place from all others.
    """

    __slots__ = ("before", "place", "step", "users", "view")

    def __init__(self, step):
        self.step, self.view, self.users = step, _with_views(step.child), 0
        self.before, self.place = step.child, (id(step.holder), step.key)


def _with_views(x):
    """`x` with views in it, down to whatever can be changed by itself."""
    if isinstance(x, np.ndarray):
        return param(x) if is_parameter(x) else x
    if kind_of(type(x)) is None or is_changeable(x):
        return x
    return rebuild(x, {key: _with_views(part) for key, part in children(x).items()})


_swapped, _lock = {}, RLock()


def swap_in(swaps, mine):
    """Put the views in place, and note in the list `mine` what `swap_out` takes.

    If another function needs one there already, its view is as good as any.
    """
    with _lock:
        for swap in swaps:
            there = _swapped.get(swap.place)
            if there is None:
                _swapped[swap.place] = there = swap
            there.users += 1
            mine.append(there)
            if there.users == 1:
                step = there.step
                room = step.holder.__dict__ if step.in_dict else step.room
                there.before = room[step.key]
                room[step.key] = there.view


def swap_out(mine):
    """Put the parameters back, where no other function needs the views any more."""
    with _lock:
        for swap in mine:
            swap.users -= 1
            if not swap.users:
                del _swapped[swap.place]
                step = swap.step
                if step.present() is swap.view:  # and not what the function put there
                    room = step.holder.__dict__ if step.in_dict else step.room
                    room[step.key] = swap.before


def real(step):
    """What stands in a place, or would if no function were running."""
    with _lock:
        present = step.present()
        swap = _swapped.get((id(step.holder), step.key))
        return swap.before if swap is not None and present is swap.view else present


def replaced(step):
    """Whether something else stands in a place than when the model was given."""
    if step.present() is step.child:
        return False
    present = real(step)
    memory = getattr(present, "array", None)  # of a Param that was put there
    return present is not step.child and memory is not step.child
