"""The twin of a model: a copy without numbers, whose every call is noted.

The twin has hollow arrays in the place of the model's own, is in test mode, and draws
from generators of its own. So calling it computes nothing, and nothing of the model
changes: no recorded statistics, and no random numbers are missing afterwards.
"""

from collections import defaultdict
from contextvars import ContextVar
from copy import deepcopy
from functools import cache
from types import FunctionType

import numpy as np

from .arrays import plain
from .errors import ShapeError
from .functors import children, fields_of, is_leaf, is_object, rebuild
from .hollow import hollowed
from .printing import heading
from .random import drawn_again
from .walks import KeyPath, fmapstructure


class DryRun:
    """What is seen while the twin of a model is called.

    Args:
        model: a layer, any function, or a tuple or list of them.
        inputs: the arguments for it, trees of hollow arrays.

    Attributes:
        inputs, output: their shapes, and the shape of what came out.
        layers: by path, each part of the model that may be called, in order.
        outputs: by path, the shapes of what each of them returned, call by call.

    Raises:
        Misfit: one of them raises an error.
    """

    def __init__(self, model, inputs):
        self.inputs = [shapes(x) for x in inputs]
        self.layers, self.outputs = {}, defaultdict(list)
        self._paths, self._twins, self._known = {}, [], {}
        token = _going_on.set(self)
        try:
            with drawn_again(), np.errstate(all="ignore"):
                twin = self._twin(model, KeyPath(), True)
                self.output = shapes(_called(twin, inputs))
        finally:
            _going_on.reset(token)

    def call(self, path, layer, args, kwargs):
        """Call a layer of the twin, and note what comes out."""
        try:
            y = hollowed(layer(*args, **kwargs))
        except Misfit:
            raise
        except Exception as error:
            raise Misfit(path, self.layers[path], args, error) from error
        self.outputs[path].append(shapes(y))
        return y

    def call_object(self, twin, layer, args, kwargs):
        """The same for a layer that is an object; a copy of one has no place."""
        if id(twin) not in self._paths:
            return layer(*args, **kwargs)
        return self.call(self._paths[id(twin)], layer, args, kwargs)

    # --- Making the twin --------------------------------------------------------------

    def _twin(self, x, path, is_listed=False):
        """The twin of a part of the model; `is_listed`: it is no field of an object.

        Every place gets its own, so that each call is noted where it belongs.
        """
        x = plain(x)
        if isinstance(x, np.ndarray):
            return hollowed(x)
        if is_layer(x) or (is_listed and callable(x)):
            self.layers[path] = x
        if is_object(x):
            return self._watched(rebuild(x, self._fields(x, path)), path)
        if not is_leaf(x):
            parts = children(x)
            twins = {k: self._twin(part, path / k, True) for k, part in parts.items()}
            return self._watched(rebuild(x, twins), path)
        if path in self.layers and not is_layer(x):
            return lambda *args, **kwargs: self.call(path, x, args, kwargs)
        return self._watched(self._copied(x), path)

    def _fields(self, x, path):
        """The fields for the twin of an object: twins of its children, and copies."""
        self._known[id(x)] = x  # a field may lead back to it
        parts, fields = children(x), fields_of(x)
        twins = {name: self._twin(part, path / name) for name, part in parts.items()}
        others = {k: self._copied(v) for k, v in fields.items() if k not in parts}
        return others | twins | ({"active": False} if "active" in fields else {})

    def _copied(self, x):
        try:
            return deepcopy(x, self._known)
        except Exception:  # an open file, or the like: there is only one
            return x

    def _watched(self, twin, path):
        """The twin, whose calls are noted if it can be called."""
        if is_layer(twin):
            self._paths[id(twin)] = path
            self._twins.append(twin)  # so that its id stays taken
            object.__setattr__(twin, "__class__", _watched_class(type(twin)))
        return twin


_going_on = ContextVar("the dry run that is going on")


@cache
def _watched_class(cls):
    """A subclass whose objects tell the dry run that they are called."""

    def call(self, *args, **kwargs):
        layer = super(watched, self).__call__
        return _going_on.get().call_object(self, layer, args, kwargs)

    members = {"__call__": call, "__slots__": (), "__module__": cls.__module__}
    watched = type(cls)(cls.__name__, (cls,), members)
    return watched


def is_layer(x):
    """Whether `x` is an object that is called, and neither a function nor a class.

    >>> from minigrad import Dense, MaxPool
    >>> [is_layer(x) for x in (Dense(2, 3), MaxPool((2, 2)), np.sin, len, Dense)]
    [True, True, False, False, False]
    """
    return isinstance(getattr(type(x), "__call__", None), FunctionType)  # noqa: B004


def _called(model, inputs):
    if callable(model):
        return model(*inputs)
    x = inputs[0] if len(inputs) == 1 else tuple(inputs)
    for layer in model:
        x = layer(x)
    return x


def shapes(x):
    """The shapes of all arrays in a tree.

    >>> shapes((np.ones((2, 3)), [np.float32(0), None]))
    ((2, 3), [(), None])
    """
    return fmapstructure(lambda leaf: None if leaf is None else np.shape(leaf), x)


class Misfit(Exception):
    """A layer that raised an error, on the way up through the model.

    Attributes:
        path, layer: which one it is.
        inputs: what it was called with.
        reason: its error.
    """

    def __init__(self, path, layer, inputs, reason):
        super().__init__(path, layer, inputs, reason)
        self.path, self.layer, self.inputs, self.reason = path, layer, inputs, reason

    def error(self, hint=""):
        """The error to be raised instead, which begins with the place of the layer."""
        given = f"was given {_spelled(self.inputs)}"
        if isinstance(self.reason, ShapeError):  # in its own words, with its name
            sentence = self.reason.args[0]
            place = [self.reason.place] if self.reason.place else []
        elif isinstance(self.reason, ValueError | IndexError):
            text = f"{type(self.reason).__name__}: {self.reason}".rstrip(". ")
            sentence, place = f"{heading(self.layer)} {given}, and raised {text}.", []
        else:
            self.reason.add_note(f"This happened in {self.path.place}, which {given}.")
            return self.reason
        found = ShapeError(f"{sentence}{hint}")
        for where in [*place, *([str(self.path)] if self.path else [])]:
            found.at(where)
        return found


def _spelled(inputs):
    found = shapes(inputs)
    if len(found) == 1 and isinstance(inputs[0], np.ndarray):
        return f"an array of shape {found[0]}"
    return f"inputs of shapes {', '.join(map(str, found))}"
