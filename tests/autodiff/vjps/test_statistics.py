"""Averages, covariances and histograms; NaN that is skipped."""

import numpy as np
import pytest

from minigrad import gradient, jacobian

NAN = np.array([[2.0, np.nan, 4.0], [np.nan, 5.0, 3.0]])
KNOWN = ~np.isnan(NAN)


@pytest.mark.parametrize(
    ("skipping", "f"),
    [
        (np.nansum, np.sum),
        (np.nanmean, np.mean),
        (np.nanprod, np.prod),
        (np.nanmax, np.max),
        (np.nanmin, np.min),
        (np.nanvar, np.var),
        (np.nanstd, np.std),
    ],
)
def test_nan_has_no_influence_and_gets_nothing_at_any_order(skipping, f):
    """As the plain function of what is known: NaN * 0 must not come up anywhere."""
    rows = (([0, 0], [0, 2]), ([1, 1], [1, 2]))
    skip = lambda x: np.sum(skipping(x, axis=1) ** 2)
    pick = lambda x: sum(f(x[row]) ** 2 for row in rows)
    tame = np.where(KNOWN, NAN, 0)
    slope = lambda f: lambda x: (gradient(f, x)[0] * [[1, 2, 3], [4, 5, 6]]).sum()
    for _ in range(2):
        found = gradient(skip, NAN)[0]
        np.testing.assert_allclose(found, gradient(pick, tame)[0], atol=1e-13)
        assert (found[~KNOWN] == 0).all()
        skip, pick = slope(skip), slope(pick)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", [np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd])
def test_a_row_of_nan_alone_gets_nothing(f):
    """Its mean is NaN, by a warning of NumPy's; the other rows do not mind."""
    x = np.array([[np.nan, np.nan], [1.0, 2.0]])
    found = gradient(lambda x: f(x, axis=1).sum(), x)[0]
    np.testing.assert_array_equal(found[0], [0, 0])
    np.testing.assert_array_equal(found[1], gradient(f, x[1])[0])


def test_where_in_its_place_joins_the_known_numbers():
    f = lambda x: np.nansum(x, 1, None, None, False, 0, [True, True, False]).sum()
    np.testing.assert_array_equal(gradient(f, NAN)[0], [[1, 0, 0], [0, 1, 0]])


# --- Averages --------------------------------------------------------------------


def test_an_average_moves_towards_what_gains_weight():
    """d avg / dw_i = (x_i - avg) / sum(w), and d avg / dx_i = w_i / sum(w)."""
    x, w = np.array([1.0, 5.0, 2.0]), np.array([1.0, 2.0, 5.0])
    to_x, to_w = gradient(lambda x, w: np.average(x, weights=w), x, w)
    np.testing.assert_allclose(to_x, w / 8, rtol=1e-15)
    np.testing.assert_allclose(to_w, (x - np.average(x, weights=w)) / 8, rtol=1e-15)


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (ZeroDivisionError, lambda x: np.average(x, weights=[[1, 0, -1], [2, 0, -2]])),
        (TypeError, lambda x: np.average(x, weights=[1, 2, 3])),
        (ValueError, lambda x: np.average(x, axis=0, weights=[1, 2, 3])),
        (ValueError, lambda x: np.cov(x[None])),
        (RuntimeError, lambda x: np.cov(x, aweights=[1, 2])),
        (ValueError, lambda x: np.cov(x, aweights=[1, 2, -1])),
        (TypeError, lambda x: np.cov(x, fweights=[1, 2, 1.5])),
    ],
)
def test_what_is_wrong_is_said_as_numpy_says_it(error, call):
    x = np.arange(6.0).reshape(2, 3)
    with pytest.raises(error) as expected:
        call(x)
    with pytest.raises(error) as found:
        gradient(lambda x: np.sum(call(x)), x)
    assert str(found.value) == str(expected.value)


# --- Covariances -----------------------------------------------------------------


def test_covariance_towards_one_variable_is_the_deviation_of_the_other():
    x, y = np.array([1.0, 4.0, 2.0, 7.0]), np.array([3.0, 1.0, 0.0, 2.0])
    to_x, to_y = gradient(lambda x, y: np.cov(x, y)[0, 1], x, y)
    np.testing.assert_allclose(to_x, (y - y.mean()) / 3, rtol=1e-14)
    np.testing.assert_allclose(to_y, (x - x.mean()) / 3, rtol=1e-14)


def test_correlation_knows_no_scale():
    """Stretching and shifting a variable are directions in which nothing changes."""
    x = np.array([[1.0, 4.0, 2.0, 7.0], [3.0, 1.0, 0.0, 2.0]])
    found = jacobian(np.corrcoef, x)[0]
    np.testing.assert_allclose(found @ np.ones(4), np.zeros((2, 2, 2)), atol=1e-15)
    np.testing.assert_allclose((found * x).sum(-1), np.zeros((2, 2, 2)), atol=1e-15)
    assert np.abs(found[0, 1]).max() > 0.05


# --- Histograms ------------------------------------------------------------------


def test_a_weight_counts_in_its_bin():
    x, w = np.array([0.0, 1.0, 2.0, 2.5, 3.0, 4.0]), np.ones(6)
    found = jacobian(lambda w: np.histogram(x, [0, 1, 2, 3], weights=w)[0], w)[0]
    expected = [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0]]
    np.testing.assert_array_equal(found, expected)
    found = jacobian(lambda w: np.bincount([2, 0, 0], w, 4), w[:3])[0]
    np.testing.assert_array_equal(found, [[0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 0]])


def test_edges_of_bins_go_with_the_extremes():
    x = np.array([1.0, 5.0, 2.0])
    found = jacobian(lambda x: np.histogram(x, bins=4)[1], x)[0]
    share = np.linspace(0, 1, 5)
    np.testing.assert_array_equal(found, np.stack([1 - share, share, 0 * share], 1))
    together = jacobian(lambda x: np.histogram(x, bins=2)[1], np.array([2.0]))[0]
    np.testing.assert_array_equal(together, np.ones((3, 1)))


def test_counts_are_constant():
    x = np.array([1.0, 5.0, 2.0])
    assert gradient(lambda x: np.histogram(x, [0, 3, 6])[0].sum() * 1.0, x) == (None,)
