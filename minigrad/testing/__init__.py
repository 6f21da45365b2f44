"""A test kit for implementations of your own: a `gradient`, an `Adam`, a `Dense`.

Each is compared with minigrad's, by properties and on inputs that are the same every
time. In a test file of any project:

    import pytest
    from minigrad.testing import cases
    from mine import Adam

    @pytest.mark.parametrize("case", cases("Adam"), ids=str)
    def test_adam(case):
        case(Adam)

Or without a test file: `pytest --minigrad-exercises mine.py` runs the cases of
everything in `mine.py` that has a name of the kit, and the checks of all exercises of
the course whose answers are in it.
"""

from . import gradients, layers, rules
from .cases import Case


def cases(name):
    """The cases for an implementation of that name.

    Args:
        name: "gradient", "Dense", or the name of a rule, as "Adam".

    Returns:
        A list of `Case`.

    Raises:
        ValueError: there are none; the message lists the names.

    >>> def gradient(f, x):
    ...     return (f(x + 1e-6) - f(x),)  # the run is missing
    >>> cases("gradient")[0](gradient)
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    minigrad.check.states.Finding: value: `gradient(lambda x: 3 * x**2 - 2 * x + 1, ...
    """
    if name == "gradient":
        return list(gradients.CASES)
    if name == "Dense":
        return list(layers.CASES)
    if name in rules.known_rules():
        return rules.cases_of(name)
    raise ValueError(
        f"There are no cases for {name!r}. There are for {', '.join(names())}."
    )


def names():
    """The names that there are cases for.

    >>> names()[:3]
    ['gradient', 'Dense', 'Descent']
    """
    return ["gradient", "Dense", *rules.known_rules()]


__all__ = ["Case", "cases", "names"]
