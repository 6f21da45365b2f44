"""Rules and schedules as text: the name of a class of minigrad, and its numbers.

They are made again by calling that class, which checks the numbers. No other class is
ever looked up by name. What a user has written is noted by name and numbers only: it
is taken from the state tree that is loaded into.
"""

from dataclasses import fields

import numpy as np

from ..errors import FileError
from ..functors import fields_of
from ..optimise import rules, schedules
from ..optimise.contract import is_rule, rules_within, with_numbers
from ..optimise.numbers import Numbered, is_numbers
from ..optimise.rules import OptimiserChain, Scheduler
from ..optimise.schedules import Sequence
from .numbers import decode_number, encode_number, is_number

KNOWN = {cls.__name__: cls for cls in rules.RULES} | {
    cls.__name__: cls
    for cls in map(vars(schedules).get, schedules.__all__)
    if isinstance(cls, type) and issubclass(cls, Numbered) and cls.fields
}
"""The classes that a file may name."""


class _NoText(Exception):
    """A field of one of minigrad's own classes holds something of the user's."""


def encode_rule(x):
    """A rule, a schedule, or a function in its place, as text.

    >>> from minigrad.optimise import Descent
    >>> encode_rule(Descent(0.5))
    {'rule': 'Descent', 'fields': {'eta': 0.5}}
    >>> encode_rule(lambda step: 1 / step)
    {'own': '<lambda>', 'numbers': [{}]}
    """
    if KNOWN.get(type(x).__name__) is type(x):
        try:
            found = {f.name: _field(getattr(x, f.name), f.default) for f in fields(x)}
            return {"rule": type(x).__name__, "fields": found}
        except _NoText:
            pass
    return {"own": _name(x), "numbers": _numbers_within(x)}


def _field(value, default=None):
    if is_number(value) or value is None or isinstance(value, str):
        return encode_number(value)
    if isinstance(value, tuple):
        return {"tuple": [_field(part) for part in value]}
    if isinstance(value, dict):
        return {"dict": {name: _field(part) for name, part in value.items()}}
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, Numbered) or is_rule(value):
        return encode_rule(value)
    if callable(value):
        return {"default": True} if value is default else encode_rule(value)
    raise _NoText


def _name(x):
    return getattr(x, "__name__", type(x).__name__)


def _numbers_within(x):
    """The numbers of a rule and of each rule in it."""
    return [_numbers(part) for part in rules_within(x)]


def _numbers(x):
    names = x.fields if isinstance(x, Numbered) else fields_of(x)
    values = {name: getattr(x, name) for name in names if name[0] != "_"}
    return {name: _field(value) for name, value in values.items() if is_numbers(value)}


# --- And back -------------------------------------------------------------------------


def decode_rule(node, like=None):
    """The rule that `encode_rule` has written down.

    Args:
        node: the text.
        like: the rule in whose place it comes; what a user has written is taken from
            there.

    Raises:
        FileError: it is not known here, or `like` has another one there.
        TypeError, DomainError: as its class raises them.

    >>> from minigrad.optimise import Descent
    >>> decode_rule(encode_rule(Descent(0.5)))
    Descent(0.5)
    """
    match node:
        case {"rule": str(name), "fields": dict(given)} if name in KNOWN:
            cls = KNOWN[name]
            likes = vars(like) if type(like) is cls else {}
            if not set(given) <= set(cls.fields):
                raise FileError(f"{name} is given numbers that it does not have.")
            values = {k: _value(part, likes.get(k)) for k, part in given.items()}
            left_out = {"default": True}
            return _made(cls, {k: v for k, v in values.items() if given[k] != left_out})
        case {"own": str(name), "numbers": list(numbers)}:
            return _own(name, numbers, like)
    raise FileError(f"{str(node)[:60]} is no rule that minigrad has.")


def _value(node, like):
    match node:
        case {"tuple": list(parts)}:
            known = like if isinstance(like, tuple) else ()
            likes = [*known[: len(parts)], *[None] * (len(parts) - len(known))]
            return tuple(map(_value, parts, likes))
        case {"dict": dict(parts)}:
            likes = like if isinstance(like, dict) else {}
            return {name: _value(part, likes.get(name)) for name, part in parts.items()}
        case {"dtype": str(text)} if len(text) <= 4:
            return np.dtype(text)
        case {"default": True}:
            return None
        case {"rule": _} | {"own": _}:
            return decode_rule(node, like)
    return decode_number(node)


def _made(cls, values):
    if cls is OptimiserChain:
        return cls(*values["rules"])
    if cls is Sequence:
        return cls(*values["stages"])
    if cls is Scheduler:
        return cls(values["rule"], **values["schedules"])
    return cls(**values)


def _own(name, numbers, like):
    """What a user has written, from where it is, with the numbers of the file."""
    if like is None:
        raise FileError(
            f"it holds {name}, which is not one of minigrad's rules and schedules, and "
            f"no file makes a class of yours. Make the state tree by opt_state = "
            f"setup(rule, model), and write load_into_(model, path, "
            f"opt_state=opt_state)."
        )
    if _name(like) != name:
        raise FileError(f"it has {name} where the state tree has {_name(like)}.")
    mine = _numbers_within(like)
    if mine == numbers:
        return like
    if len(mine) == len(numbers) == 1 and mine[0].keys() == numbers[0].keys():
        values = {key: _value(node, None) for key, node in numbers[0].items()}
        return with_numbers(like, values)
    raise FileError(
        f"the numbers of {name} are {str(numbers)[:60]}, and {str(mine)[:60]} in the "
        f"state tree. Make it with those of the file."
    )
