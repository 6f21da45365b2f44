"""Marking a class as a model, so that the walks go into its objects."""

from dataclasses import is_dataclass
from keyword import iskeyword
from typing import NamedTuple

from .functors import kind_of


def functor(cls=None, *, children=None, trainable=None):
    """Mark a class as a model: its fields become children of the tree.

    Fields are the instance's attributes, in the order in which they were set.
    Names that begin with an underscore are carried along, never walked.

    Args:
        cls: the class; without it, `functor(...)` is a decorator with options.
        children: names of the fields to walk; the others are settings that
            `rebuild` carries along. Default: all fields.
        trainable: names of the fields that `setup` may train, among the
            children. Default: all children.

    Returns:
        The same class, marked. Subclasses inherit the mark.

    Raises:
        TypeError: `cls` is not a class, or is a tuple, list or dict, which are
            walked anyway; or names are not a tuple of strings.
        ValueError: a trainable name is not among `children`.

    >>> @functor
    ... class Affine:
    ...     def __init__(self, weight, bias):
    ...         self.weight, self.bias = weight, bias
    >>> from minigrad import children
    >>> children(Affine(1.0, 2.0))
    {'weight': 1.0, 'bias': 2.0}
    """
    if cls is None:
        return lambda cls: functor(cls, children=children, trainable=trainable)
    if not isinstance(cls, type):
        raise TypeError(
            f"@functor marks a class, and was given an object of class "
            f"{type(cls).__name__}. Write functor({type(cls).__name__})."
        )
    if issubclass(cls, (tuple, list, dict)):
        raise TypeError(
            f"{cls.__name__} is a {cls.__mro__[-2].__name__}, and tuples, lists and "
            f"dicts are walked without a mark. Remove @functor."
        )
    children = _names(cls, "children", children)
    trainable = _names(cls, "trainable", trainable)
    if children is not None and not set(trainable or ()) <= set(children):
        raise ValueError(
            f"functor({cls.__name__}): trainable={trainable} must be a part of "
            f"children={children}."
        )
    cls.__functor__ = Mark(children, trainable)
    for name, method in APPEARANCE.items():
        if _is_default(cls, name):
            setattr(cls, name, method)
    kind_of.cache_clear()
    return cls


APPEARANCE = {}
"""How marked classes print that have no `__repr__` of their own.

`printing` puts its methods here: it walks models, so it cannot be imported here.
"""


def _is_default(cls, name):
    """Whether a method is nobody's own: Python's, or written by a dataclass."""
    method = getattr(cls, name, None)
    generated = is_dataclass(cls) and hasattr(method, "__wrapped__")
    return method is None or method is getattr(object, name, None) or generated


class Mark(NamedTuple):
    """What `@functor` remembers of a class; None means all."""

    children: tuple | None
    trainable: tuple | None


def _names(cls, option, names):
    if names is None:
        return None
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"functor({cls.__name__}): {option}={names!r} must be a tuple of field "
            f'names. Write {option}=("weight",).'
        )
    for name in names:
        check_name(name, f"functor({cls.__name__}): {option}={names!r}")
    return tuple(names)


def check_name(name, where):
    """Refuse what cannot be the name of a field in a gradient, a named tuple."""
    if not name.isidentifier() or iskeyword(name) or name[0] == "_":
        raise ValueError(
            f"{where}: {name!r} cannot be a field of a named tuple, which gradients "
            f"are. Choose a name that is an identifier, no keyword of Python, and "
            f"does not begin with an underscore."
        )
