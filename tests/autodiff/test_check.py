"""The gradient checker: its verdicts, and that it can be trusted with inputs."""

from collections import namedtuple

import numpy as np
import pytest

from minigrad import check_gradient, functor, primitive, vjp
from minigrad.autodiff.registry import OPERATIONS
from minigrad.errors import NoGradientError, ShapeError


@functor
class Affine:
    def __init__(self, weight, bias, activation=np.tanh):
        self.weight, self.bias, self.activation = weight, bias, activation

    def __call__(self, x):
        return self.activation(x @ self.weight.T + self.bias)


def model():
    rng = np.random.default_rng(0)
    return {
        "layers": [Affine(rng.normal(size=(3, 4)), np.zeros(3, np.float32))],
        "unused": (np.ones(2), "text", 7),
    }


def verdicts(report):
    return {row.path: row.verdict for row in report.rows}


@primitive
def suspect(x, error):
    """The identity; its vjp is wrong at the first number, by `error`."""
    return x + 0


def wrong_by(error):
    def wrong_vjp(g, ans, x, error=error):
        return g * (1 + error * (np.arange(np.size(x)).reshape(np.shape(x)) == 0))

    OPERATIONS.pop(suspect, None)
    vjp(suspect, wrong_vjp)
    return lambda x: suspect(x, error)


def test_rows_are_named_by_path():
    report = check_gradient(lambda m, x: m["layers"][0](x), model(), np.ones((5, 4)))
    assert report
    assert verdicts(report) == {
        "args[0].layers[0].weight": "ok",
        "args[0].layers[0].bias": "ok",
        "args[0].unused[0]": "not used",
        "args[1]": "ok",
    }
    assert [row.shape for row in report.rows] == [(3, 4), (3,), (2,), (5, 4)]


def test_errors_and_values_are_reported():
    (row,) = check_gradient(lambda x: (x**3).sum(), np.array([1.0, 2.0])).rows
    assert row.tape == pytest.approx(row.difference, rel=1e-8)
    assert row.tape in (3, 12)
    assert 0 <= row.absolute < 1e-8
    assert 0 <= row.relative < 1e-8


def test_a_wrong_vjp_is_located():
    report = check_gradient(wrong_by(0.5), np.array([[1.0, 2.0], [3.0, 4.0]]))
    (row,) = report.rows
    assert not report
    assert (row.verdict, row.place) == ("wrong", "[0, 0]")
    assert row.tape / row.difference == pytest.approx(1.5)
    assert row.relative == pytest.approx(1 / 3)


def test_a_tiny_mistake_is_close():
    report = check_gradient(wrong_by(1e-5), np.array([1.0, 2.0]))
    assert not report
    assert verdicts(report) == {"args[0]": "close (tolerance)"}
    assert check_gradient(wrong_by(1e-5), np.array([1.0, 2.0]), rtol=1e-4)


def test_one_wrong_number_among_many_is_found():
    """Of 10,000 numbers 100 are drawn; the random direction sees the others."""
    report = check_gradient(wrong_by(10.0), np.ones((100, 100)))
    (row,) = report.rows
    assert not report
    assert row.verdict == "wrong"
    assert "random direction" in row.place or row.place == "[0, 0]"


def test_large_arrays_that_are_right():
    assert check_gradient(lambda x: (x * x).sum(), np.linspace(-1, 1, 5000))


@pytest.mark.parametrize(
    "f", [lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, x, 0.1 * x)]
)
def test_a_kink(f):
    report = check_gradient(f, np.array([0.0, 1.0]))
    assert not report
    assert verdicts(report) == {"args[0]": "a kink nearby"}
    assert check_gradient(f, np.array([0.1, 1.0]))


def test_the_edge_of_the_domain():
    assert verdicts(check_gradient(np.sqrt, 0.0)) == {"args[0]": "a kink nearby"}


def test_a_gradient_that_was_lost():
    lost = lambda x: x * 0.0 + np.floor_divide(x, 1e-9) * 1e-9
    report = check_gradient(lambda x, y: lost(x) + np.round(y, 9), 1.0, 2.0)
    assert not report
    assert verdicts(report)["args[1]"] == "None although the value changes"


def test_auxiliary_outputs_and_array_outputs():
    assert check_gradient(lambda x: (x.sum(), x), np.ones(2))
    assert check_gradient(np.tanh, np.ones((2, 3)))
    assert check_gradient(lambda x: x @ x, np.ones((3, 3), np.float32))


def test_float32_is_checked_in_float64():
    seen = []
    f = lambda x: seen.append(x.dtype) or np.sin(x).sum()
    assert check_gradient(f, np.ones(3, np.float32))
    assert set(seen) == {np.dtype(np.float64)}


def test_numbers_keep_their_kind():
    seen = set()
    f = lambda x, n: seen.add(type(n)) or x * n
    assert check_gradient(f, 2.0, 3)
    assert float in seen and int not in seen


def test_inputs_are_left_alone():
    x = np.array([1.0, 2.0])
    y = [np.array([3.0])]
    x.flags.writeable = y[0].flags.writeable = False
    assert check_gradient(lambda x, y: (x * y[0]).sum(), x, y)
    np.testing.assert_array_equal(x, [1, 2])


def test_the_same_array_in_two_places_is_moved_in_one_at_a_time():
    x = np.array([1.0, 2.0])
    report = check_gradient(lambda m: (m[0] * m[1] ** 2).sum(), (x, x))
    assert report
    assert report.rows[0].tape != report.rows[1].tape


def test_named_tuples_and_empty_arrays():
    Point = namedtuple("Point", "x y")
    report = check_gradient(lambda p: p.x.sum(), Point(np.zeros((0, 2)), np.ones(1)))
    assert verdicts(report) == {"args[0].x": "ok", "args[0].y": "not used"}


def test_step_and_rng_can_be_chosen():
    x = np.ones(1000)
    f = lambda x: (x**4).sum()
    assert not check_gradient(f, x, step=0.1)
    first = check_gradient(f, x * np.arange(1000), rng=np.random.default_rng(1))
    second = check_gradient(f, x * np.arange(1000), rng=np.random.default_rng(1))
    assert str(first) == str(second)


def test_the_table():
    wrong = wrong_by(0.5)
    report = check_gradient(lambda x: wrong(x).sum(), np.array([1.0, 2.0]))
    lines = str(report).splitlines()
    columns = "leaf shape abs. error rel. error tape difference at verdict"
    assert lines[0].split() == columns.split()
    assert lines[1].split() == "args[0] (2,) 5.0e-01 3.3e-01 1.5 1 [0] wrong".split()
    report = check_gradient(np.sin, 1.0)
    assert repr(report) == str(report)


def test_random_functions_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="draws random numbers"):
        check_gradient(lambda x: x * rng.random(), 1.0)


def test_what_gradient_refuses_is_refused():
    with pytest.raises(NoGradientError, match="complex"):
        check_gradient(lambda x: x * 1j, 1.0)
    with pytest.raises(NoGradientError, match="returned None"):
        check_gradient(lambda x: None, 1.0)
    with pytest.raises(ShapeError, match="shape"):
        check_gradient(lambda x: (x, 1), np.ones(2))


# --- Arguments stay as they are ---------------------------------------------------


def write_and_multiply(tree, y):
    """`y` times a sum of whole numbers, which are overwritten after that."""
    while not isinstance(tree, np.ndarray):
        tree = tree["deep"] if isinstance(tree, dict) else tree[0]
    total = tree.sum() * y
    tree[:] = 1
    return total


PLACES = pytest.mark.parametrize("place", [lambda x: x, lambda x: {"deep": [x]}])
CONSTANTS = pytest.mark.parametrize("dtype", [int, np.uint8, bool, np.int32])


@PLACES
@CONSTANTS
def test_f_does_not_write_into_the_arguments(place, dtype):
    x = np.array([0, 1, 0], dtype)
    check_gradient(write_and_multiply, place(x), 2.0)
    np.testing.assert_array_equal(x, np.array([0, 1, 0], dtype), strict=True)


@PLACES
@CONSTANTS
def test_each_call_of_f_gets_a_fresh_copy(place, dtype):
    """Otherwise the second call would compute something else than the first."""
    x = np.array([0, 1, 0], dtype)
    report = check_gradient(write_and_multiply, place(x), 2.0)
    assert report, report
    assert report.rows[-1].tape == 1


def test_lists_that_f_empties():
    items = [3.0, 4.0, np.array([1.0, 2.0])]
    assert check_gradient(lambda items: (items.pop() ** 2).sum() * items.pop(), items)
    assert len(items) == 3


# --- Nothing to check -------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [(), (np.arange(3),), ("text", None), ({"n": 3, "mask": np.ones(2, bool)},), ([],)],
)
def test_nothing_to_check_is_no_agreement(args):
    with pytest.raises(ValueError, match=r"nothing to check|no float"):
        check_gradient(lambda *args: 1.0, *args)


def test_an_array_of_integers_is_told_to_become_floats():
    with pytest.raises(ValueError, match="float"):
        check_gradient(lambda w: (w**2).sum(), np.array([1, 2, 3]))
