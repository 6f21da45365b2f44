import numpy as np
import pytest

from minigrad.check.blanks import find_blank, is_blank


def statement(x):
    """Has a docstring."""
    ...


def assigned(x):
    y = ...
    return x + y


def returned(x):
    return x, ...


def indexed(x):
    return x[..., 0] + np.sum(x[...])


class Partly:
    def done(self, x):
        return x

    def missing(self, x): ...

    @staticmethod
    def formula(x):
        return x

    @property
    def size(self):
        return 1


class Static:
    @staticmethod
    def formula(x): ...


@pytest.mark.parametrize(
    ("answer", "name", "line"),
    [
        (statement, "statement", 3),
        (assigned, "assigned", 2),
        (returned, "returned", 2),
        (Partly, "Partly.missing", 1),
        (Static, "Static.formula", 2),
    ],
)
def test_blanks_are_found(answer, name, line):
    assert find_blank(answer) == (name, line)


@pytest.mark.parametrize("answer", [indexed, np.sin, 3.0, len, Exception, lambda x: x])
def test_what_is_written_is_no_blank(answer):
    assert find_blank(answer) is None


def test_blanks_within_containers():
    assert is_blank([1, {"a": (2, ...)}])
    assert not is_blank({"a": None, "b": np.zeros(2)})
