"""Kernels: the bits of `apply` on every kind of array; threads, forks, the disk."""

import ctypes
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import partial

import numba
import numpy as np
import pytest

from minigrad import screen
from minigrad.optimise import (
    Adam,
    ClipGrad,
    Descent,
    Momentum,
    OptimiserChain,
    Rule,
    Scheduler,
    WeightDecay,
    kernels,
    setup,
    update_,
)

from ..compiled import COMPILED
from .formulas import HEAD, module_of

CHAIN = OptimiserChain(ClipGrad(0.5), WeightDecay(0.1), Adam(1 / 30))
EACH = pytest.mark.parametrize(
    "rule",
    [Descent(1 / 3), Momentum(1 / 7, 1 / 3), Adam(1 / 30, (2 / 3, 6 / 7)), CHAIN],
    ids=lambda rule: type(rule).__name__,
)


def arrays_of(state):
    if isinstance(state, tuple):
        return [array for part in state for array in arrays_of(part)]
    return [state] if isinstance(state, np.ndarray) else []


def by_apply(rule, x, gradients):
    """The parameter and the state after steps in plain NumPy."""
    x, state = x.copy(), rule.init(x)
    with np.errstate(all="ignore"):
        for dx in gradients:
            state, step = rule.apply(state, x, dx)
            x = x - step
    return x, state


def by_update(rule, x, gradients):
    tree = setup(rule, [x])
    with np.errstate(all="ignore"):
        for dx in gradients:
            update_(tree, [x], [dx])
    return x, tree[0].state


def assert_same_bits(found, expected):
    (x, state), (y, other) = found, expected
    assert x.dtype == y.dtype
    np.testing.assert_array_equal(x, y)
    pairs = zip(arrays_of(state), arrays_of(other), strict=True)
    for a, b in pairs:
        np.testing.assert_array_equal(a, b, strict=True)


def normal(shape, dtype="float32", seed=0, steps=4):
    rng = np.random.default_rng(seed)
    x, *gradients = rng.normal(size=(steps + 1, *shape)).astype(dtype)
    return x, gradients


# --- The same arithmetic -----------------------------------------------------------


@EACH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_twenty_steps_give_the_bits_of_apply(rule, dtype):
    x, gradients = normal((7, 19), dtype, steps=20)
    expected = by_apply(rule, x, gradients)
    assert not np.array_equal(expected[0], x)
    assert_same_bits(by_update(rule, x, gradients), expected)


@EACH
def test_sizes_that_fill_no_vector_register(rule):
    for size in range(34):
        x, gradients = normal((size,), steps=2)
        expected = by_apply(rule, x, gradients)
        assert_same_bits(by_update(rule, x, gradients), expected)


@EACH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_gradients(rule, dtype):
    """NaN, infinities, zeros of both signs, the largest and the smallest numbers."""
    limits = np.finfo(dtype)
    values = [np.nan, np.inf, -np.inf, 0.0, -0.0, limits.max, -limits.tiny, 1e-30, 1]
    values += [limits.smallest_subnormal, limits.eps]
    x = np.linspace(-1, 1, len(values), dtype=dtype)
    gradients = [np.array(values, dtype)[::step].copy() for step in (1, -1, 1)]
    found = by_update(rule, x.copy(), gradients)
    assert_same_bits(found, by_apply(rule, x, gradients))
    assert np.isnan(found[0][0]) and np.isfinite(found[0][4])


@EACH
@pytest.mark.parametrize("dtype", ["float16", "longdouble"])
def test_other_precisions_take_the_way_through_numpy(rule, dtype):
    x, gradients = normal((3, 2), dtype)
    expected = by_apply(rule, x, gradients)
    assert_same_bits(by_update(rule, x, gradients), expected)


@EACH
def test_numbers_in_the_other_byte_order(rule):
    x, gradients = normal((5,), ">f4")
    expected, _ = by_apply(rule, x.astype("f4"), [g.astype("f4") for g in gradients])
    found, _ = by_update(rule, x, gradients)
    np.testing.assert_array_equal(found, expected)


def test_a_name_that_changes_its_kind_keeps_the_precision(tmp_path):
    """Numbers are float64 before the loop, and of the array's type in it."""
    source = (
        "class Changing(Rule):\n"
        "    eta: float = 1 / 3\n\n"
        "    def init(self, x):\n        return None\n\n"
        "    @staticmethod\n"
        "    def formula(x, dx, eta):\n"
        "        k = 1 - eta\n"
        "        first = k * x\n"
        "        k = k * dx\n"
        "        eta = eta * 3.3\n"
        "        return (k * x + first) * eta + k / 7\n"
    )
    x, gradients = normal((101,))
    rule = module_of(tmp_path, source).Changing()
    assert_same_bits(by_update(rule, x.copy(), gradients), by_apply(rule, x, gradients))


EXPRESSIONS = """
    x / dx
    1 / x
    dx ** 2
    (x * dx) ** 2
    -dx ** 2
    dx % 0.75
    np.sqrt(np.abs(x))
    np.sign(dx)
    np.floor(dx)
    np.square(x)
    np.maximum(x, dx)
    np.minimum(dx, eta)
    np.fmax(x, eta)
    np.copysign(eta, dx)
    np.where(dx > 0, x, eta)
    np.where(x != x, x, eta / 7)
    np.where(np.isnan(dx), eta, dx)
    np.where((dx > 0) & (x <= 0.5), x, 2)
    np.where(dx < x, x, np.where(dx >= eta, dx, eta))
    dx * (dx > 0)
    (1 - eta) * x + eta * dx
    x - eta / 3 * dx
    x if eta > 0.5 else dx
    (1 - eta ** 2) ** 0.5 * x
    math.sqrt(eta) * dx
    eta ** 3 * dx
    eta
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_kind_of_expression_gives_the_bits_of_numpy(tmp_path, dtype):
    """All in one formula, as compiling takes its time."""
    parts = [f"({line.strip()})" for line in EXPRESSIONS.strip().splitlines()]
    names = [f"m{place}" for place in range(len(parts))]
    source = (
        "class Many(Rule):\n    eta: float = 1 / 3\n\n    def init(self, x):\n"
        f"        return tuple(np.zeros_like(x) for _ in range({len(parts)}))\n\n"
        f"    @staticmethod\n    def formula(x, dx, {', '.join(names)}, eta):\n"
        f"        return eta * dx, {', '.join(parts)}\n"
    )
    rule = module_of(tmp_path, source).Many()
    x, (dx,) = normal((97,), dtype, steps=1)
    x[:8] = [0, -0.0, np.nan, np.inf, -np.inf, 1, -1, 1e-30]
    dx[4:12] = [0, -0.0, np.nan, np.inf, -np.inf, 1, -1, 1e30]
    expected = by_apply(rule, x, [dx])
    _, state = found = by_update(rule, x.copy(), [dx])
    for part, one, other in zip(parts, state, expected[1], strict=True):
        np.testing.assert_array_equal(one, other, err_msg=part)
    assert_same_bits(found, expected)


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


@EACH
@LAYOUT
def test_parameters_of_every_layout_are_updated_in_place(rule, layout):
    x, gradients = normal((4, 3))
    expected = by_apply(rule, x, gradients)
    laid = layout(x)
    np.testing.assert_array_equal(laid, x)
    found = by_update(rule, laid, gradients)
    assert found[0] is laid
    assert_same_bits(found, expected)


@EACH
@LAYOUT
@pytest.mark.parametrize("order", "CF")
def test_gradients_of_every_layout(rule, layout, order):
    x, gradients = normal((4, 3))
    expected = by_apply(rule, x, gradients)
    laid = [layout(g) for g in gradients]
    assert_same_bits(by_update(rule, np.array(x, order=order), laid), expected)
    np.testing.assert_array_equal(laid, gradients)


@EACH
def test_a_view_updates_its_part_of_the_base_and_nothing_else(rule):
    for part in (np.s_[1:5:2, ::-2], np.s_[2:4], np.s_[:, 1:2]):
        base = np.zeros((6, 6), np.float32)
        x = base[part]
        by_update(rule, x, [np.ones(x.shape, np.float32)] * 2)
        changed = np.zeros((6, 6), bool)
        changed[part] = True
        np.testing.assert_array_equal(base != 0, changed)


@EACH
def test_gradients_that_cannot_be_written_to(rule):
    x, gradients = normal((4, 3))
    expected = by_apply(rule, x, gradients)
    for dx in gradients:
        dx.flags.writeable = False
    assert_same_bits(by_update(rule, x.copy(), gradients), expected)
    stretched = np.broadcast_to(np.float32(0.5), (4, 3))
    expected = by_apply(rule, x, [np.full((4, 3), 0.5, np.float32)])
    assert_same_bits(by_update(rule, x, [stretched]), expected)


@EACH
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_arrays_without_axes(rule, dtype):
    x = np.array(2.0, dtype)
    found, state = by_update(rule, x, [0.5, 0.25])
    expected, _ = by_apply(
        rule, np.array([2.0], dtype), np.array([[0.5], [0.25]], dtype)
    )
    assert found is x and x.shape == () and x == expected[0]
    assert all(part.shape == () for part in arrays_of(state))


@EACH
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2, 4)])
def test_empty_arrays(rule, shape):
    x, y = np.zeros(shape, np.float32), np.ones(2, np.float32)
    model = [x, y]
    tree = setup(rule, model)
    for _ in range(3):
        update_(tree, model, [np.zeros(shape), np.ones(2)])
    assert model[0] is x and x.shape == shape and (y < 1).all()


def test_an_array_without_axes_in_two_places():
    """The sum of its gradients must be an array still, not a number of NumPy."""
    run_python("""
import numpy as np
from minigrad.optimise import *
x = np.array(1.0, np.float32)
model, alone = [x, x], [x.copy()]
rule = OptimiserChain(ClipGrad(0.5), Momentum())
tree, other = setup(rule, model), setup(rule, alone)
for _ in range(3):
    update_(tree, model, [np.array(0.25, np.float32), np.float32(0.5)])
    update_(other, alone, [0.75])
assert x == alone[0] != 1, (x, alone)
""")


def test_where_the_address_of_the_numbers_stands():
    """The kernel reads it from the head of the array, at its address as an object."""
    x = np.zeros((3, 4))
    for array in (
        x, x[1:], x.T, x[::-1], x[:, 1], np.array(1.0), np.zeros(0), np.zeros((0, 3)),
        np.zeros(5, np.float32)[2:], np.zeros(2, ">f4"), np.frombuffer(bytes(16)),
        np.ma.zeros(3), np.zeros(10**6), np.broadcast_to(np.ones(1), (5,)),
    ):  # fmt: skip
        field = ctypes.c_void_p.from_address(id(array) + object.__basicsize__)
        assert field.value == array.ctypes.data


# --- Threads -----------------------------------------------------------------------


@pytest.fixture
def threads(monkeypatch):
    """Sets from how many numbers on how many threads are used."""

    def use(count, worth):
        monkeypatch.setattr(kernels, "WORTH_THREADS", worth)
        monkeypatch.setattr(kernels, "THREADS", count)
        kernels.workers.cache_clear()

    yield use
    kernels.workers.cache_clear()


def trained(rule, sizes, steps=3):
    rng = np.random.default_rng(7)
    arrays = lambda: [rng.normal(size=size).astype(np.float32) for size in sizes]
    model = arrays()
    tree = setup(rule, model)
    for _ in range(steps):
        update_(tree, model, arrays())
    return model, tree


@EACH
@pytest.mark.parametrize(
    "sizes",
    [
        (100,), (7, 93), (1,) * 30, (1, 2, 0, 50, 3, 0, 90, 1), (33, 33, 34), (2, 3),
    ],
)  # fmt: skip
def test_any_number_of_threads_gives_the_same_bits(rule, sizes, threads):
    threads(1, 1)
    alone, state = trained(rule, sizes)
    for count in (2, 3, 4, 7):
        threads(count, 1)
        model, tree = trained(rule, sizes)
        for x, y in zip(model, alone, strict=True):
            np.testing.assert_array_equal(x, y, strict=True)
        assert tree == state


@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129])
def test_sizes_around_the_limit(size, threads):
    threads(1, 64)
    alone, _ = trained(CHAIN, (size,))
    threads(4, 64)
    np.testing.assert_array_equal(trained(CHAIN, (size,))[0], alone)


@pytest.mark.parametrize("shape", [(64, 40), (3, 5, 7, 11)])
def test_threads_on_arrays_in_fortran_order(shape, threads):
    threads(3, 1)
    x, gradients = normal(shape)
    expected = by_apply(CHAIN, x, gradients)
    assert_same_bits(by_update(CHAIN, np.asfortranarray(x), gradients), expected)


def test_more_than_the_real_limit(threads):
    threads(2, 1 << 20)
    x, gradients = normal(((1 << 20) + 3,), steps=2)
    expected = by_apply(Adam(), x, gradients)
    assert_same_bits(by_update(Adam(), x, gradients), expected)


@COMPILED
def test_what_a_thread_raises_is_raised(threads, monkeypatch):
    threads(2, 1)
    model = [np.ones(50, np.float32)]
    tree = setup(Descent(), model)

    def sweep(kernel, *arguments):
        raise MemoryError("in a thread")

    kernel = kernels.kernel_for(((Descent.formula, 0),), np.dtype("f4"))
    monkeypatch.setattr(kernel, "sweep", sweep)
    with pytest.raises(MemoryError, match="in a thread"):
        update_(tree, model, [np.ones(50)])


@pytest.mark.parametrize("worth", [1, 1 << 20])
def test_several_python_threads_train_models_of_their_own(worth, threads):
    threads(2, worth)
    rules = [Adam(), CHAIN, Scheduler(Momentum, eta=lambda t: 0.1 / t)] * 4
    expected = [trained(rule, (40, 3, 17), 30) for rule in rules]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda rule: trained(rule, (40, 3, 17), 30), rules))
    for (model, tree), (other, state) in zip(found, expected, strict=True):
        for x, y in zip(model, other, strict=True):
            np.testing.assert_array_equal(x, y)
        assert tree == state


def run_python(code, *arguments, **environment):
    """What `code` prints in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_updates_go_on_in_a_child_process():
    """A child of `fork` has the pool of its parent, but none of its threads."""
    found = run_python("""
import os
import signal
import numpy as np
from minigrad.optimise import Adam, kernels, setup, update_

kernels.WORTH_THREADS, kernels.THREADS = 1, 2
model = [np.ones(1000, np.float32)]
tree = setup(Adam(), model)
gradient = [np.arange(1000.0)]
update_(tree, model, gradient)
child = os.fork()
if child == 0:
    signal.alarm(30)
    for _ in range(3):
        update_(tree, model, gradient)
    print("child", model[0].sum(), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
for _ in range(3):
    update_(tree, model, gradient)
print("parent", model[0].sum())
""")
    child, parent = found.splitlines()
    assert child.split()[1] == parent.split()[1]


# --- Compiling, and what is kept on disk -------------------------------------------


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A new folder for what numba keeps; kernels are made anew, as in a new process."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    kernels.kernel_for.cache_clear()
    yield tmp_path / "cache"
    kernels.kernel_for.cache_clear()


SIMPLE = """
class Simple(Rule):
    eta: float = 0.5

    def init(self, x):
        return None

    @staticmethod
    def formula(x, dx, eta):
        return {} * dx
"""


def step_of(rule):
    """The step for the gradient 1."""
    model = [np.zeros(2, np.float32)]
    update_(setup(rule, model), model, [np.ones(2, np.float32)])
    return -float(model[0][0])


def kept(folder):
    return sorted(path.name for path in folder.rglob("*.nb?"))


@COMPILED
def test_an_edited_formula_is_never_taken_for_the_one_before(tmp_path, empty_cache):
    for factor, step in (("eta", 0.5), ("(eta + 1)", 1.5), ("eta", 0.5), ("2", 2.0)):
        folder = tmp_path / factor
        folder.mkdir(exist_ok=True)
        rule = module_of(folder, SIMPLE.format(factor)).Simple()
        assert step_of(rule) == step
    assert len({name.split("-")[0] for name in kept(empty_cache)}) == 3


@COMPILED
def test_a_kernel_is_found_again_on_disk(tmp_path, empty_cache, monkeypatch, capsys):
    monkeypatch.setattr(screen, "watched", lambda: True)
    rule = module_of(tmp_path, SIMPLE.format("eta")).Simple()
    assert step_of(rule) == 0.5
    said = capsys.readouterr().err
    assert said.count("compiling Simple") == said.count("\n") == 1
    assert said.startswith("minigrad: compiling Simple (once;")
    files = kept(empty_cache)
    assert files
    assert step_of(rule) == 0.5
    kernels.kernel_for.cache_clear()
    assert step_of(rule) == 0.5
    assert capsys.readouterr().err == ""
    assert kept(empty_cache) == files


@COMPILED
def test_the_rules_of_a_chain_are_named(empty_cache, monkeypatch, capsys):
    monkeypatch.setattr(screen, "watched", lambda: True)
    step_of(OptimiserChain(ClipGrad(0.125), WeightDecay(), Descent(1)))
    said = capsys.readouterr().err
    assert (
        "compiling ClipGrad, WeightDecay, Descent (" in said and said.count("\n") == 1
    )


def test_nothing_is_said_where_nobody_watches(empty_cache, capsys):
    assert step_of(Descent(0.25)) == 0.25
    assert capsys.readouterr() == ("", "")


def test_a_place_where_nothing_can_be_kept(tmp_path, empty_cache, monkeypatch):
    """numba raises RuntimeError when it finds no folder for its cache."""
    njit, asked = numba.njit, []

    def refusing(cache=False, **options):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(kernels.numba, "njit", refusing)
    assert step_of(Descent(0.25)) == 0.25
    assert True in asked
    assert not empty_cache.exists() or not kept(empty_cache)


def test_a_disk_that_is_full(empty_cache, monkeypatch):
    """The loop is compiled by then; that it cannot be kept is no reason to stop."""

    def save(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numba.core.caching.IndexDataCacheFile, "save", save)
    assert step_of(Descent(0.25)) == 0.25


@COMPILED
def test_files_that_are_damaged(tmp_path):
    """Whatever was kept is compiled again; a training does not end for it."""
    code = (
        "import numpy as np, minigrad as mg\n"
        "model = mg.Chain(mg.Dense(2, 2, init=np.ones))\n"
        "x, y = np.ones((1, 2)), np.eye(2)[:1]\n"
        "state = mg.setup(mg.Descent(0.5), model)\n"
        "for _ in range(6):\n"
        "    loss, grads = mg.withgradient(lambda m: mg.logitcrossentropy(m(x), y),"
        " model)\n"
        "    mg.update_(state, model, grads[0])\n"
        "print(loss)\n"
    )

    run = partial(run_python, code, NUMBA_CACHE_DIR=str(tmp_path))
    expected = run()
    assert len(kept(tmp_path)) >= 6  # of the loop, the look at its table, and the loss
    for part in (0, 0.5):
        for path in tmp_path.rglob("*.nb?"):
            whole = path.read_bytes()
            path.write_bytes(whole[: int(part * len(whole))])
        assert run() == expected


@COMPILED
def test_what_numba_cannot_compile_is_refused_before_anything_changes(tmp_path):
    source = SIMPLE.format("eta").replace("eta * dx", "np.heaviside(dx, eta)")
    rule = module_of(tmp_path, source).Simple()
    model = {"a": np.ones(2, np.float32), "b": np.ones(3, np.float32)}
    tree = setup(Momentum(), model)
    tree["b"].rule, tree["b"].state = rule, None
    before = deepcopy((model, tree))
    with pytest.raises(TypeError, match="Simple uses something that numba cannot"):
        update_(tree, model, {"a": np.ones(2), "b": np.ones(3)})
    np.testing.assert_equal((model, tree), before)


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


@COMPILED
def test_two_processes_at_once_and_an_edited_file_afterwards(tmp_path):
    """All share one folder for what is kept, given by NUMBA_CACHE_DIR."""
    path, folder = tmp_path / "rules_of_mine.py", tmp_path / "kept"
    code = (
        "import numpy as np\nfrom minigrad.optimise import setup, update_\n"
        "from rules_of_mine import Simple\n"
        "model = [np.zeros(2, np.float32)]\n"
        "update_(setup(Simple(), model), model, [np.ones(2)])\n"
        "print(-model[0][0])\n"
    )
    environment = {"NUMBA_CACHE_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *sys.path])

    def start():
        return subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    path.write_text(HEAD + SIMPLE.format("eta"))
    both = [start(), start()]
    assert [process.communicate(timeout=100)[0] for process in both] == ["0.5\n"] * 2
    first = kept(folder)
    assert first
    path.write_text(HEAD + SIMPLE.format("4"))
    assert start().communicate(timeout=100)[0] == "4.0\n"
    assert set(first) < set(kept(folder))


def test_arrays_resized_in_place():
    """Between two updates; a loop checks no bounds. It may end the process."""
    run_python("""
import numpy as np
from minigrad.optimise import Momentum, setup, update_

def resize(x, state):
    x.resize((100_000,), refcheck=False)

def halve(x, state):
    x.dtype = np.float32

def reshape(x, state):
    x.shape = 2, 2

for change in resize, halve, reshape:
    model = [np.ones(4)]
    tree = setup(Momentum(), model)
    for _ in range(2):
        update_(tree, model, [np.ones(4)])
    change(model[0], tree[0].state)
    before = model[0].copy()
    try:
        update_(tree, model, [np.ones_like(model[0])])
    except (TypeError, ValueError):
        assert (model[0] == before).all()
    else:
        raise SystemExit(f"not refused: {change.__name__}")
""")


# --- Without compilation -----------------------------------------------------------

STEPS = """
import numpy as np
from minigrad.optimise import *
from minigrad.optimise.rules import RULES

rng = np.random.default_rng(3)
rules = [rule() for rule in RULES if rule.formula] + [
    OptimiserChain(ClipNorm(0.5), WeightDecay(), Nesterov()),
    OptimiserChain(AccumGrad(2), ClipGlobalNorm(0.5), SignDecay(), Lion()),
    Scheduler(AdamW(), eta=lambda t: 1 / (t + 9)),
]
for rule in rules:
    for dtype in (np.float32, np.float64):
        x = np.asarray(rng.normal(size=(31, 17)), dtype, order="F")
        model = [x, np.array(0.5, dtype), np.zeros(0, dtype)]
        tree = setup(rule, model)
        for _ in range(5):
            gradient = [rng.normal(size=x.shape), 0.25, np.zeros(0)]
            update_(tree, model, gradient)
        print(type(rule).__name__, dtype.__name__, model[0].tobytes().hex(), model[1])
"""


def test_the_loops_give_the_same_bits_without_compilation():
    compiled = run_python(STEPS, NUMBA_DISABLE_JIT="0").splitlines()
    plain = run_python(STEPS, NUMBA_DISABLE_JIT="1").splitlines()
    assert len(compiled) > 30
    for one, other in zip(compiled, plain, strict=True):
        assert one == other, one.split()[:2]


def test_a_subclass_may_have_an_apply_of_its_own():
    class Doubled(Descent):
        def apply(self, state, x, dx):
            return state, 2 * self.eta * dx

    x = np.ones(3)
    by_update(Doubled(0.1), x, [np.ones(3)])
    np.testing.assert_allclose(x, 0.8)


def test_a_subclass_may_have_a_formula_of_its_own():
    class Doubled(Descent):
        @staticmethod
        def formula(x, dx, eta):
            return 2 * eta * dx

    x = np.ones(3)
    by_update(Doubled(0.1), x, [np.ones(3)])
    np.testing.assert_allclose(x, 0.8)


def test_a_formula_whose_text_is_not_known_is_carried_out_in_numpy():
    space = {"Rule": Rule}
    exec(compile(SIMPLE.format("eta"), "<nowhere>", "exec"), space)
    assert step_of(space["Simple"](0.75)) == 0.75


def test_a_file_edited_after_its_import_is_carried_out_as_imported(tmp_path):
    module = module_of(tmp_path, SIMPLE.format("eta"))
    with open(module.__file__, "w") as file:
        file.write(HEAD + SIMPLE.format("(5 * eta)"))
    assert step_of(module.Simple()) == 0.5


# --- Kept by different processes ---------------------------------------------------

ONE_STEP = """
import sys
import numpy as np
from minigrad.optimise import *

rules = {"D": Descent(0.5), "W": WeightDecay(0.5), "S": SignDecay(0.5)}
rules["C"] = ClipGrad(0.5)
for key in sys.argv[1:]:
    for dtype in (np.float32, np.float64):
        rule, model = rules[key], [np.array([1.0, -3.0], dtype)]
        dx = np.array([2.0, 0.25], dtype)
        expected = model[0] - rule.apply(None, model[0], dx)[1]
        update_(setup(rule, model), model, [dx])
        assert (model[0] == expected).all(), (key, dtype, model, expected)
"""


def test_loops_kept_by_different_processes_are_not_mixed_up(tmp_path):
    """numba names what it compiles by a count of its own, which starts anew."""
    for keys in ("D", "W", "S", "DWSC", "CS"):
        run_python(ONE_STEP, *keys, NUMBA_CACHE_DIR=str(tmp_path))
