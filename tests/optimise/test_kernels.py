"""Kernels: the same bits as `apply`, on every kind of array, and never in vain."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from minigrad import Leaf
from minigrad.optimise import kernels, setup, update_
from minigrad.optimise.kernels import KERNELS, compiled, flat, kernel_for
from minigrad.optimise.rules import Adam, Descent, Momentum

RULES = {
    Descent: (Descent(), Descent(1 / 3)),
    Momentum: (Momentum(), Momentum(1 / 7, 1 / 3)),
    Adam: (Adam(), Adam(1 / 30, (2 / 3, 6 / 7), 1e-3)),
}
EACH = pytest.mark.parametrize("rule", [r for pair in RULES.values() for r in pair])
FIRST = pytest.mark.parametrize("rule", [first for first, _ in RULES.values()])


def test_every_kernel_is_tested():
    assert KERNELS.keys() == RULES.keys()


def arrays_of(state):
    parts = state if isinstance(state, tuple) else (state,)
    return [part for part in parts if isinstance(part, np.ndarray)]


def loop_for(rule, x):
    return kernel_for(rule, rule.init(x), x)


def by_apply(rule, x, gradients):
    """The parameter and the arrays of the state after steps in plain NumPy."""
    x, state = x.copy(), rule.init(x)
    with np.errstate(all="ignore"):
        for dx in gradients:
            state, step = rule.apply(state, x, dx)
            x = x - step
    return x, state


def by_update(rule, x, gradients):
    state = setup(rule, x)
    with np.errstate(all="ignore"):
        for dx in gradients:
            update_(state, x, dx)
    return x, state.state


def assert_same_bits(found, expected):
    (x, state), (y, other) = found, expected
    assert x.dtype == y.dtype
    np.testing.assert_array_equal(x, y)
    assert len(arrays_of(state)) == len(arrays_of(other))
    for a, b in zip(arrays_of(state), arrays_of(other), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)
    if type(state) is tuple:
        assert state[2] == other[2]


def normal(shape, dtype, seed=0, steps=20):
    rng = np.random.default_rng(seed)
    x, *gradients = rng.normal(size=(steps + 1, *shape)).astype(dtype)
    return x, gradients


# --- The same arithmetic -----------------------------------------------------------


@EACH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_twenty_steps_give_the_bits_of_apply(rule, dtype):
    x, gradients = normal((7, 19), dtype)
    assert loop_for(rule, x) is KERNELS[type(rule)][0]
    expected = by_apply(rule, x, gradients)
    assert not np.array_equal(expected[0], x)
    assert_same_bits(by_update(rule, x, gradients), expected)


@EACH
def test_sizes_that_fill_no_vector_register(rule):
    for size in range(18):
        x, gradients = normal((size,), "float32", steps=3)
        expected = by_apply(rule, x, gradients)
        assert_same_bits(by_update(rule, x, gradients), expected)


@EACH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_gradients(rule, dtype):
    """NaN, infinities, zeros of both signs, the largest and the smallest numbers."""
    limits = np.finfo(dtype)
    values = [np.nan, np.inf, -np.inf, 0.0, -0.0, limits.max, -limits.tiny, 1e-30, 1]
    x = np.linspace(-1, 1, len(values), dtype=dtype)
    gradients = [np.array(values, dtype)[::step].copy() for step in (1, -1, 1)]
    found = by_update(rule, x.copy(), gradients)
    assert_same_bits(found, by_apply(rule, x, gradients))
    assert np.isnan(found[0][0]) and np.isfinite(found[0][4])


@EACH
def test_half_precision_takes_the_way_through_numpy(rule):
    x, gradients = normal((3, 2), "float16")
    assert loop_for(rule, x) is None
    expected = by_apply(rule, x, gradients)
    found = by_update(rule, x, gradients)
    assert_same_bits(found, expected)
    assert found[0].dtype == np.float16


@EACH
def test_numbers_in_the_other_byte_order(rule):
    x, gradients = normal((5,), ">f4")
    assert loop_for(rule, x) is None
    expected, _ = by_apply(rule, x.astype("f4"), [g.astype("f4") for g in gradients])
    found, _ = by_update(rule, x, gradients)
    np.testing.assert_array_equal(found, expected)


# --- Every layout of memory --------------------------------------------------------

LAYOUTS = {
    "C": lambda x: np.array(x, order="C"),
    "Fortran": lambda x: np.array(x, order="F"),
    "columns": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "rows": lambda x: np.repeat(x, 3, axis=0)[::3],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "inside": lambda x: np.pad(x, 1)[1:-1, 1:-1],
    "transposed": lambda x: x.T.copy().T,
    "unaligned": lambda x: np.frombuffer(
        bytearray(b"." + x.tobytes()), x.dtype, offset=1
    ).reshape(x.shape),
}
LAYOUT = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@FIRST
@LAYOUT
def test_parameters_of_every_layout_are_updated_in_place(rule, layout):
    x, gradients = normal((4, 3), "float32", steps=4)
    expected = by_apply(rule, x, gradients)
    laid = layout(x)
    np.testing.assert_array_equal(laid, x)
    found = by_update(rule, laid, gradients)
    assert found[0] is laid
    assert_same_bits(found, expected)


@FIRST
@LAYOUT
def test_gradients_of_every_layout(rule, layout):
    x, gradients = normal((4, 3), "float32", steps=4)
    expected = by_apply(rule, x, gradients)
    assert_same_bits(by_update(rule, x, [layout(g) for g in gradients]), expected)


@FIRST
def test_a_view_updates_its_part_of_the_base_and_nothing_else(rule):
    base = np.zeros((6, 6), np.float32)
    by_update(rule, base[1:5:2, ::-2], [np.ones((2, 3), np.float32)])
    changed = np.zeros((6, 6), bool)
    changed[1:5:2, ::-2] = True
    np.testing.assert_array_equal(base != 0, changed)


@FIRST
def test_gradients_that_cannot_be_written_to(rule):
    x, gradients = normal((4, 3), "float32", steps=4)
    expected = by_apply(rule, x, gradients)
    for dx in gradients:
        dx.flags.writeable = False
    assert_same_bits(by_update(rule, x, gradients), expected)
    stretched = np.broadcast_to(np.float32(0.5), (4, 3))
    whole = np.full((4, 3), 0.5, np.float32)
    expected = by_apply(rule, x, [whole])
    assert_same_bits(by_update(rule, x, [stretched]), expected)


@FIRST
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_arrays_without_axes(rule, dtype):
    x = np.array(2.0, dtype)
    found, state = by_update(rule, x, [0.5, 0.25])
    expected, _ = by_apply(
        rule, np.array([2.0], dtype), np.array([[0.5], [0.25]], dtype)
    )
    assert found is x and x.shape == ()
    assert x == expected[0]
    assert all(part.shape == () for part in arrays_of(state))
    assert len(arrays_of(state)) == len(arrays_of(rule.init(x)))


@FIRST
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2, 4)])
def test_empty_arrays(rule, shape):
    x = np.zeros(shape, np.float32)
    assert by_update(rule, x, [np.zeros(shape)] * 2)[0] is x


@FIRST
def test_a_gradient_that_is_the_parameter_itself(rule):
    """As for the loss x²/2, written down by hand."""
    x, _ = normal((9,), "float32")
    expected = by_apply(rule, x, [x])
    assert_same_bits(by_update(rule, x, [x]), expected)


@FIRST
@pytest.mark.parametrize("one_vector", [False, True])
def test_gradients_that_are_each_others_parameters(rule, one_vector):
    """For the loss a b: da = b and db = a, the values before the step."""
    vector = np.array([1.0, 1.0, 2.0, 2.0])
    model = {"a": vector[:2], "b": vector[2:]}
    if not one_vector:
        model = {key: x.copy() for key, x in model.items()}
    before = {key: x.copy() for key, x in model.items()}
    update_(setup(rule, model), model, {"a": model["b"][:], "b": model["a"][:]})
    for key, other in ("ab", "ba"):
        (x, _) = by_apply(rule, before[key], [before[other]])
        np.testing.assert_array_equal(model[key], x)


# --- A state that does not fit -----------------------------------------------------


@pytest.mark.parametrize("rule", [Momentum(), Adam()])
def test_a_state_in_fortran_order_for_a_parameter_in_c_order(rule):
    x, gradients = normal((4, 3), "float32", steps=4)
    expected = by_apply(rule, x, gradients)
    model = {"x": np.asfortranarray(x)}
    state = setup(rule, model)
    model["x"] = x
    for dx in gradients:
        update_(state, model, {"x": dx})
    assert_same_bits((model["x"], state["x"].state), expected)


def states_of_size(n):
    zeros = lambda: np.zeros(n, np.float32)
    return [
        (Momentum(), zeros()),
        (Adam(), (zeros(), zeros(), (0.9, 0.999))),
    ]


@pytest.mark.parametrize(("rule", "state"), states_of_size(4))
def test_a_leaf_made_by_hand_works(rule, state):
    x = np.ones(4, np.float32)
    expected, _ = by_apply(rule, x, [x])
    update_({"x": Leaf(rule, state)}, {"x": x}, {"x": np.ones(4)})
    np.testing.assert_array_equal(x, expected)


def test_a_leaf_made_by_hand_of_the_wrong_size_is_refused():
    """A compiled loop checks no bounds: it would write into others' memory.

    In a process of its own, as that may end it.
    """
    run_python("""
        import numpy as np
        from minigrad import Adam, Leaf, Momentum, update_
        small = lambda: np.zeros(3, np.float32)
        states = (Momentum(), small()), (Adam(), (small(), small(), (0.9, 0.999)))
        for rule, state in states:
            x = np.ones(4, np.float32)
            try:
                update_({"x": Leaf(rule, state)}, {"x": x}, {"x": np.ones(4)})
            except ValueError:
                assert (x == 1).all() and not small().any()
            else:
                raise SystemExit(f"not refused: {rule}")
    """)


@pytest.mark.parametrize("other", ["float64", "float16", "int64"])
def test_a_state_of_another_type_never_reaches_a_loop(other):
    x, state = np.ones(4, np.float32), np.zeros(4, other)
    assert kernel_for(Momentum(), state, x) is None
    assert kernel_for(Adam(), (np.zeros(4, "f4"), state, (0.9, 0.999)), x) is None


@FIRST
def test_unpickled_arrays_still_have_a_loop(rule):
    x = np.ones(4, np.float32)
    state, y = pickle.loads(pickle.dumps((rule.init(x), x)))
    assert kernel_for(rule, state, y) is KERNELS[type(rule)][0]
    assert kernel_for(rule, state, x) is KERNELS[type(rule)][0]


# --- Compiling ---------------------------------------------------------------------


def run_python(code, **environment):
    """What `code` prints in a new process."""
    lines = code.splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(line[indent:] for line in lines)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


STEPS = """
    import numpy as np
    from minigrad.optimise import Adam, Descent, Momentum, setup, update_
    rng = np.random.default_rng(3)
    for rule in (Descent(1 / 3), Momentum(1 / 7, 1 / 3), Adam(1 / 30, (2 / 3, 6 / 7))):
        for dtype in (np.float32, np.float64):
            x = rng.normal(size=(2, 3)).astype(dtype)
            state = setup(rule, x)
            for _ in range(5):
                update_(state, x, rng.normal(size=(2, 3)))
            print(rule, x.tobytes().hex())
"""


def test_the_loops_give_the_same_bits_without_compilation():
    compiled_ones = run_python(STEPS, NUMBA_DISABLE_JIT="0")
    assert compiled_ones.count("\n") == 6
    assert run_python(STEPS, NUMBA_DISABLE_JIT="1") == compiled_ones


def test_a_place_where_nothing_can_be_cached(monkeypatch):
    """numba raises RuntimeError when it finds no folder for its cache."""
    calls = []

    def njit(cache=False, **options):
        calls.append((cache, options))
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda loop: loop

    monkeypatch.setattr(kernels.numba, "njit", njit)
    assert compiled(len) is len
    assert [cache for cache, _ in calls] == [True, False]
    assert calls[0][1] == calls[1][1]


def test_kernels_propagate_nan_because_they_are_not_fast_math():
    for loop in ("descent_loop", "momentum_loop", "adam_loop"):
        options = getattr(getattr(kernels, loop), "targetoptions", {})
        assert not options.get("fastmath") and not options.get("parallel")


def test_numba_is_imported_by_the_first_update_only():
    run_python("""
        import sys
        import numpy as np
        import minigrad as mg
        model = {"x": np.ones(2)}
        state = mg.setup(mg.Adam(), model)
        mg.gradient(lambda m: m["x"].sum(), model)
        assert "numba" not in sys.modules
        mg.update_(state, model, {"x": [1, 1]})
        assert "numba" in sys.modules
    """)


# --- Deciding ----------------------------------------------------------------------


def test_flat_is_a_view():
    x = np.zeros((2, 3))
    flat(x)[:] = 1
    assert (x == 1).all()
    assert flat(np.array(1.0)).shape == (1,)


def test_a_subclass_of_a_rule_has_no_kernel():
    """Its apply may do something else."""

    class Doubled(Descent):
        def apply(self, state, x, dx):
            return state, 2 * self.eta * dx

    x = np.ones(3)
    assert loop_for(Doubled(0.1), x) is None
    by_update(Doubled(0.1), x, [np.ones(3)])
    np.testing.assert_allclose(x, 0.8)
