"""Which arrays are one parameter, which merely share memory, and which neither."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import gradient
from minigrad.arrays import plain
from minigrad.sharing import Parameters


def known(x, value="first"):
    found = Parameters()
    found.add(x, value)
    return found


def test_an_array_is_found_wherever_it_stands_again():
    x = np.zeros((2, 3))
    assert known(x).find(x) == ("first", (0, 1))
    assert known(x).find(x[:]) == ("first", (0, 1))
    assert known(x).find(x.reshape(2, 3)) == ("first", (0, 1))


@given(st.permutations(range(4)))
def test_axes_are_those_that_lead_from_the_known_array_to_the_other(axes):
    x = np.arange(2.0 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    value, found = known(x).find(np.transpose(x, axes))
    assert (value, found) == ("first", tuple(axes))
    np.testing.assert_array_equal(x.transpose(found), np.transpose(x, axes))


def test_the_view_may_be_met_first():
    x = np.arange(6.0).reshape(2, 3)
    value, axes = known(x.T).find(x)
    assert value == "first"
    np.testing.assert_array_equal(x.T.transpose(axes), x)


def test_equal_numbers_in_other_memory_are_another_parameter():
    x = np.ones((2, 3))
    for other in (x.copy(), np.ones((2, 3)), x.T.copy(), np.ones(2)):
        assert known(x).find(other) is None
        assert known(x).overlapping(other) is None


PARTS = {
    "rows": lambda x: x[:1],
    "last rows": lambda x: x[1:],
    "a row": lambda x: x[0],
    "reversed": lambda x: x[::-1],
    "every second": lambda x: x[:, ::2],
    "flat": lambda x: x.reshape(-1),
    "reshaped": lambda x: x.reshape(4, 3),
    "one axis more": lambda x: x.reshape(1, 3, 4),
    "float32": lambda x: x.view(np.float32),
    "integers": lambda x: x.view(np.int64),
    "stretched": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)),
}


@pytest.mark.parametrize("view", PARTS.values(), ids=PARTS)
def test_a_part_or_another_shape_overlaps_and_is_not_the_same(view):
    x = np.arange(12.0).reshape(3, 4)
    assert known(x).find(view(x)) is None
    assert known(x).overlapping(view(x)) == "first"
    assert known(view(x)).overlapping(x) == "first"


def test_parts_that_do_not_meet_do_not_overlap():
    x = np.arange(12.0).reshape(3, 4)
    for one, other in ((x[0], x[1]), (x[:, ::2], x[:, 1::2]), (x[:2, :2], x[1:, 2:])):
        assert np.shares_memory(one, other) is False
        assert known(one).find(other) is None
        assert known(one).overlapping(other) is None


def test_two_views_of_the_same_part_are_one_parameter():
    x = np.arange(12.0).reshape(3, 4)
    assert known(x[1:]).find(x[1:]) == ("first", (0, 1))
    assert known(x[1:, :2]).find(x.T[:2, 1:]) == ("first", (1, 0))


def test_real_and_imaginary_parts_overlap_with_their_numbers_and_not_each_other():
    z = np.ones(3, complex)
    assert known(z).overlapping(z.real) == known(z).overlapping(z.imag) == "first"
    assert known(z.real).overlapping(z.imag) is None
    assert known(z).find(z.real) is None


def test_empty_arrays_share_nothing():
    x = np.zeros((0, 3))
    assert known(x).overlapping(x) is None
    assert known(x).find(x) == ("first", (0, 1))
    assert known(x).find(np.zeros((0, 3))) is None


def test_strides_that_are_hard_to_tell_apart_count_as_overlapping():
    """Whether they meet is a question for integers, in the worst case hopeless."""
    memory = np.zeros(2_000_000)
    shape, rng = (11,) * 5, np.random.default_rng(6)
    strided = lambda start: np.lib.stride_tricks.as_strided(
        memory[start:], shape, 8 * rng.integers(9_000, 20_000, size=5)
    )
    for one, other in ((strided(0), strided(1)) for _ in range(20)):
        try:
            expected = np.shares_memory(one, other, max_work=10_000)
        except np.exceptions.TooHardError:
            break
        assert (known(one).overlapping(other) is not None) is expected
    else:
        pytest.fail("None of these was too hard: take more axes.")
    assert known(one).overlapping(other) == "first"


def test_values_belong_to_the_parameter_they_were_added_with():
    arrays, found = [np.zeros((n, n)) for n in (1, 2, 3)], Parameters()
    for x in arrays:
        found.add(x, x.shape)
    assert [found.find(x.T)[0] for x in arrays] == [x.shape for x in arrays]
    parts = np.zeros(4)
    found.add(parts[:2], "left")
    found.add(parts[2:], "right")
    assert (found.find(parts[:2])[0], found.find(parts[2:])[0]) == ("left", "right")


def test_none_may_be_a_value():
    assert known(x := np.zeros(2), None).find(x) == (None, (0,))


def test_parameters_stay_known_though_nobody_else_holds_them():
    """An array that has been thrown away must not lend its id to the next one."""
    found = Parameters()
    for n in range(100):
        found.add(np.full(3, float(n)), n)
    assert found.find(np.full(3, 0.0)) is None


def test_tracked_arrays_count_as_what_they_stand_for():
    seen = []

    def f(m):
        found = known(m["down"])
        seen.extend([found.find(m["up"]), found.find(plain(m["up"]))])
        return np.sum(m["down"])

    x = np.ones((2, 3))
    gradient(f, {"down": x, "up": x.T})
    assert seen == [("first", (1, 0))] * 2


def test_views_of_one_buffer_are_one_parameter():
    """Each has a `memoryview` of its own as its base."""
    buffer = bytearray(48)
    x, y = np.frombuffer(buffer), np.frombuffer(buffer)
    assert np.shares_memory(x, y)
    assert known(x).find(y) == ("first", (0,))
    assert known(x).overlapping(y[:3]) == "first"


def test_views_of_a_file_overlap(tmp_path):
    x = np.memmap(tmp_path / "numbers", np.float64, "w+", shape=(4,))
    assert known(x).find(np.asarray(x)) == ("first", (0,))
    assert known(x).overlapping(x[1:]) == "first"
    assert known(x[:2]).overlapping(x[2:]) is None
