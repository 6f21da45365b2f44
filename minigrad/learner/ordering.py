"""In which order callbacks run: as they were given, but for what `runafter` asks."""

from .conditional import name_of, unwrapped


def in_order(callbacks):
    """The callbacks, each after those that its `runafter` names.

    `runafter` is a tuple of classes; `object` in it stands for all callbacks that do
    not have `object` in theirs. Otherwise the order in which they are given stays: of
    those that may run next, the first one does.

    Args:
        callbacks: a list.

    Returns:
        A list.

    Raises:
        ValueError: there is none: some callbacks wait for each other in a circle.

    >>> class First:
    ...     pass
    >>> class Second:
    ...     runafter = (First,)
    >>> [type(callback).__name__ for callback in in_order([Second(), First()])]
    ['First', 'Second']
    """
    left, done = list(callbacks), []
    before = {id(one): _before(one, callbacks) for one in callbacks}
    while left:
        free = [one for one in left if not any(x in before[id(one)] for x in left)]
        if not free:
            raise ValueError(_circle(left, before))
        done.append(free[0])
        left = [one for one in left if one is not free[0]]
    return done


def runs_after(callback):
    """The classes in the `runafter` of a callback, checked.

    Raises:
        TypeError: it is something else than a tuple of classes.
    """
    classes = getattr(callback, "runafter", ())
    wrong = not isinstance(classes, tuple | list)
    if wrong or not all(isinstance(one, type) for one in classes):
        raise TypeError(
            f"{name_of(callback)}.runafter is {classes!r}. It is a tuple of classes of "
            f"callbacks: write runafter = (Metrics,)."
        )
    return tuple(classes)


class Those(list):
    """Callbacks; `in` asks for the very same object."""

    def __contains__(self, callback):
        return any(callback is one for one in self)


def _before(callback, callbacks):
    """Which callbacks must have run before one."""
    classes = runs_after(callback)
    named = tuple(cls for cls in classes if cls is not object)
    found = Those()
    for other in callbacks:
        if other is not callback and (
            isinstance(unwrapped(other), named)
            or (object in classes and object not in runs_after(other))
        ):
            found.append(other)
    return found


def _circle(left, before):
    """A sentence that names the callbacks of one circle."""
    path = Those([left[0]])
    while True:
        last = next(one for one in left if one in before[id(path[-1])])
        if last in path:
            start = next(i for i, one in enumerate(path) if one is last)
            names = [name_of(one) for one in (*path[start:], last)]
            return (
                f"These callbacks wait for each other, so there is no order in which "
                f"they could run: {' runs after '.join(names)}. Take a class out of "
                f"one runafter."
            )
        path.append(last)
