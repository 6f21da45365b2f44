"""What is a parameter, what it stands for inside `gradient`, whose memory it is."""

import numpy as np
import pytest

from minigrad import gradient
from minigrad.arrays import is_parameter, memory_owner, plain


def test_parameters_inside_gradient_are_parameters():
    seen = []

    def f(x, n, m):
        seen.extend([is_parameter(x), is_parameter(n), is_parameter(m["index"])])
        return gradient(lambda y: seen.append(is_parameter(y)) or y.sum(), x)[0].sum()

    gradient(f, np.ones(2), 3.0, {"index": np.arange(2)})
    assert seen == [True, False, False, True]


def test_plain_looks_through_all_tapes():
    x, found = np.ones(2), []

    def inner(y, outer):
        found.extend([plain(y), plain(outer)])
        return (y * outer).sum()

    gradient(lambda x: gradient(lambda y: inner(y, x), x)[0].sum(), x)
    assert found[0] is x and found[1] is x
    assert plain(None) is None


def test_the_owner_of_memory_behind_several_views():
    x = np.zeros((4, 6))
    for view in (x, x[1:], x.T, x[::2, 1:].T[0], x.reshape(-1)[3:], x[0, 0:0]):
        assert memory_owner(view) is x
    assert memory_owner(x.copy()[1:]) is not x
    assert memory_owner(2.0) == 2.0


def test_arrays_in_a_file_are_parameters(tmp_path):
    x = np.memmap(tmp_path / "numbers", np.float32, "w+", shape=(3,))
    x[:] = [1, 2, 3]
    assert is_parameter(x)
    (g,) = gradient(lambda x: (x**2).sum(), x)
    np.testing.assert_array_equal(g, np.array([2, 4, 6], np.float32), strict=True)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "g"])
def test_floats_of_every_size_and_byte_order(dtype):
    assert is_parameter(np.zeros(1, dtype))
