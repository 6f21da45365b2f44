"""Dry runs: the shapes of real calls, layers that do not fit, models left alone."""

import threading
import tracemalloc
from abc import ABC, abstractmethod
from collections import namedtuple
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import (
    BatchNorm,
    Chain,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    MaxPool,
    Parallel,
    ShapeError,
    SkipConnection,
    functor,
    outputsize,
    relu,
    trainmode_,
)
from minigrad.twin import shapes

from .serialise.test_layers import EXAMPLES


def lenet():
    return Chain(
        Conv((5, 5), 1, 6, relu),
        MaxPool((2, 2)),
        Conv((5, 5), 6, 16, relu),
        MaxPool((2, 2)),
        Flatten(),
        Dense(256, 120, relu),
        Dense(120, 10),
    )


# --- Shapes --------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_layer_has_the_shape_of_a_real_call(name):
    make, shape = EXAMPLES[name]
    model = make()
    if shape is None:
        x = np.zeros((5, 2), int)
        assert outputsize(model, x) == model(x).shape
    else:
        x = np.ones(shape, np.float32)
        assert outputsize(model, shape) == outputsize(model, x) == shapes(model(x))
        one = outputsize(model, shape[1:], padbatch=True)
        assert one == outputsize(model, (1, *shape[1:])) == shapes(model(x[:1]))


@given(
    n=st.integers(1, 3),
    size=st.integers(1, 12),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    pad=st.integers(0, 2),
    dilation=st.integers(1, 2),
)
def test_convolutions_of_all_kinds(n, size, kernel, stride, pad, dilation):
    layer = Conv((kernel,), 2, 4, stride=stride, pad=pad, dilation=dilation, groups=2)
    shape = (n, size, 2)
    try:
        expected = layer(np.ones(shape, np.float32)).shape
    except ShapeError as error:
        with pytest.raises(ShapeError) as raised:
            outputsize(layer, shape)
        assert str(raised.value) == str(error)
    else:
        assert outputsize(layer, shape) == expected


def test_sequences_and_states():
    lstm = mg.LSTM(3, 4, return_state=True)
    assert outputsize(lstm, (2, 5, 3)) == ((2, 5, 4), ((2, 4), (2, 4)))
    found = outputsize(lstm, (2, 5, 3), ((2, 4), (4,)))
    assert found == ((2, 5, 4), ((2, 4), (2, 4)))


def test_several_inputs_and_trees_of_them():
    both = Parallel(np.add, Dense(2, 4), Dense(3, 4))
    assert outputsize(both, (5, 2), (5, 3)) == (5, 4)
    assert outputsize(both, ((5, 2), (5, 3))) == (5, 4)
    assert outputsize(both, (2,), (3,), padbatch=True) == (1, 4)
    of_a_dict = lambda batch: {"y": batch["x"] @ np.ones((2, 7)), "n": 3}
    arrays = {"x": np.ones((5, 2)), "n": np.zeros(3, int)}
    assert outputsize(of_a_dict, arrays) == {"y": (5, 7), "n": ()}
    assert outputsize(of_a_dict, {"x": (5, 2)}) == {"y": (5, 7), "n": ()}
    assert outputsize(Chain(lambda xy: xy[0] + xy[1], np.sin), (5, 1), (3,)) == (5, 3)


def test_layers_in_a_tuple_or_list():
    layers = [Dense(2, 3), relu, Dense(3, 4)]
    assert outputsize(layers, (5, 2)) == outputsize(tuple(layers), [5, 2]) == (5, 4)
    with pytest.raises(ShapeError, match=r"^\[2\] Dense\(3 => 4\) expects 3"):
        outputsize([*layers[::2], Dense(3, 4)], (5, 2))


def test_functions_numbers_and_duplicated_models():
    assert outputsize(lambda x: x.reshape(len(x), -1), (5, 2, 3)) == (5, 6)
    assert outputsize(np.sum, (5, 2)) == ()
    assert outputsize(np.sin, ()) == ()
    assert outputsize(mg.Duplicated(Dense(2, 3)), (5, 2)) == (5, 3)
    assert outputsize(lambda x: None, (5, 2)) is None


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, complex])
def test_inputs_have_the_dtype_of_the_model(dtype):
    seen = []
    model = Chain(lambda x: seen.append(x.dtype) or x, mg.Scale(np.ones(2, dtype)))
    for given_dtype in (np.float64, int):
        outputsize(model, np.ones((5, 2), given_dtype))
    outputsize(model, (5, 2))
    assert seen == [dtype, int, dtype]


def test_it_works_inside_gradient():
    seen = []
    model = Chain(Dense(2, 3), Dropout(0.5), BatchNorm(3))
    loss = lambda m: seen.append(outputsize(m, (5, 2))) or (m[0].weight ** 2).sum()
    g = mg.gradient(loss, model)[0]
    assert seen == [(5, 3)]
    np.testing.assert_array_equal(g.layers[0].weight, 2 * model[0].weight)


def test_nothing_is_computed():
    """60 million images would need terabytes."""
    images = lenet()
    vectors = Chain(np.asarray, Dense(1000, 1000), Dense(1000, 2))
    tracemalloc.start()
    assert outputsize(images, (60_000_000, 28, 28, 1)) == (60_000_000, 10)
    assert outputsize(vectors, (60_000_000, 1000)) == (60_000_000, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


# --- The model stays as it is --------------------------------------------------------


@functor(children=("weight", "seen"), trainable=("weight",))
class Noisy:
    """A layer that changes whatever it can when it is called."""

    def __init__(self):
        self.weight, self.seen = np.ones(3), np.zeros(3)
        self.rng, self.own = np.random.default_rng(0), np.zeros(3)
        self.calls, self.log = 0, []

    def __call__(self, x):
        self.calls += 1
        self.log.append(x)
        self.own += 1
        self.seen[...] = 0.9 * self.seen + 0.1 * np.mean(x, axis=0)
        self.weight *= 2
        noise = self.rng.normal(size=np.shape(x)) + mg.random.default_rng().random()
        return x * self.weight + noise


def test_a_model_that_is_in_training_mode():
    rng = np.random.default_rng(1)
    model = Chain(Dense(3, 3, rng=0), BatchNorm(3), Dropout(0.5, rng=rng), Noisy())
    trainmode_(model)
    layer = model[3]
    before, state = deepcopy(mg.state(model)), rng.bit_generator.state
    noise = layer.rng.bit_generator.state
    mg.seed(0)
    assert outputsize(model, (5, 3)) == (5, 3)
    assert mg.random.default_rng().random() == np.random.default_rng(0).random()
    assert repr(mg.state(model)) == repr(before)
    assert rng.bit_generator.state == state and layer.rng.bit_generator.state == noise
    assert layer.calls == 0 and layer.log == [] and not layer.own.any()
    assert model[2].active is True and model[1].active is True


def test_it_is_called_in_test_mode():
    """In training mode there would be no variance of one sample."""
    model = trainmode_(Chain(Dense(2, 3), BatchNorm(3)))
    assert outputsize(model, (1, 2)) == (1, 3)


def test_it_stays_as_it_is_after_an_error_too():
    model = trainmode_(Chain(BatchNorm(3), Noisy(), Dense(np.ones((3, 2)))))
    before = deepcopy(mg.state(model))
    mg.seed(0)
    with pytest.raises(ShapeError, match=r"^layers\[2\]"):
        outputsize(model, (5, 3))
    assert mg.random.default_rng().random() == np.random.default_rng(0).random()
    assert repr(mg.state(model)) == repr(before)
    assert type(model[1]) is Noisy


# --- Classes of all kinds ------------------------------------------------------------


@functor
class Slotted:
    __slots__ = ("layer",)

    def __init__(self):
        self.layer = Dense(2, 3)

    def __call__(self, x):
        return self.layer(x)


@functor
@dataclass(frozen=True)
class Frozen:
    layer: object
    active: object = None

    def __call__(self, x):
        return self.layer(x)


class Base(ABC):
    @abstractmethod
    def __call__(self, x): ...


@functor
class Concrete(Base):
    def __init__(self):
        self.layer, self._parent, self.lock = Dense(2, 3), self, threading.Lock()

    def __call__(self, x):
        assert isinstance(self, Concrete) and type(self).__name__ == "Concrete"
        return self.layer(x)


class Pair(namedtuple("Pair", "first second")):
    def __call__(self, x):
        return self.second(self.first(x))


class Unmarked:
    """Its layer is no part of the model for anybody."""

    def __init__(self):
        self.layer, self.calls = Dense(2, 3), 0

    def __call__(self, x, *, twice=False):
        self.calls += 1
        return self.layer(x)


CLASSES = {
    "slots": Slotted,
    "frozen dataclass": lambda: Frozen(Dense(2, 3)),
    "abstract base, lock and a way back": Concrete,
    "named tuple": lambda: Pair(Dense(2, 4), Dense(4, 3)),
    "unmarked": Unmarked,
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes_of_all_kinds(name):
    model = CLASSES[name]()
    kind = type(model)
    for _ in range(2):
        assert outputsize(model, (5, 2)) == (5, 3)
        assert outputsize(Chain(model, Dense(3, 1)), (5, 2)) == (5, 1)
    assert type(model) is kind
    assert getattr(model, "calls", 0) == 0
    if name != "unmarked":
        with pytest.raises(ShapeError, match=r"^layers\[0\]\.\w+ Dense\("):
            outputsize(Chain(model), (5, 7))


@functor
class Slicing:
    """It calls copies of its layers, and asks for a gradient."""

    def __init__(self):
        self.body, self.active_layers = Chain(Dense(2, 3), relu, Dense(3, 1)), 2

    @property
    def active(self):
        return self.active_layers > 0

    def __call__(self, x):
        energy = lambda x: self.body(x).sum()
        force = mg.gradient(energy, x)[0]
        both = mg.activations(self.body, x)[-1] + mg.f64(self.body)(x)
        return np.concatenate([self.body[:2](x), force, both], axis=1)


def test_copies_of_layers_and_gradients_within_a_model():
    model = Slicing()
    x = np.ones((5, 2), np.float32)
    assert outputsize(model, (5, 2)) == model(x).shape == (5, 6)
    model.body = Chain(Dense(2, 3), Dense(4, 1))
    with pytest.raises(ShapeError, match=r"^body\.layers\[1\] Dense\(4 => 1\)"):
        outputsize(model, (5, 2))


def test_threads_do_not_disturb_each_other():
    shapes, barrier = {}, threading.Barrier(4)

    def work(n):
        model = Chain(*[Dense(n, n) for _ in range(20)])
        barrier.wait()
        shapes[n] = [outputsize(model, (5, n)) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shapes == {n: [(5, n)] * 20 for n in range(1, 5)}


def test_keywords_reach_the_layer():
    @functor
    class Net:
        def __init__(self):
            self.inner = Unmarked()

        def __call__(self, x):
            return self.inner(x, twice=True)

    assert outputsize(Net(), (5, 2)) == (5, 3)


# --- What does not fit ---------------------------------------------------------------


@functor
class Net:
    def __init__(self):
        self.blocks = {"low": Chain(Dense(2, 3), relu), "high": [Dense(4, 5)]}

    def __call__(self, x):
        return self.blocks["high"][0](self.blocks["low"](x))


@pytest.mark.parametrize(
    ("model", "shape", "sentence"),
    [
        (lenet(), (1, 20, 20, 1),
         r"^layers\[5\] Dense\(256 => 120, relu\) expects 256 features on the last "
         r"axis, and was given an array of shape \(1, 64\)\.$"),
        (Chain(enc=Dense(2, 3), dec=Chain(relu, Dense(4, 2))), (5, 2),
         r"^layers\.dec\.layers\[1\] Dense\(4 => 2\) expects 4 .* shape \(5, 3\)"),
        (Net(), (5, 2), r"^blocks\.high\[0\] Dense\(4 => 5\) expects 4 .* \(5, 3\)"),
        (SkipConnection(Dense(3, 4), np.add), (2, 3),
         r"^SkipConnection was given an array of shape \(2, 3\), and raised "
         r"ValueError: operands could not be broadcast .* \(2,4\) \(2,3\)\.$"),
        (Chain(SkipConnection(Dense(3, 4), np.add)), (2, 3),
         r"^layers\[0\] SkipConnection"),
        (Chain(relu, lambda x: x @ np.ones((3, 4))), (2, 5),
         r"^layers\[1\] <lambda> was given an array of shape \(2, 5\), and raised "
         r"ValueError: matmul: .*size 3 is different from 5"),
        (Chain(np.sin, lambda x: x[:, 7]), (2, 5), r"^layers\[1\].*raised IndexError: "
         r"index 7 is out of bounds for axis 1 with size 5"),
        (mg.MultiHeadAttention(8), (2, 3, 7), r"^q_proj Dense\(8 => 8.*expects 8"),
        (Dense(2, 3), (5, 4), r"^Dense\(2 => 3\) expects 2 .* shape \(5, 4\)\.$"),
        (Parallel(np.add, Dense(2, 3), Dense(2, 4)), (5, 2),
         r"^Parallel was .*\(5,3\) \(5,4\)"),
    ],
)  # fmt: skip
def test_the_layer_that_does_not_fit_is_named(model, shape, sentence):
    with pytest.raises(ShapeError, match=sentence):
        outputsize(model, shape)


def test_other_errors_keep_their_type_and_say_where():
    model = Chain(Dense(2, 3), Chain(lambda x: x.no_such_method()))
    with pytest.raises(AttributeError, match="no_such_method") as raised:
        outputsize(model, (5, 2))
    notes = " ".join(raised.value.__notes__)
    assert "happened in layers[1].layers[0]" in notes and "shape (5, 3)" in notes


def test_several_inputs_are_listed():
    f = lambda x, y: x @ y
    sentence = r"^<lambda> was given inputs of shapes \(5, 2\), \(3, 4\), and raised V"
    with pytest.raises(ShapeError, match=sentence):
        outputsize(f, (5, 2), (3, 4))


@pytest.mark.parametrize(
    ("model", "shape", "hint"),
    [
        (lenet(), (28, 28, 1),
         r"one sample: outputsize\(model, \(28, 28, 1\), padbatch=True\)\.$"),
        (Chain(Embedding(9, 2), Dense(2, 3)), (4, 5),
         r"whole numbers, .*: outputsize\(model, np\.zeros\(\(4, 5\), int\)\)\.$"),
        (lambda i: np.eye(3)[i], (4,), r"np\.zeros\(\(4,\), int\)\)\.$"),
    ],
)  # fmt: skip
def test_what_was_meant(model, shape, hint):
    with pytest.raises(ShapeError, match=hint):
        outputsize(model, shape)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda m: outputsize(m), TypeError, r"no shape\. Write outputsize\(model, x"),
        (lambda m: outputsize(m, 10), TypeError, r"given 10 in the place of a shape"),
        (lambda m: outputsize(m, "2"), TypeError, r"given '2' in the place"),
        (lambda m: outputsize(m, (None, 2)), TypeError, r"given \(None, 2\) in the pl"),
        (lambda m: outputsize(m, (5, 2.0)), TypeError, r"given \(5, 2\.0\) in the pl"),
        (lambda m: outputsize(m, ((5, 2), None)), TypeError, r"in the place"),
        (lambda m: outputsize(m, Dense(2, 3)), TypeError, r"given Dense\(2 => 3\) in"),
        (lambda m: outputsize(m, (-1, 2)), ShapeError, r"\(-1, 2\): no size is neg"),
        (lambda m: outputsize((5, 2), m), TypeError, r"a tuple cannot be called so\."),
        (lambda m: outputsize({"g": m}, (5, 2)), TypeError,
         r"a dict cannot be called so\. Write outputsize\(models\['g'\], \(32, 10\)\)"),
        (lambda m: outputsize(None, (5, 2)), TypeError, r"None cannot be called"),
        (lambda m: outputsize(Dense, (5, 2)), TypeError, r"the class Dense cannot be"),
        (lambda m: outputsize([], (5, 2)), TypeError, r"a list cannot be called"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call(Dense(2, 3))
