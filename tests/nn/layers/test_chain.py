import numpy as np
import pytest

import minigrad
from minigrad import Chain, Dense, activations, gradient, relu, softmax
from minigrad.errors import ShapeError

X = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


def make():
    return Chain(Dense(3, 4, relu, rng=1), np.sin, Dense(4, 2, rng=2))


def test_is_composition():
    chain = make()
    first, second, third = chain.layers
    np.testing.assert_array_equal(chain(X), third(second(first(X))))
    assert (Chain()(X) == X).all()


def test_length_iteration_and_indices():
    chain = make()
    assert len(chain) == 3
    assert list(chain) == list(chain.layers)
    assert chain[1] is np.sin
    assert chain[-1] is chain.layers[2]
    assert isinstance(chain[:2], Chain)
    assert chain[:2].layers == chain.layers[:2]
    with pytest.raises(IndexError):
        chain[3]


def test_a_list_of_layers():
    layers = [np.sin, np.cos]
    assert Chain(layers).layers == tuple(layers)


def test_named():
    chain = Chain(enc=Dense(3, 4), dec=Dense(4, 2))
    assert chain.layers.enc is chain["enc"] is chain[0]
    assert isinstance(chain[:1], Chain)
    assert chain[:1].layers.enc is chain[0]
    assert chain(X).shape == (5, 2)
    grads = gradient(lambda m: m(X).sum(), chain)[0]
    assert grads.layers.enc.weight.shape == (4, 3)


def test_gradient_has_the_structure_of_the_chain():
    grads = gradient(lambda m: m(X).sum(), make())[0]
    assert grads.layers[0].weight.shape == (4, 3)
    assert grads.layers[1] is None
    assert grads.layers[2].act is None
    assert gradient(lambda m: m[0](X).sum(), make())[0].layers[2] is None


def test_gradient_by_finite_difference():
    # the guide's example: grads[1].layers[1].weight[2,3], counted from 0
    chain = Chain(Dense(np.ones((2, 3)) / 4), np.tanh)
    x = X.astype(np.float64)
    found = gradient(lambda m: m(x).sum(), chain)[0].layers[0].weight[1, 2]
    step = 1e-6
    values = []
    for sign in (1, -1):
        weight = chain[0].weight.copy()
        weight[1, 2] += sign * step
        values.append(Chain(Dense(weight), np.tanh)(x).sum())
    assert found == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-8)


def test_several_arguments_are_handed_on_as_a_tuple():
    assert Chain(lambda pair: pair[0] + pair[1], np.abs)(-3.0, 1.0) == 2.0


def test_the_place_of_a_wrong_layer_is_named():
    with pytest.raises(ShapeError) as caught:
        Chain(Dense(3, 64), Dense(63, 10))(X)
    start = "layers[1] Dense(63 => 10) expects 63 features on the last axis"
    assert str(caught.value).startswith(start)


def test_the_place_is_named_through_chains_in_chains():
    inner = Chain(head=Dense(4, 2))
    with pytest.raises(ShapeError, match=r"^layers\[1\]\.layers\.head Dense\(4 => 2\)"):
        Chain(Dense(3, 5), inner)(X)


def test_the_place_is_noted_on_other_errors():
    with pytest.raises(ValueError, match="matmul") as caught:
        Chain(np.sin, lambda x: x @ np.ones((7, 7)))(X)
    assert caught.value.__notes__ == ["This happened in layers[1] of a Chain."]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Chain(np.sin, 3), r"layers\[1\] is 3, and an int cannot be called"),
        (lambda: Chain(a="relu"), r"layers\.a is 'relu'"),
        (
            lambda: Chain({"w": np.ones((30, 30))}),
            r"layers\[0\] is a dict, which cannot be called.*method __call__",
        ),
        (lambda: Chain(np.sin, a=np.cos), r"with and without names"),
        (lambda: Chain(layers=np.sin), r"the name 'layers' is taken"),
    ],
)
def test_mistakes_are_explained(make, sentence):
    with pytest.raises(TypeError, match=sentence):
        make()


def test_prints_as_a_tree():
    chain = Chain(Dense(64, 32, relu), Chain(a=np.tanh), Dense(32, 10), softmax)
    assert repr(chain).splitlines() == [
        "Chain(",
        "  Dense(64 => 32, relu),  # 2,080 parameters",
        "  Chain(",
        "    a = tanh,",
        "  ),",
        "  Dense(32 => 10),        # 330 parameters",
        "  softmax,",
        ")                         # Total: 4 arrays, 2,410 parameters, 9.414 KiB",
    ]


def test_is_a_model_like_any_other():
    chain = make()
    assert list(minigrad.children(chain)) == ["layers"]
    doubled = minigrad.fmap(lambda x: 2 * x if minigrad.is_parameter(x) else x, chain)
    np.testing.assert_array_equal(doubled[0].weight, 2 * chain[0].weight)
    assert doubled[1] is np.sin


# --- Looking up layers ------------------------------------------------------------


@pytest.mark.parametrize("name", ["count", "index", "_fields", "missing", ""])
@pytest.mark.parametrize(
    "chain", [Chain(np.sin), Chain(enc=np.sin, dec=np.cos)], ids=["plain", "named"]
)
def test_a_name_that_is_no_layer(chain, name):
    """`count` and `index` are methods of every tuple."""
    with pytest.raises(KeyError, match=rf"no layer '{name}'") as caught:
        chain[name]
    if hasattr(chain.layers, "enc"):
        assert "enc, dec" in str(caught.value)


def test_a_layer_may_be_named_like_a_method_of_tuples():
    chain = Chain(count=np.sin, index=np.cos)
    assert chain["count"] is chain[0] is np.sin
    assert chain["index"] is np.cos
    assert chain(0.0) == 1.0
    (g,) = gradient(lambda m: m(X[:, :1]), Chain(count=Dense(1, 1), index=np.sum))
    assert g.layers[0].weight.shape == (1, 1)


@pytest.mark.parametrize("position", [3, 4, -4, 100])
def test_a_position_that_is_not_there(position):
    with pytest.raises(IndexError, match=rf"3 layers.*layers\[{position}\]"):
        make()[position]


def test_positions_may_be_integers_of_numpy():
    chain = make()
    assert chain[np.int64(1)] is np.sin
    with pytest.raises(IndexError, match="3 layers"):
        chain[np.int64(3)]


class Mine(Chain):
    """A chain of one's own."""


@pytest.mark.parametrize(
    "chain", [Mine(np.sin, np.cos), Mine(a=np.sin, b=np.cos)], ids=["plain", "named"]
)
def test_a_slice_keeps_class_and_names(chain):
    part = chain[1:]
    assert type(part) is Mine
    assert list(part) == [np.cos]
    if hasattr(chain.layers, "_fields"):
        assert part["b"] is np.cos
        with pytest.raises(KeyError, match="no layer 'a'"):
            part["a"]


@pytest.mark.parametrize("name", ["class", "lambda", "_hidden", "two words", "1"])
def test_names_that_a_gradient_cannot_have(name):
    with pytest.raises(ValueError, match=rf"Chain.*'{name}' cannot be a field"):
        Chain(**{name: np.sin})


@pytest.mark.parametrize("batch", [(), (0,), (2, 0)])
def test_empty_batches_pass_through(batch):
    model = make()
    x = np.zeros((*batch, 3), np.float32)
    (g,) = gradient(lambda m: m(x).sum(), model)
    assert g.layers[0].weight.shape == (4, 3)
    if batch:
        assert not g.layers[2].weight.any()


# --- The outputs of all layers -------------------------------------------------------


def test_activations_are_the_outputs_of_shorter_chains():
    chain = make()
    found = activations(chain, X)
    assert type(found) is tuple and len(found) == 3
    for n, y in enumerate(found, 1):
        np.testing.assert_array_equal(y, chain[:n](X))
    assert activations(Chain(), X) == ()
    assert len(activations(Chain(chain, np.abs), X)) == 2


def test_activations_have_the_names_of_the_layers():
    found = activations(Chain(double=lambda x: 2 * x, root=np.sqrt), X**2)
    np.testing.assert_array_equal(found.double, 2 * X**2)
    assert found._fields == ("double", "root")


def test_activations_of_several_inputs():
    chain = Chain(lambda pair: pair[0] + pair[1], np.negative)
    assert activations(chain, 1.0, 2.0) == (3.0, -3.0)


def test_a_penalty_on_activations_has_a_gradient():
    penalty = lambda m: sum((y**2).sum() for y in activations(m, X))
    found = gradient(penalty, make())[0]
    by_hand = gradient(lambda m: sum((m[:n](X) ** 2).sum() for n in (1, 2, 3)), make())
    np.testing.assert_allclose(
        found.layers[0].weight, by_hand[0].layers[0].weight, rtol=1e-5
    )


def test_activations_say_which_layer_does_not_fit():
    with pytest.raises(ShapeError, match=r"^layers\[1\] Dense\(3 => 2\) expects 3"):
        activations(Chain(Dense(3, 4), Dense(3, 2)), X)
    with pytest.raises(TypeError, match=r"given a Dense.*activations\(Chain\("):
        activations(Dense(3, 4), X)


def test_the_function_and_the_module_of_this_name():
    assert minigrad.activations is activations
    assert minigrad.nn.activations.relu is relu
