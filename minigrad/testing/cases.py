"""A case: one property that an implementation must have, with a name."""

from typing import NamedTuple


class Case(NamedTuple):
    """One property of an implementation; call it with the implementation.

    Raises `minigrad.check.Finding`, an AssertionError, where it does not hold.

    Attributes:
        name: the property, in a few words.
        test: a function of the implementation.

    >>> from minigrad.check.states import VALUE, require
    >>> case = Case("is fast", lambda f: require(f() < 1, VALUE, "f() is slow."))
    >>> case(lambda: 2)
    Traceback (most recent call last):
        ...
    minigrad.check.states.Finding: value: f() is slow.
    >>> str(case)
    'is fast'
    """

    name: str
    test: object

    def __call__(self, implementation):
        """Test an implementation."""
        self.test(implementation)

    def __str__(self):
        return self.name


def named(table, name):
    """A decorator that puts a test into a list of cases."""

    def add(test):
        table.append(Case(name, test))
        return test

    return add
