"""The one place that knows structure: models as trees of ordinary objects.

A model is a tuple, list, dict, named tuple, or an object of a class marked with
`@functor`, nested as you like. Two functions say all there is to know about
structure: `children(x)` takes `x` apart and `rebuild(x, new)` puts it together
again. Everything else (gradients, optimiser states, saved files) is a walk over
these two. Anything without children is a leaf; float arrays are the parameters.
"""

from collections import namedtuple
from copy import copy
from functools import cache, cached_property
from typing import NamedTuple

# --- Taking apart and putting together -----------------------------------------


def children(x):
    """The children of `x`: a dict from field name, key or index to child.

    Args:
        x: anything.

    Returns:
        A dict in the order of the fields; empty for a leaf (ask `is_leaf`).

    >>> children((1.0, {"a": 2.0}))
    {0: 1.0, 1: {'a': 2.0}}
    """
    kind = kind_of(type(x))
    return kind.children(x) if kind else {}


def rebuild(x, new):
    """A copy of `x` with `new` (a dict like `children(x)`) as its children.

    Objects are rebuilt without calling their constructor: other attributes are
    carried over as they are.

    Args:
        x: anything; a leaf is returned as it is.
        new: a dict with the keys of `children(x)`, in the same order.

    Returns:
        An object of the type of `x`.

    >>> rebuild((1.0, 2.0), {0: "one", 1: "two"})
    ('one', 'two')
    """
    kind = kind_of(type(x))
    return kind.rebuild(x, new) if kind else x


def mirror(x, new):
    """The structure of `x` around `new`, with objects as named tuples.

    This is the shape of gradients and state trees: tuples, lists and dicts stay
    what they are; objects and named tuples become named tuples with the same
    field names.

    >>> mirror({"a": 1.0}, {"a": None})
    {'a': None}
    """
    kind = kind_of(type(x))
    return kind.mirror(x, new) if kind else x


def is_leaf(x):
    """Whether `x` has no children: arrays, numbers, functions, unmarked objects.

    >>> import numpy as np
    >>> is_leaf(np.zeros(3)), is_leaf([1, 2])
    (True, False)
    """
    return kind_of(type(x)) is None


def is_object(x):
    """Whether `x` is an object of a class marked with `@functor`."""
    return kind_of(type(x)) is OBJECT


class Kind(NamedTuple):
    """How the values of one type are taken apart and put together."""

    children: object
    rebuild: object
    mirror: object


@cache
def kind_of(cls):
    """How values of a class are taken apart; None for leaves."""
    if hasattr(cls, "__functor__"):
        return OBJECT
    if issubclass(cls, tuple):
        return NAMED if hasattr(cls, "_fields") else SEQUENCE
    if issubclass(cls, list):
        return SEQUENCE
    return MAPPING if issubclass(cls, dict) else None


def _rebuild_sequence(x, new):
    return type(x)(new.values())


def _rebuild_mapping(x, new):
    if type(x) is dict:
        return dict(new)
    twin = copy(x)  # keeps, for instance, the factory of a defaultdict
    for key, child in new.items():
        twin[key] = child
    return twin


class Layout(NamedTuple):
    """What a class says of its objects' fields.

    Attributes:
        slots: names of fields that are in slots.
        remembered: names of cached properties, whose values are no fields.
        computed: names of properties.
    """

    slots: tuple
    remembered: frozenset
    computed: frozenset


@cache
def _layout(cls):
    slots, members = [], {}
    for base in reversed(cls.__mro__):
        found = base.__dict__.get("__slots__", ())
        names = (found,) if isinstance(found, str) else found
        slots += [_private(base, n) for n in names if not n.endswith("__")]
        members.update(vars(base))
    of = lambda kind: frozenset(n for n, m in members.items() if isinstance(m, kind))
    return Layout(tuple(slots), of(cached_property), of(property))


def _private(cls, name):
    """The name under which Python keeps the private slot `__name` of a class."""
    return f"_{cls.__name__.lstrip('_')}{name}" if name.startswith("__") else name


def fields_of(x):
    """The attributes of an object, in order, whether in `__dict__` or in slots."""
    fields, slots = getattr(x, "__dict__", {}), _layout(type(x)).slots
    if not slots:
        return fields
    return {name: getattr(x, name) for name in slots if hasattr(x, name)} | fields


def has_plain_fields(x):
    """Whether all fields of an object are in `__dict__`, and nothing is computed."""
    layout = _layout(type(x))
    hidden = layout.slots or layout.remembered
    return not hidden and layout.computed.isdisjoint(x.__dict__)


def field_of(x, name):
    """The field `name` of an object, or a sentence that lists the fields."""
    try:
        return getattr(x, name)
    except AttributeError:
        fields = ", ".join(fields_of(x)) or "none"
        raise AttributeError(
            f"@functor names a field {name!r} of {type(x).__name__}, and there is none "
            f"at this object. Its fields are: {fields}."
        ) from None


def _object_children(x):
    names = type(x).__functor__.children
    if names is not None:
        return {name: field_of(x, name) for name in names}
    remembered = _layout(type(x)).remembered
    fields = fields_of(x).items()
    return {k: child for k, child in fields if k[0] != "_" and k not in remembered}


def _rebuild_object(x, new):
    twin = object.__new__(type(x))
    layout = _layout(type(x))
    if not any(layout):
        twin.__dict__.update(x.__dict__)
        twin.__dict__.update(new)
        return twin
    passed_by = layout.remembered | layout.computed
    for name, value in (fields_of(x) | new).items():
        if name not in passed_by:
            object.__setattr__(twin, name, value)
    for name in layout.computed & new.keys():
        setter = getattr(type(x), name).fset
        if setter is None:
            raise AttributeError(
                f"@functor(children=...) names {name!r} of {type(x).__name__}, which "
                f"is computed: a property without a setter. Name the field that it is "
                f"computed from."
            )
        setter(twin, new[name])
    return twin


def _record(x, new):
    cls = record_type(type(x).__name__, tuple(new))
    return tuple.__new__(cls, new.values())


@cache
def record_type(name, fields):
    """The named-tuple type `name(fields)`: made once, printed without its name.

    >>> record_type("Dense", ("weight", "bias"))(1.0, None)
    (weight=1.0, bias=None)
    """
    base = namedtuple(name, fields)

    def show(self):
        pairs = zip(self._fields, self, strict=True)
        return "(" + ", ".join(f"{field}={value!r}" for field, value in pairs) + ")"

    def reduce(self):
        return _make_record, (name, fields, tuple(self))

    def missing(self, key):
        below = [f for f in fields if key in getattr(getattr(self, f), "_fields", ())]
        hint = f"It has {', '.join(fields) or 'none'}."
        if below:
            hint = f"{below[0]} has it: write .{below[0]}.{key}."
        raise AttributeError(
            f"In a gradient or a state tree, {name} has no field {key}. {hint}"
        )

    methods = {"__repr__": show, "__reduce__": reduce, "__getattr__": missing}
    return type(name, (base,), {"__slots__": (), **methods})


def _make_record(name, fields, values):
    return record_type(name, fields)._make(values)


SEQUENCE = Kind(lambda x: dict(enumerate(x)), _rebuild_sequence, _rebuild_sequence)
MAPPING = Kind(dict, _rebuild_mapping, _rebuild_mapping)
NAMED = Kind(
    lambda x: dict(zip(x._fields, x, strict=True)),
    lambda x, new: x._make(new.values()),
    _record,
)
OBJECT = Kind(_object_children, _rebuild_object, _record)


# --- What may be trained --------------------------------------------------------


def trainable(x):
    """The children of `x` that may be trained, as `@functor(trainable=...)` says.

    >>> import numpy as np
    >>> from minigrad import functor
    >>> @functor(trainable=("scale",))
    ... class Norm:
    ...     def __init__(self):
    ...         self.scale, self.mean = np.ones(2), np.zeros(2)
    >>> list(trainable(Norm()))
    ['scale']
    """
    found, names = children(x), trainable_names(x)
    if names is None:
        return found
    return {name: found[name] if name in found else field_of(x, name) for name in names}


def trainable_names(x):
    """The names of the children of `x` that may be trained; None for all."""
    return type(x).__functor__.trainable if is_object(x) else None
