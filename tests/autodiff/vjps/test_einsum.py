"""Einstein sums against the functions that they are, and as adjoints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import gradient, pullback
from minigrad.autodiff.vjps.einsum import explicit

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("subscripts", "function", "shapes"),
    [
        ("ij,jk", np.matmul, [(2, 3), (3, 4)]),
        ("ii", np.trace, [(3, 3)]),
        ("ii->i", np.diag, [(3, 3)]),
        ("ij->ji", np.transpose, [(2, 3)]),
        ("ij->", np.sum, [(2, 3)]),
        ("i,j", np.outer, [(2,), (3,)]),
        ("...i,...i", lambda x, y: (x * y).sum(-1), [(4, 1, 3), (2, 3)]),
        ("aab,b->a", lambda x, y: x[[0, 1], [0, 1]] @ y, [(2, 2, 3), (3,)]),
    ],
)
def test_gradients_are_those_of_the_function_it_is(subscripts, function, shapes):
    arrays = [RNG.normal(size=shape) for shape in shapes]
    y, back = pullback(lambda *xs: np.einsum(subscripts, *xs), *arrays)
    expected, expected_back = pullback(function, *arrays)
    np.testing.assert_allclose(y, expected, rtol=1e-14)
    g = RNG.normal(size=np.shape(y))
    for found, wanted in zip(back(g), expected_back(g), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)


LENGTHS = {"i": 2, "j": 3, "k": 1, "l": 2}
labels = st.text("ijkl", max_size=4)


@given(st.lists(labels, min_size=1, max_size=3), st.data())
def test_any_sum_of_products_is_linear_in_each_operand(operands, data):
    """Hence <g, f(x)> = <gradient towards x, x>, whatever the subscripts."""
    known = sorted(set("".join(operands)))
    result = "".join(data.draw(st.permutations(known))[: data.draw(st.integers(0, 3))])
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    arrays = [rng.normal(size=[LENGTHS[n] for n in part]) for part in operands]
    subscripts = ",".join(operands) + "->" + result
    y, back = pullback(lambda *xs: np.einsum(subscripts, *xs), *arrays)
    g = rng.normal(size=np.shape(y))
    for x, found in zip(arrays, back(g), strict=True):
        np.testing.assert_allclose(np.sum(found * x), np.sum(g * y), atol=1e-12)


def test_off_the_diagonal_the_gradient_of_a_diagonal_is_zero():
    x, w = RNG.normal(size=(3, 3, 3)), RNG.normal(size=3)
    (g,) = gradient(lambda x: w @ np.einsum("iii->i", x), x)
    expected = np.zeros((3, 3, 3))
    expected[np.diag_indices(3, 3)] = w
    np.testing.assert_array_equal(g, expected)


@pytest.mark.parametrize(
    ("subscripts", "dimensions", "expected"),
    [
        ("ij,jk", [2, 2], (["ij", "jk"], "ik")),
        ("ba", [2], (["ba"], "ab")),
        ("aB", [2], (["aB"], "Ba")),
        ("ii", [2], (["ii"], "")),
        ("A...,b...", [3, 2], (["ABC", "bC"], "BCAb")),
        ("...->...", [0], ([""], "")),
        ("a...->a", [1], (["a"], "a")),
    ],
)
def test_what_subscripts_leave_out(subscripts, dimensions, expected):
    assert explicit(subscripts, dimensions) == expected


def test_arrays_between_lists_of_labels():
    x, y = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4))
    w = RNG.normal(size=(4, 2))
    found = gradient(
        lambda x, y: (w * np.einsum(x, [7, 1], y, [1, 2], [2, 7])).sum(), x, y
    )
    expected = gradient(lambda x, y: (w * (x @ y).T).sum(), x, y)
    for g, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-13)


def test_what_is_wrong_is_said_as_numpy_says_it():
    with pytest.raises(ValueError, match="never appeared in an input"):
        gradient(lambda x: np.einsum("ij->ik", x).sum(), np.ones((2, 2)))
    with pytest.raises(TypeError, match="writes into an array"):
        gradient(lambda x: np.einsum("ii", x, out=np.zeros(())), np.ones((2, 2)))
