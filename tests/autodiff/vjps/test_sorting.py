"""Sorting, medians and quantiles at ties, at NaN and at the ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from minigrad import gradient, jacobian

WHOLE = st.integers(-2, 2).map(float)


def total(f, x):
    return gradient(lambda x: f(x).sum(), x)[0]


# --- Sorting ---------------------------------------------------------------------


@given(arrays(float, array_shapes(max_dims=1, max_side=8), elements=WHOLE))
def test_of_equal_numbers_the_first_stays_the_first(x):
    """Which is what a stable sort of the places does."""
    weights = 10.0 ** np.arange(len(x))
    expected = np.zeros(len(x))
    expected[np.argsort(x, stable=True)] = weights
    for kind in (None, "heapsort", "stable"):
        f = lambda x, kind=kind: np.sort(x, kind=kind) * weights
        np.testing.assert_array_equal(total(f, x), expected)


@given(arrays(float, array_shapes(max_dims=2, max_side=9), elements=WHOLE), st.data())
def test_a_partition_is_a_permutation(x, data):
    """Each number of the result comes from one that is equal to it."""
    kth = data.draw(st.integers(0, x.shape[-1] - 1))
    rows = x.reshape(-1, x.shape[-1])[0]
    found = jacobian(lambda x: np.partition(x, kth), rows)[0]
    assert set(found.ravel()) <= {0, 1}
    np.testing.assert_array_equal(found.sum(axis=0), np.ones(len(rows)))
    np.testing.assert_array_equal(found.sum(axis=1), np.ones(len(rows)))
    np.testing.assert_array_equal(found @ rows, np.partition(rows, kth))


def test_nan_is_sorted_to_the_end_with_its_gradient():
    x = np.array([np.nan, 2.0, 1.0])
    np.testing.assert_array_equal(
        total(lambda x: np.sort(x) * [1, 10, 100], x), [100, 10, 1]
    )


def test_complex_numbers_are_sorted_by_their_real_parts_first():
    z = np.array([2 + 1j, 1 + 5j, 1 - 5j])
    (g,) = gradient(lambda z: np.real(np.sum(np.sort(z) * [1, 10j, 100])), z)
    np.testing.assert_array_equal(g, [100, -10j, 1])


# --- Medians and quantiles -------------------------------------------------------


@pytest.mark.parametrize("f", [np.median, np.nanmedian])
def test_two_in_the_middle_share(f):
    np.testing.assert_array_equal(total(f, np.array([9.0, 1.0, 4.0])), [0, 0, 1])
    np.testing.assert_array_equal(
        total(f, np.array([9.0, 1.0, 4.0, 5.0])), [0, 0, 0.5, 0.5]
    )
    np.testing.assert_array_equal(total(f, np.array([1.0, 1.0, 1.0])), [0, 1, 0])
    np.testing.assert_array_equal(total(f, np.ones(4)), [0, 0.5, 0.5, 0])


def test_median_beside_infinity_is_a_number():
    x = np.array([np.inf, 1.0, -np.inf, 2.0, 3.0])
    np.testing.assert_array_equal(total(np.median, x), [0, 0, 0, 1, 0])
    assert np.median(x) == 2


NAN = np.array([[1.0, np.nan, 4.0, 3.0], [5.0, 6.0, 8.0, 7.0]])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (np.median, [0, 0, 0, 0]),
        (np.nanmedian, [0, 0, 0, 1]),
        (lambda x, axis: np.quantile(x, 0.5, axis), [0, 0, 0, 0]),
        (lambda x, axis: np.nanquantile(x, 0.25, axis), [0.5, 0, 0, 0.5]),
        (lambda x, axis: np.nanpercentile(x, 100, axis), [0, 0, 1, 0]),
    ],
)
def test_nan_gets_nothing_and_spoils_its_own_row_only(f, expected):
    """And so at the second order: nothing is multiplied by NaN on the way."""
    f_all = lambda x: f(x, axis=1)
    np.testing.assert_array_equal(total(f_all, NAN)[0], expected)
    square = lambda x: np.nansum(f_all(x) ** 2)
    hessian = jacobian(lambda x: gradient(square, x)[0], NAN)[0]
    assert np.isfinite(hessian).all()
    assert total(f_all, NAN)[1].sum() == pytest.approx(1)


@pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning")
def test_a_row_of_nan_alone_gets_nothing():
    x = np.array([[np.nan, np.nan], [1.0, 2.0]])
    for f in (np.nanmedian, lambda x, axis: np.nanquantile(x, 0.5, axis)):
        found = total(lambda x, f=f: f(x, axis=1), x)
        np.testing.assert_array_equal(found, [[0, 0], [0.5, 0.5]])


def test_the_ends_of_quantiles_are_the_extremes():
    x = np.array([3.0, 1.0, 7.0])
    found = jacobian(lambda x: np.quantile(x, [0.0, 0.25, 1.0]), x)[0]
    np.testing.assert_array_equal(found, [[0, 1, 0], [0.5, 0.5, 0], [0, 0, 1]])


def test_a_quantile_moves_with_its_share():
    """Linear: n - 1 gaps for the whole; at a number itself, by the gap above it."""
    x = np.array([3.0, 1.0, 7.0])
    for q, slope in ((0.25, 2 * 2), (0.5, 2 * 4), (0.75, 2 * 4), (0.0, 0), (1.0, 0)):
        assert gradient(lambda q: np.quantile(x, q), q)[0] == slope
        assert gradient(lambda q: np.percentile(x, q), 100 * q)[0] == slope / 100
    jumps = lambda q: np.quantile(x, q, method="nearest") + 0 * q
    assert gradient(jumps, 0.3) == (0,)


# --- Different numbers -----------------------------------------------------------


def test_the_first_of_equal_numbers_stands_for_all():
    x = np.array([2.0, 1.0, 2.0, 1.0, 3.0])
    found = gradient(lambda x: (np.unique(x) * [1, 10, 100]).sum(), x)[0]
    np.testing.assert_array_equal(found, [10, 1, 0, 0, 100])


def test_unique_returns_places_and_counts_as_numpy_does():
    x = np.array([2.0, 1.0, 2.0])
    kept = []

    def f(x):
        values, *others = np.unique(x, True, True, True)
        kept.append(others)
        kept.append(np.unique_counts(x).counts)
        return values.sum()

    gradient(f, x)
    for found, expected in zip(
        kept[0], np.unique(x, True, True, True)[1:], strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(kept[1], [1, 2])
