"""Hollow arrays against real ones: the same shapes, dtypes and errors, at no cost."""

import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.hollow import Hollow, hollow, hollowed, sized

RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 7)).astype(np.float32)


def form(y):
    """What hollow arrays know of a result: structure, shapes and dtypes."""
    if isinstance(y, tuple | list):
        return [form(part) for part in y]
    return (np.shape(y), np.asarray(y).dtype)


# Of an array x of shape (4, 5, 3).
EXPRESSIONS = {
    "arithmetic": lambda x: (x + 1) * x / 3 - x**2,
    "a bool of numpy": lambda x: x > 0,
    "numbers of other dtypes": lambda x: [x + np.float64(1), x + 1j, 2 + x, x * True],
    "broadcasting": lambda x: x + np.ones((2, 1, 1, 3)),
    "a list": lambda x: np.multiply(x, [1.0, 2.0, 3.0]),
    "several results": lambda x: np.modf(np.abs(x)),
    "dtype=": lambda x: np.add(x, 1, dtype=np.float64),
    "where=": lambda x: np.add(x, 1, where=x > 0, out=np.zeros((4, 5, 3))),
    "out=": lambda x: np.add(x, 1, out=np.empty((4, 5, 3))),
    "in place": lambda x: [(y := x.copy()), y.__iadd__(1), y.__imul__(x)],
    "accumulate": lambda x: np.add.accumulate(x, axis=1),
    "outer": lambda x: np.multiply.outer(x, W),
    "sums": lambda x: [x.sum(), x.sum(0), x.sum((0, 2)), x.sum(-1, keepdims=True)],
    "sums of another dtype": lambda x: [x.sum(dtype=np.float64), (x > 0).sum(0)],
    "means": lambda x: [x.mean(), x.var(axis=(0, 1)), x.std(-1, ddof=1)],
    "extremes": lambda x: [x.max(), np.min(x, 1), np.ptp(x), x.argmax(-1)],
    "any and all": lambda x: [(x > 0).any(), np.isfinite(x).all(axis=0)],
    "matrix products": lambda x: [x @ W, W.T @ x.swapaxes(1, 2), x[0, 0] @ W],
    "vectors": lambda x: [x[0, 0] @ x[0, 0], x @ x[0, 0], x[0] @ x[0, 0]],
    "stacks": lambda x: x @ np.ones((2, 1, 3, 6)),
    "dot": lambda x: [np.dot(x, W), x.dot(W), np.dot(x, W.T[:, :, None] @ W[None, :1])],
    "einsum": lambda x: [np.einsum("abc,cd -> bad", x, W), np.einsum("abc->", x)],
    "implicit einsum": lambda x: np.einsum("abc,ca", x, x[:, 0].T),
    "tensordot": lambda x: np.tensordot(x, W, 1),
    "views": lambda x: [x.T, x[None], x[..., 1:, 0], x[::-1, :2], np.swapaxes(x, 0, 2)],
    "reshaping": lambda x: [
        x.reshape(4, -1),
        x.ravel(),
        x.flatten(),
        x.T.reshape(-1, 2),
    ],
    "expanding": lambda x: [np.expand_dims(x, 1), np.atleast_2d(x), np.squeeze(x[:1])],
    "joining": lambda x: [np.concatenate([x, np.ones((4, 2, 3))], 1), np.stack([x, x])],
    "joining flat": lambda x: [np.concatenate([x, x], None), np.vstack([x, x])],
    "cutting": lambda x: np.split(x, [1, 3], axis=1),
    "padding": lambda x: [np.pad(x, 1), np.pad(x, [(0, 0), (1, 2), (0, 3)])],
    "padding by a mode": lambda x: np.pad(x, 1, mode="reflect"),
    "choosing": lambda x: [np.where(x > 0, x, 0), np.clip(x, 0, 1), np.maximum(x, 0)],
    "repeating": lambda x: [np.repeat(x, 2, 0), np.tile(x, 2), np.roll(x, 1)],
    "sorting": lambda x: [np.sort(x), x.argsort(0), np.cumsum(x, 1)],
    "like": lambda x: [np.zeros_like(x), np.ones_like(x, dtype=int)],
    "casting": lambda x: [x.astype(np.float64), x.astype(int), x.real],
    "indices": lambda x: [x[[0, 2]], x[:, np.array([1, 1])], W[x.argmax(2)]],
    "its own index": lambda x: x[x.argmax(2)],
    "linear algebra": lambda x: [np.linalg.norm(x, axis=1), np.linalg.svd(x)[1]],
    "one-hot": lambda x: np.eye(5)[x[..., 0].argmax(-1)],
    "fourier": lambda x: np.fft.rfft(x, axis=1),
    "activations": lambda x: [f(x) for f in ACTIVATIONS],
    "probabilities": lambda x: [mg.softmax(x), mg.logsoftmax(x, 0), mg.logsumexp(x)],
    "a loop over rows": lambda x: np.stack([np.tanh(row) for row in x]),
    "numbers": lambda x: [len(x), x.size, x.ndim, float(x[0, 0, 0]) * 2],
}
ACTIVATIONS = [
    getattr(mg, name) for name in mg.nn.activations.__all__ if name not in ("glu",)
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_form_is_that_of_the_real_result(name, dtype):
    f, x = EXPRESSIONS[name], RNG.normal(size=(4, 5, 3)).astype(dtype)
    with np.errstate(all="ignore"):
        assert form(f(hollowed(x))) == form(f(x))


@given(data=st.data())
def test_slices_and_sums_of_any_shape(data):
    shape = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple))
    x = np.zeros(shape)
    slices = st.builds(slice, *[st.none() | st.integers(-5, 5)] * 2)
    keys = st.none() | st.just(Ellipsis) | slices
    index = data.draw(st.lists(keys, max_size=2).map(tuple))
    if index.count(Ellipsis) > 1 or len([k for k in index if k]) > x.ndim:
        return
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    for f in (lambda x: x[index], lambda x: x.sum(axis), lambda x: x.mean(axis)):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of means of nothing
            assert form(f(hollow(shape, np.float64))) == form(f(x))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + np.ones(4),
        lambda x: x @ np.ones((4, 2)),
        lambda x: x @ np.float32(1),
        lambda x: np.dot(x, np.ones((4, 2))),
        lambda x: np.einsum("abc,bd->acd", x, W),
        lambda x: x.reshape(7, -1),
        lambda x: np.concatenate([x, np.ones((4, 5, 2))], 1),
        lambda x: np.stack([x, x[0]]),
        lambda x: np.add(x, 1, out=np.empty((5, 3))),
        lambda x: x[0].__iadd__(x),
        lambda x: x.sum(3),
        lambda x: x[5],
        lambda x: x[0, 0, 0, 0],
        lambda x: x[x],
        lambda x: x.__setitem__(0, np.ones(4)),
        lambda x: np.where(x > 0, x, np.ones(4)),
        lambda x: np.pad(x, [(1, 1), (2, 2)]),
        lambda x: mg.softmax(x, axis=3),
        lambda x: np.broadcast_to(x, (4, 5, 6)),
    ],
)
def test_what_does_not_fit_raises_the_same_error(f):
    errors = []
    for x in (np.ones((4, 5, 3), np.float32), hollow((4, 5, 3))):
        with pytest.raises((ValueError, IndexError)) as raised:
            f(x)
        errors.append((raised.type, str(raised.value)))
    assert errors[0] == errors[1]


def test_nothing_is_computed_and_no_memory_taken():
    """Done for real, this would take terabytes."""
    weights = [hollow((4096, 4096)) for _ in range(3)]
    tracemalloc.start()
    x = hollow((1_000_000, 4096))
    for w in weights:
        x = mg.relu(x @ w.T + hollow((4096,)))
        x = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
        x = np.where(x > 0, x, np.concatenate([x[:, :1], x[:, 1:]], axis=1))
        x = np.einsum("nf,gf->ng", np.pad(x, 1)[1:-1, 1:-1], w) + np.dot(x, w)
    loss = (mg.softmax(x) ** 2).sum()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert loss == 0 and x.shape == (1_000_000, 4096)
    assert peak < 100_000


def test_what_looks_at_numbers_finds_zeros():
    x = hollow((2, 3))
    assert not (x > 0).any() and x[0, 0] == 0 and float(x.sum()) == 0
    x[...] = 5
    x += 1
    assert x.max() == 0
    assert x[x > 0].shape == (0,)


def test_a_number_is_a_number():
    assert type(hollow((), np.float64)) is np.float64
    assert type(hollow((3,)).mean()) is np.float32


def test_hollowed_goes_through_trees_and_leaves_the_rest():
    text = np.array(["a", "b"])
    tree = {"x": (np.ones(2), None), "names": text, "n": 3}
    found = hollowed(tree)
    assert isinstance(found["x"][0], Hollow) and found["names"] is text
    assert found["n"] == 3 and found["x"][1] is None


def test_sized_leaves_real_arrays_alone():
    @sized(lambda x, n=2: hollow((len(x), n), x.dtype))
    def columns(x, n=2):
        return np.array([[row.sum()] * n for row in x])

    real = columns(np.ones((3, 4)), n=5)
    np.testing.assert_array_equal(real, np.full((3, 5), 4))
    assert form(columns(hollow((3, 4), np.float64), n=5)) == form(real)


def test_how_it_prints():
    assert repr(hollow((2, 3))) == str(hollow((2, 3))) == "Hollow((2, 3), float32)"
