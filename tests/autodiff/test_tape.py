"""The tape as a list, played backwards."""

import numpy as np
import pytest

from minigrad import Tape, gradient, pullback
from minigrad.arrays import plain
from minigrad.autodiff.tape import backward, sum_to_shape
from minigrad.autodiff.tracked import Tracked


def recorded(f, *args):
    return pullback(f, *args)[1].tape


def operations(tape):
    return [entry[0].name for entry in tape[tape.inputs :]]


def test_operations_are_appended_as_they_happen():
    tape = recorded(lambda x, y: np.sin(x) * y + 1, 1.0, 2.0)
    assert tape.inputs == 2
    assert operations(tape) == ["numpy.sin", "numpy.multiply", "numpy.add"]


def test_constants_leave_no_entry():
    tape = recorded(lambda x: x.sum() if x.shape and x[0] > 0 else x, np.ones(3))
    assert operations(tape) == ["minigrad.autodiff.recording.getitem", "numpy.sum"]


def test_arguments_that_are_not_tracked_have_no_parent():
    data, weight = np.ones((5, 3)), np.ones((3, 2))
    tape = recorded(lambda w: (data @ w).sum(), weight)
    (_, _, _, _, parents) = tape[1]
    assert list(parents) == [(1, 0)]


def test_younger_tapes_are_born_later():
    first, second = Tape(), Tape()
    assert first.born < second.born


def test_backward_on_a_tape_made_by_hand():
    """d (x y + x) for x = 3, y = 4: five towards x, three towards y."""
    tape = Tape()
    x, y = (Tracked(value, tape, i) for i, value in enumerate((3.0, 4.0)))
    for value in (x, y):
        tape.append((None, value.value, (), {}, ()))
    tape.inputs = 2
    product = x * y
    total = product + x
    assert (plain(total), len(tape)) == (15, 4)
    assert backward(tape, [(total.index, 1.0)]) == [5, 3]
    assert backward(tape, [(product.index, 1.0)]) == [4, 3]
    assert backward(tape, [(x.index, 2.0), (x.index, 0.5)]) == [2.5, None]
    assert backward(tape, []) == [None, None]


def test_a_chain_of_a_hundred_thousand_operations():
    def chain(x):
        for _ in range(50_000):
            x = x * 1.0001 + 0.0
        return x

    (slope,) = gradient(chain, 1.0)
    assert slope == pytest.approx(1.0001**50_000, rel=1e-10)


def test_a_ladder_with_exponentially_many_paths():
    """x -> x + x, sixty times: 2**60 paths, and still sixty entries."""

    def ladder(x):
        for _ in range(60):
            x = x + x
        return x

    assert gradient(ladder, 1.0) == (2.0**60,)


def test_dead_branches_cost_nothing_backwards():
    def f(x):
        np.sqrt(x - 1)  # infinitely steep, and not used
        return x * 2

    assert gradient(f, 1.0) == (2,)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((2, 3), None),
        ((3,), 0),
        ((1, 3), (0,)),
        ((2, 1), (1,)),
        ((1, 1), (0, 1)),
        ((), (0, 1)),
    ],
)
def test_sum_to_shape_undoes_broadcasting(shape, axes):
    x = np.arange(6.0).reshape(2, 3)
    expected = x if axes is None else x.sum(axis=axes).reshape(shape)
    found = sum_to_shape(x, shape)
    assert found.shape == shape
    np.testing.assert_array_equal(found, expected)


def test_sum_to_shape_of_nothing_is_zero():
    np.testing.assert_array_equal(
        sum_to_shape(np.ones((0, 3)), (1, 3)), np.zeros((1, 3))
    )


def test_plain_looks_through_all_tapes():
    seen = []
    inner = lambda x: gradient(lambda y: seen.append(plain(x * y)) or x * y, 3.0)[0]
    gradient(inner, 2.0)
    assert seen == [6.0]
