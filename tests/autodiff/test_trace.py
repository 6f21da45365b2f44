"""Traces: what is printed, whose lines, which gradients, and where a NaN began."""

import gc
import re
import threading
import weakref

import numpy as np
import pytest

from minigrad import (
    Chain,
    Dense,
    DomainError,
    ShapeError,
    gradient,
    mse,
    pullback,
    tanh,
)
from minigrad.autodiff import checkpointed, debugging, trace
from minigrad.autodiff.tape import Tape

X = np.array([[1.0, 2.0], [3.0, 4.0]])


def table(tape):
    """The printed rows as lists of cells, under their headings."""
    head, *lines = str(tape).splitlines()[:-1]
    starts = [head.index(word) for word in head.split()]
    stops = [*starts[1:], None]
    cut = lambda line: [line[a:b].strip() for a, b in zip(starts, stops, strict=True)]
    return cut(head), list(map(cut, lines))


def test_a_row_for_each_input_and_operation():
    tape = trace(lambda x, n: np.sum(x * n, axis=0), X, 3.0)
    head, rows = table(tape)
    assert head == "step operation inputs shape dtype bytes line".split()
    assert [row[:6] for row in rows] == [
        ["0", "x", "", "(2, 2)", "float64", "32"],
        ["1", "n", "", "()", "float", "8"],
        ["2", "numpy.multiply", "#0, #1", "(2, 2)", "float64", "32"],
        ["3", "numpy.sum", "#2, axis=0", "(2,)", "float64", "16"],
    ]
    assert str(tape).endswith("2 inputs, 2 operations, 88 bytes")
    assert repr(tape) == str(tape)


def test_norms_appear_once_the_tape_has_been_played_back():
    tape = trace(lambda x, y: np.sum(x * 3) + 0 * np.sum(np.exp(y)), X, X)
    assert "|gradient|" not in str(tape)
    found = tape.backward()
    np.testing.assert_array_equal(found[0], np.full((2, 2), 3.0))
    head, rows = table(tape)
    norms = dict(zip([row[1] for row in rows], [row[6] for row in rows], strict=True))
    assert head[6] == "|gradient|" and norms["x"] == "6" and norms["y"] == "0"


def test_a_part_that_no_gradient_reaches_says_none():
    tape = trace(lambda x, y: (np.exp(y), x.sum())[1], X, X)
    tape.backward()
    _, rows = table(tape)
    assert [row[6] for row in rows] == ["2", "None", "None", "1"]


def test_another_gradient_of_the_output():
    tape = trace(lambda x: x * 2, X)
    np.testing.assert_array_equal(tape.backward(X)[0], 2 * X)
    assert [index for index, _ in tape.steps()] == [1, 0]
    np.testing.assert_array_equal(dict(tape.steps())[1], X)


@pytest.mark.parametrize(("x", "ones"), [(X[0], "2"), (X, r"\(2, 2\)")])
def test_playing_back_from_an_array_needs_its_gradient(x, ones):
    tape = trace(lambda x: x * 2, x)
    with pytest.raises(ShapeError, match=rf"tape\.backward\(np\.ones\({ones}\)\)"):
        tape.backward()
    assert tape.backward(np.ones(x.shape))[0].tolist() == (2 + 0 * x).tolist()
    with pytest.raises(ShapeError, match="needs one number") as caught:
        trace(lambda x: (x * 2, x), x).backward()
    assert "np.ones" not in str(caught.value)


def test_a_trace_that_nobody_uses_is_gone_at_once():
    collects = gc.isenabled()
    gc.disable()
    try:
        tape = trace(lambda x: np.tanh(x).sum(), X)
        tape.backward()
        tanh_of_x = weakref.ref(tape[1].ans)
        assert tanh_of_x() is not None
        del tape
        assert tanh_of_x() is None
    finally:
        if collects:
            gc.enable()


def test_inputs_are_named_as_the_parameters_are():
    model = Chain(Dense(2, 3, tanh), Dense(3, 1))
    tape = trace(lambda m, x: mse(m(x), x[:, :1]), model, X.astype("f4"))
    names = [tape.name(index) for index in range(tape.inputs)]
    assert names == [
        "m.layers[0].weight",
        "m.layers[0].bias",
        "m.layers[1].weight",
        "m.layers[1].bias",
        "x",
    ]


def test_names_where_the_function_does_not_tell():
    assert trace(np.sin, 1.0).name(0) == "x"  # as NumPy calls it
    assert trace(lambda *xs: xs[0] * xs[1], 1.0, 2.0).name(1) == "args[1]"
    assert trace(max, 1.0, 2.0).name(0) == "args[0]"
    assert trace(lambda model: model["a b"][0] * 2, {"a b": [1.0]}).name(0) == (
        "model['a b'][0]"
    )


def helper(x):
    return np.sin(x) * 2


def test_lines_are_those_of_the_users_program():
    tape = trace(lambda x: helper(x).sum(), X)
    texts = [tape.lines[i].text for i in range(1, len(tape))]
    assert texts[:2] == ["return np.sin(x) * 2"] * 2
    assert texts[2] == "tape = trace(lambda x: helper(x).sum(), X)"
    assert str(tape.lines[1]) == f"test_trace.py:{helper.__code__.co_firstlineno + 1}"


def test_long_arguments_are_cut():
    tape = trace(lambda x: x[(0, slice(None), None, None, None, ...)].sum(), X)
    _, rows = table(tape)
    assert rows[1][2].startswith("#0, (0, ") and rows[1][2].endswith("…")


def test_a_trace_keeps_all_values_and_a_tape_only_what_is_used():
    f = lambda x: np.sum(np.tanh(x + 1))
    x = np.zeros(10_000)
    kept = [type(entry[1]).__name__ for entry in trace(f, x)]
    assert kept == ["ndarray", "ndarray", "ndarray", "float64"]
    left = [type(entry[1]).__name__ for entry in pullback(f, x)[1].tape]
    assert left == ["ndarray", "Shadow", "ndarray", "float64"]


def test_the_gradients_of_a_trace_are_those_of_gradient():
    model = Chain(Dense(2, 3, tanh), Dense(3, 1))
    loss = lambda m: mse(m(X.astype("f4")), np.ones((2, 1), "f4"))
    found, expected = trace(loss, model).backward(), gradient(loss, model)
    for layer, other in zip(found[0].layers, expected[0].layers, strict=True):
        np.testing.assert_array_equal(layer.weight, other.weight)
        np.testing.assert_array_equal(layer.bias, other.bias)


# --- Where a NaN began -----------------------------------------------------------


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def root_of(x):
    y = x - 1.0
    return np.sqrt(y).sum()


def test_forward_the_first_operation_and_its_line():
    said = trace(root_of, X - 3).nonfinite()
    line = root_of.__code__.co_firstlineno + 2
    assert said.startswith(
        f"The first operation whose result is not finite is numpy.sqrt (step 2 of the "
        f"tape, test_trace.py:{line}: return np.sqrt(y).sum()): 3 NaN of 4 numbers."
    )
    assert "root of a negative number" in said


def test_infinities_and_nans_are_counted():
    said = trace(lambda x: np.log(x - 2).sum(), X).nonfinite()
    assert ": 1 NaN and 1 Inf of 4 numbers. Likely: log of 0" in said
    assert "is numpy.log (step 1" in trace(np.log, 0.0).nonfinite()


def test_backward_the_first_operation_that_made_it():
    def f(x):
        return (np.cos(np.arcsin(x)) * 2).sum()

    tape = trace(f, np.array([0.5, 1.0]))
    assert tape.nonfinite() is None
    tape.backward()
    said = tape.nonfinite()
    assert said.startswith("Going back, the first operation that sends a gradient")
    assert "numpy.arcsin (step 1 of the tape, test_trace.py:" in said
    assert "slope is infinite at -1 and 1" in said


def test_what_was_given_is_not_blamed_on_an_operation():
    assert trace(np.sum, np.array([1, np.inf])).nonfinite() == (
        "The argument a is not finite itself."
    )
    data = np.array([np.nan, 1.0])
    said = trace(lambda x: (x * data).sum(), np.ones(2)).nonfinite()
    assert said.startswith("It came in with the data: argument 1 of numpy.multiply (")
    tape = trace(lambda x: x * 2, X)
    tape.backward(X * np.nan)
    assert tape.nonfinite() is None  # the gradient it was given was NaN already


def test_nothing_to_say():
    tape = trace(lambda x: (x**2).sum(), X)
    tape.backward()
    assert tape.nonfinite() is None


def test_debugging_stops_at_the_line():
    with (
        debugging(),
        pytest.raises(DomainError, match=r"numpy\.sqrt \(step 2") as caught,
    ):
        gradient(root_of, X - 3)
    lines = [entry.lineno + 1 for entry in caught.traceback]
    assert root_of.__code__.co_firstlineno + 2 in lines


def test_debugging_stops_on_the_way_back():
    with debugging(), pytest.raises(DomainError, match=r"Going back.*numpy\.arcsin"):
        gradient(lambda x: np.arcsin(x).sum(), np.ones(2))


def test_debugging_ends():
    with pytest.raises(KeyError), debugging():
        raise KeyError
    assert type(pullback(np.sin, 1.0)[1].tape) is Tape
    assert gradient(np.sqrt, np.float64(-1.0))[0] != 0


def test_debugging_changes_no_number():
    f = lambda x: gradient(lambda y: np.sum(np.tanh(y) * y), x)[0].sum()
    expected = gradient(f, X)
    with debugging():
        np.testing.assert_array_equal(gradient(f, X), expected)


def test_another_thread_does_not_debug():
    kinds = []
    with debugging():
        run = lambda: kinds.append(type(pullback(np.sin, 1.0)[1].tape))
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert kinds == [Tape]


def test_complex_and_several_outputs_are_looked_at():
    tape = trace(lambda x: np.abs(np.exp(1j * x) / 0.0), 1.0)
    assert re.search(r"numpy\.divide \(step", tape.nonfinite())


# --- Debugging: what is to blame, and what is not ----------------------------------


def test_a_mask_of_minus_infinity_is_no_mistake():
    x, open_places = np.array([1.5, -2.0, 3.0]), np.array([False, True, True])

    def f(x):
        scores = np.where(open_places, x, -np.inf)
        weights = np.exp(scores - scores.max())
        return (weights / weights.sum() * np.arange(3.0)).sum()

    expected = gradient(f, x)
    with debugging():
        np.testing.assert_array_equal(gradient(f, x), expected)
    assert trace(f, x).nonfinite() is None


def test_data_that_is_not_finite_while_debugging():
    model = Dense(2, 1)
    model.weight[0, 1] = np.nan
    x = np.ones((3, 2), np.float32)
    with (
        debugging(),
        pytest.raises(DomainError, match="came in with the data: argument"),
    ):
        gradient(lambda m: m(x).sum(), model)
    with debugging(), pytest.raises(DomainError, match="came in with the data"):
        gradient(lambda x: (x * 2).sum(), np.array([np.nan, 1.0]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_inside_a_checkpoint_the_operation_is_named():
    f = lambda x: checkpointed(lambda v: np.log(v), x).sum()
    with debugging(), pytest.raises(DomainError, match=r"numpy\.log .*test_trace\.py"):
        gradient(f, np.array([-1.0, 1.0]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_shares_that_are_too_large_to_be_added_up():
    f = lambda x: x * 1e308 + x * 1e308
    with debugging(), pytest.raises(DomainError, match="too large to be added up"):
        gradient(f, 1e-300)
    tape = trace(f, 1e-300)
    assert tape.nonfinite() is None
    tape.backward()
    assert "the gradient of x (step 0" in tape.nonfinite()
