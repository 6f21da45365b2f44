"""Memory that is used again is never memory that somebody still has."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn import scratch as module
from minigrad.nn.scratch import scratch

F32 = np.dtype(np.float32)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(module, "KEPT", {})


def place(array):
    return array.__array_interface__["data"][0]


def test_memory_that_nobody_has_is_used_again():
    first = scratch((5, 7), F32)
    here = place(first)
    del first
    assert place(scratch((5, 7), F32)) == here


@pytest.mark.parametrize(
    "keep", [lambda x: x, lambda x: x[1:], lambda x: x.T, lambda x: memoryview(x)]
)
def test_memory_that_somebody_has_is_not(keep):
    kept = keep(scratch((5, 7), F32))
    assert not any(np.shares_memory(kept, scratch((5, 7), F32)) for _ in range(3))


def test_shapes_and_dtypes_are_told_apart():
    for shape, dtype in [((2, 3), F32), ((3, 2), F32), ((2, 3), np.dtype(float))]:
        found = scratch(shape, dtype)
        assert (found.shape, found.dtype) == (shape, dtype)


def test_not_too_much_is_kept(monkeypatch):
    monkeypatch.setattr(module, "MOST", 1000)
    for rows in range(1, 100):
        scratch((rows, 10), F32)
    assert sum(x.nbytes for part in module.KEPT.values() for x in part) <= 1000


def test_where_threads_run_at_once_nothing_is_used_again(monkeypatch):
    monkeypatch.setattr(module, "ALONE", None)
    first = scratch((5, 7), F32)
    view = first[:]
    del first
    assert not np.shares_memory(view, scratch((5, 7), F32))


def test_threads_never_have_the_same():
    def work(number):
        for _ in range(300):
            mine = scratch((64,), F32)
            mine[...] = number
            if not (mine == number).all():
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_sequences_that_wait_for_their_way_back_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    layer, xs = mg.LSTM(3, 4, rng=1), rng.standard_normal((3, 2, 5, 3), np.float32)
    loss = lambda x: lambda m: np.sum(m(x) ** 2)
    one_by_one = [mg.gradient(loss(x), layer)[0] for x in xs]
    waiting = [mg.pullback(loss(x), layer)[1] for x in xs]
    twice = [(back(1.0)[0], back(1.0)[0]) for back in reversed(waiting)]
    for alone, both in zip(reversed(one_by_one), twice, strict=True):
        expected = mg.trainables(alone)
        assert len(expected) >= 3
        for grads in both:
            for x, y in zip(mg.trainables(grads), expected, strict=True):
                np.testing.assert_array_equal(x, y)
