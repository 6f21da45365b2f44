"""What can be done with any rule, also with one that is no subclass of `Rule`.

A rule is any object with the methods `init` and `apply`. Its numbers are its
attributes, and rules among them, or tuples of rules, are the parts it is made of.
"""

from copy import copy
from dataclasses import fields
from inspect import Parameter, signature

import numpy as np

from ..arrays import memory_owner
from ..errors import ShapeError, described
from ..functors import fields_of
from .numbers import Numbered, is_numbers


def is_rule(x):
    """Whether `x` has what a rule needs: the methods `init` and `apply`."""
    return callable(getattr(x, "init", None)) and callable(getattr(x, "apply", None))


def as_rule(x):
    """The rule that `x` stands for: itself, or what its method `__rule__` returns."""
    return x.__rule__() if hasattr(type(x), "__rule__") else x


def check_rule(rule, usage):
    """Refuse what is not a rule, with what to write instead.

    Args:
        rule: what was given.
        usage: the call, with `{}` in its place: "setup({}, model)".
    """
    if isinstance(rule, type) or not is_rule(rule):
        hint = f"{rule.__name__}()" if isinstance(rule, type) else "Adam()"
        raise TypeError(
            f"{usage.format('rule')} needs a rule, an object with the methods init and "
            f"apply, and was given {described(rule)}. Write {usage.format(hint)}."
        )


def check_alone(rule, around):
    """Refuse a rule that must see the gradient of the whole model, or holds one.

    Inside of a rule that knows one array, it would be called array by array.
    """
    for part in rules_within(rule):
        if getattr(part, "scope", None) == "tree":
            raise TypeError(
                f"{part!r} looks at the whole gradient, and inside {around} it would "
                f"see one array after the other. Put it before: "
                f"OptimiserChain({part!r}, {around}(...))."
            )


def rules_within(rule):
    """A rule, and all rules that it is made of."""
    inner = [part for value in _attributes(rule).values() for part in _rules_in(value)]
    return [rule, *(part for one in inner for part in rules_within(one))]


# --- One step ----------------------------------------------------------------------


def apply_rule(rule, state, x, dx, more=()):
    """The rule's new state and step, checked; without changing anything.

    Args:
        rule: whose `apply` is called.
        state: what the rule remembers of `x`.
        x: the parameter.
        dx: its gradient.
        more: further derivatives; given to rules whose `apply` takes them.

    Returns:
        `(state, step)`; the step is None where the rule wants to wait.

    Raises:
        TypeError: `apply` did not return a pair.
        ShapeError: the step is of another shape or kind of number than `x`.
    """
    further = more if more and _takes_more(rule.apply) else ()
    result = rule.apply(state, x, dx, *further)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            f"{rule!r}.apply returned {described(result)}. It must return "
            f"two things, the new state and the step: return state, step."
        )
    state, step = _as_arrays(result)
    state = unshared(state, x, dx)
    if step is None:
        return state, None
    step = np.asarray(step)
    if step.shape != x.shape or not np.can_cast(step.dtype, x.dtype, "same_kind"):
        raise ShapeError(
            f"{rule!r}.apply returned a step of shape {step.shape} and dtype "
            f"{step.dtype} for an array of shape {x.shape} and dtype {x.dtype}. They "
            f"must be the same."
        )
    return state, step.astype(x.dtype, copy=False)


def _takes_more(apply):
    found = signature(apply).parameters.values()
    places = [p for p in found if p.kind is not Parameter.KEYWORD_ONLY]
    return len(places) > 3 or any(p.kind is Parameter.VAR_POSITIONAL for p in places)


def unshared(state, *others):
    """A state whose arrays share memory with no others: those that do are copied.

    What a rule remembers would otherwise change with the parameter, or with the next
    gradient.

    >>> x = np.zeros(2)
    >>> first, second = unshared((x, x))
    >>> first is x, second is x
    (True, False)
    """
    taken = {id(memory_owner(other)) for other in others}

    def owned(part):
        if isinstance(part, tuple) and type(part) is tuple:
            return tuple(map(owned, part))
        if not isinstance(part, np.ndarray):
            return part
        if id(memory_owner(part)) in taken:
            part = part.copy()
        taken.add(id(memory_owner(part)))
        return part

    return owned(state)


def arrays_in(state):
    """The arrays in a state, one after the other."""
    if isinstance(state, tuple):
        return [array for part in state for array in arrays_in(part)]
    return [state] if isinstance(state, np.ndarray) else []


def _as_arrays(x):
    """`x` with arrays in place of NumPy's numbers, which 0-d arrays decay into."""
    if isinstance(x, tuple):
        return tuple(map(_as_arrays, x))
    return np.asarray(x) if isinstance(x, np.generic) else x


# --- Numbers -----------------------------------------------------------------------


def numbers_by_name(rule):
    """The numbers of a rule and of the rules in it: a dict from name to value.

    >>> from minigrad.optimise import ClipGrad, Descent, OptimiserChain
    >>> numbers_by_name(OptimiserChain(ClipGrad(1), Descent(0.1)))
    {'delta': 1.0, 'eta': 0.1}
    """
    found, fixed = {}, getattr(rule, "not_adjusted", ())
    for name, value in _attributes(rule).items():
        inner = _rules_in(value)
        if inner and name in fixed:
            continue
        for part in inner:
            found |= numbers_by_name(part)
        if not inner and value != () and not isinstance(value, dict):
            found[name] = value
    return found


def with_numbers(rule, changes):
    """A rule with other numbers, wherever it or a rule in it has that name.

    Args:
        rule: which is left as it is.
        changes: a dict from name to value; names that there are not are passed by.

    Raises:
        TypeError, DomainError: a value is not one for that name.
    """
    schedules = getattr(rule, "schedules", {})
    for name in changes.keys() & (schedules if isinstance(schedules, dict) else ()):
        raise TypeError(
            f"{name} of {rule!r} follows a schedule, so it cannot be adjusted. Write "
            f"state = setup(rule, model) with another one."
        )
    new = {}
    for name, value in _attributes(rule).items():
        fixed = name in getattr(rule, "not_adjusted", ())
        if name in changes and (fixed or not _rules_in(value)):
            new[name] = _checked(rule, name, value, changes[name])
        elif fixed:
            continue
        elif isinstance(value, tuple) and _rules_in(value):
            new[name] = tuple(with_numbers(part, changes) for part in value)
        elif is_rule(value):
            new[name] = with_numbers(value, changes)
    twin = copy(rule)
    for name in list(vars(twin)) if isinstance(rule, Numbered) else ():
        if name.startswith("_"):  # worked out from the old numbers
            object.__delattr__(twin, name)
    for name, value in new.items():
        object.__setattr__(twin, name, value)
    if new.keys() & changes.keys() and isinstance(rule, Numbered):
        twin.__post_init__()  # numbers that must suit each other are compared there
    return twin


def _attributes(rule):
    names = getattr(rule, "fields", None)
    if isinstance(names, tuple):
        return {name: getattr(rule, name) for name in names}
    return {k: value for k, value in fields_of(rule).items() if not k.startswith("_")}


def _rules_in(value):
    if isinstance(value, tuple):
        return [part for part in value if is_rule(part)]
    return [value] if is_rule(value) else []


def _checked(rule, name, old, new):
    kind = type(rule)
    if name in getattr(kind, "not_adjusted", ()):
        raise TypeError(
            f"{name} of {rule!r} decides what the rule remembers, so it cannot be "
            f"adjusted. Write state = setup({kind.__name__}({name}={new!r}), model)."
        )
    if isinstance(rule, Numbered):
        field = next(field for field in fields(rule) if field.name == name)
        return rule.checked(field, new)
    if is_numbers(old) and not is_numbers(new):
        raise TypeError(
            f"{kind.__name__}({name}={new!r}): {name} is {old!r}; it must become a "
            f"number too, not {described(new)}."
        )
    return new
