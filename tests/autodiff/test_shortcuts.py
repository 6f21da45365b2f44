"""The short cuts write the same tape as `record`, or leave the work to it."""

import numpy as np
import pytest

from minigrad.autodiff import recording, shortcuts
from minigrad.autodiff.operators import binary
from minigrad.autodiff.recording import LARGE, record
from minigrad.autodiff.structure import track
from minigrad.autodiff.tape import Tape
from minigrad.autodiff.tracked import Tracked
from minigrad.errors import NoGradientError

SMALL = np.array([0.5, 1.5, 2.0])
BIG = np.linspace(1, 2, 3 * LARGE).reshape(LARGE, 3)
VALUES = {
    "array": SMALL,
    "float32": SMALL.astype(np.float32),
    "0-d": np.array(0.5),
    "scalar": np.float64(0.5),
    "float": 0.5,
    "complex": SMALL + 1j,
    "large": BIG,
}


def same(x, y):
    if isinstance(x, Tracked):
        assert x.index == y.index
        x, y = x.value, y.value
    assert type(x) is type(y)
    if isinstance(x, (list, tuple)) and not hasattr(x, "_fields"):
        assert len(x) == len(y)
        for part, other in zip(x, y, strict=True):
            same(part, other)
    elif hasattr(x, "dtype") and hasattr(x, "tobytes"):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)
    else:
        assert x == y


def on_a_tape(call, *values):
    tape = Tape()
    tracked = [track(value, tape, top=True)[0] for value in values]
    result = call(*tracked)
    tape.closed = True
    return result, list(tape)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("function", [np.sin, np.absolute, np.negative])
def test_one_argument(function, value):
    by_record = on_a_tape(lambda x: record(function, (x,), {}), value)
    same(on_a_tape(lambda x: shortcuts.record_one(function, x), value), by_record)
    same(on_a_tape(function, value), by_record)


@pytest.mark.parametrize("second", [*VALUES, 2, np.float32(3), True, [1.0, 2.0, 3.0]])
@pytest.mark.parametrize("first", ["array", "float32", "scalar", "float"])
@pytest.mark.parametrize("function", [np.multiply, np.power])
def test_two_arguments_of_which_one_is_tracked(function, first, second):
    x, y = VALUES[first], VALUES.get(second) if type(second) is str else second
    operand = np.asarray(y) if type(y) is list else y
    by_record = on_a_tape(lambda x: record(function, (x, operand), {}), x)
    same(on_a_tape(lambda x: binary(function)(x, y), x), by_record)


@pytest.mark.parametrize("second", VALUES)
@pytest.mark.parametrize("first", VALUES)
def test_two_tracked_arguments(first, second):
    values = VALUES[first], VALUES[second]
    by_record = on_a_tape(lambda x, y: record(np.multiply, (x, y), {}), *values)
    same(on_a_tape(lambda x, y: x * y, *values), by_record)


def test_of_two_tapes_the_inner_one_records():
    outer, inner = Tape(), Tape()
    (x, _), (y, _) = track(SMALL, outer), track(SMALL, inner)
    product = x * y
    assert product.tape is inner and product.value.tape is outer
    assert [len(outer), len(inner)] == [2, 2]


def test_a_result_that_is_not_tracked_anywhere_is_no_entry():
    """A function without derivative is left to `record`."""
    result, tape = on_a_tape(np.sign, SMALL)
    assert type(result) is np.ndarray and len(tape) == 1


@pytest.mark.parametrize("call", [np.sin, lambda x: x * 2.0, lambda x: x * x])
def test_a_closed_tape_is_refused(call):
    result, _ = on_a_tape(np.cos, SMALL)
    with pytest.raises(NoGradientError, match="used after its gradient"):
        call(result)


def test_what_record_was_asked_for():
    """That the short cuts are taken at all."""
    asked, original = [], recording.record

    def watched(function, args, kwargs):
        asked.append(function)
        return original(function, args, kwargs)

    shortcuts.record = watched
    try:
        on_a_tape(lambda x: np.sin(x) * SMALL + x * 2.0 - x / x, SMALL)
        assert asked == []
        on_a_tape(lambda x: x * [1.0, 2.0, 3.0], SMALL)
        assert asked == [np.multiply]
    finally:
        shortcuts.record = original
