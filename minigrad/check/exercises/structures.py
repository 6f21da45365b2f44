"""Notebook 04, The gradient has the shape of the model: trees, None, and ties."""

import numpy as np

from ...autodiff.gradient import gradient
from ...errors import MutabilityError
from ...functors import is_object
from ...walks import trainables
from ..calling import Attempt, attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import SHAPE, VALUE, Finding, require
from . import styles  # noqa: F401  (the exercise on the implicit style)

# --- Maps ------------------------------------------------------------------------


def double(x):
    """Twice a leaf; refuses what is no leaf."""
    if x is None or isinstance(x, dict | list | tuple):
        raise Finding(
            VALUE,
            f"`f` was called with {shown(x)}. It is meant for leaves only: "
            f"{'None is handed on as it is' if x is None else 'go into containers'}.",
        )
    return 2 * x


def weighted(x, y, z):
    """A function of three leaves that tells them apart."""
    return x + 10 * y + 100 * z


TREES = (
    (3.0, 6.0),
    ({"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 4.0}),
    ([1.0, 2.0], [2.0, 4.0]),
    ((1.0, 2.0), (2.0, 4.0)),
    ((1.0,), (2.0,)),
    ({"a": [1.0, (2.0, {"b": 3.0})]}, {"a": [2.0, (4.0, {"b": 6.0})]}),
    ({"a": None, "b": [1.0, None]}, {"a": None, "b": [2.0, None]}),
    ({}, {}),
    ((), ()),
)


@tests("04.1")
def tree_map(answer):
    """Dicts, lists, tuples, nested and empty; None; arrays; several trees."""
    for tree, right in TREES:
        got = attempt(answer, double, tree)
        same_tree(got.text, got.value, right)
    array = np.arange(6.0).reshape(2, 3)
    got = attempt(answer, double, {"w": array})
    same_tree(got.text, got.value, {"w": 2 * array})
    several = (
        (1.0, 2.0, 3.0),
        ({"a": 1.0, "b": (2.0, None)}, {"b": (3.0, 7.0), "a": 4.0},
         {"a": 5.0, "b": (6.0, 8.0)}),
        ([1.0, (2.0,)], [3.0, (4.0,)], [5.0, (6.0,)]),
    )  # fmt: skip
    rights = (321.0, {"a": 541.0, "b": (632.0, None)}, [531.0, (642.0,)])
    for trees, right in zip(several, rights, strict=True):
        got = attempt(answer, weighted, *trees)
        same_tree(got.text, got.value, right)


def same_tree(text, got, right):
    """A Finding unless two trees have the same structure and leaves."""
    if isinstance(right, dict | list | tuple):
        require(
            type(got) is type(right),
            SHAPE,
            f"`{text}` is {shown(got)}. A {type(right).__name__} of the first tree "
            f"stays a {type(right).__name__}.",
        )
        keys = right if isinstance(right, dict) else range(len(right))
        found = got if isinstance(right, dict) else range(len(got))
        require(
            set(found) == set(keys),
            SHAPE,
            f"`{text}` is {shown(got)}. It has the same parts as the first tree.",
        )
        for key in keys:
            same_tree(f"{text}[{key!r}]", got[key], right[key])
    elif right is None:
        require(got is None, VALUE, f"`{text}` is {shown(got)}, in place of None.")
    else:
        said = "Are the trees in the order in which they were given?"
        matches(Attempt(text, got), right, suspects=[(got, said)] * (right > 99)
                if np.ndim(right) == 0 else ())  # fmt: skip


# --- Clipping --------------------------------------------------------------------


@tests("04.2")
def clip(answer):
    """Small gradients stay, large ones keep their direction; None, numbers, zeros."""
    a, b = np.array([3.0, -1.0]), np.array([[2.0, 1.0], [0.0, 1.0]])
    tree = {"first": (a, None), "second": [b, 3.0]}
    norm = np.sqrt(np.sum(a**2) + np.sum(b**2) + 9)  # it is 5
    for most in (10.0, 5.0):
        got = attempt(answer, tree, most)
        _same(got, tree, 1.0, "The norm is not larger than `most`, so it stays.")
    for most in (1.0, 0.1):
        got = attempt(answer, tree, most)
        found = _norm(got.value)
        each = _leaf_norms(got.value)
        if np.allclose(each, most):
            raise Finding(
                VALUE,
                f"`{got.text}`: each array has the norm {most:g} for itself. That "
                f"changes the direction. It is the norm of all together that counts.",
            )
        if not np.isclose(found, most):
            raise Finding(
                VALUE,
                f"`{got.text}` has the norm {found:.6g}, as a whole, after clipping.",
            )
        _same(got, tree, most / norm, "The direction has changed.")
    zeros = {"w": np.zeros(2), "b": None}
    _same(attempt(answer, zeros, 1.0), zeros, 1.0, "A gradient of zero stays zero.")
    small = {"w": np.array([3.0, 4.0], np.float32)}
    got = attempt(answer, small, 1.0)
    matches(Attempt(f"{got.text}['w']", got.value["w"]), small["w"] / 5, rtol=1e-6)


def _leaves(tree):
    if isinstance(tree, dict | list | tuple):
        parts = tree.values() if isinstance(tree, dict) else tree
        return [leaf for part in parts for leaf in _leaves(part)]
    return [tree]


def _leaf_norms(tree):
    leaves = [leaf for leaf in _leaves(tree) if leaf is not None]
    return np.array([np.sqrt(np.sum(np.square(leaf))) for leaf in leaves])


def _norm(tree):
    return float(np.sqrt(np.sum(_leaf_norms(tree) ** 2)))


def _same(got, tree, factor, said):
    """A Finding unless the result is the tree, times a factor."""
    found, right = _leaves(got.value), _leaves(tree)
    require(
        len(found) == len(right),
        SHAPE,
        f"`{got.text}` returned {shown(got.value)}, and should have the structure of "
        f"the gradient.",
    )
    for x, y in zip(found, right, strict=True):
        fits = x is None if y is None else x is not None and np.shape(x) == np.shape(y)
        if not fits or (y is not None and not np.allclose(x, factor * y, atol=1e-12)):
            raise Finding(VALUE, f"`{got.text}` returned {shown(got.value)}. {said}")


# --- Parts that learn ------------------------------------------------------------

PLACES = ("first.weight", "first.bias", "scale.factor", "second.weight", "second.bias",
          "gain", "shift")  # fmt: skip


@tests("04.4")
def Net(answer):
    """Seven arrays, all trained, and the formula that was asked for."""
    net = answer if is_object(answer) else received("Net()", answer()).value
    require(
        is_object(net),
        VALUE,
        "`Net()` is not marked as a model. Write `@mg.functor` above the class.",
    )
    found = {str(path): x for path, x in trainables(net, path=True)}
    for place in PLACES:
        head, _, field = place.partition(".")
        part = getattr(getattr(net, head, None), field or "real", None)
        require(
            part is not None,
            SHAPE,
            f"`Net().{place}` is not there. The fields are to have the same names.",
        )
        if place not in found:
            raise Finding(VALUE, f"`{place}` is still not trained. {_why(net, place)}")
    x = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    for place, array in found.items():  # so that each of them makes a difference
        rng = np.random.default_rng(len(place))
        array += rng.normal(size=array.shape).astype(array.dtype)
    hidden = net.first(x) * net.scale.factor
    right = (net.second(hidden) + net.shift) * net.gain
    suspects = (
        (net.second(hidden) + net.shift, "What becomes of the product with the gain? "
         "A value that nobody assigns or returns is gone."),
        (net.second(hidden) * net.gain + net.shift, "The gain multiplies the shift, "
         "too: (the second layer, plus the shift)."),
        ((net.second(net.first(x)) + net.shift) * net.gain, "The factors are unused."),
    )  # fmt: skip
    got = received("Net()(x)", net(x))
    matches(got, right, rtol=1e-5, suspects=suspects)
    slopes = gradient(lambda m: np.sum(m(x) ** 2), net)[0]
    for place in PLACES:
        part = slopes
        for name in place.split("."):
            part = getattr(part, name)
        require(part is not None, VALUE, f"No gradient arrives at `{place}`.")


def _why(net, place):
    head, _, field = place.partition(".")
    part = getattr(net, head)
    if field and not is_object(part):
        return f"Its object, {type(part).__name__}, is not marked as a model."
    array = getattr(part, field) if field else part
    kind = getattr(array, "dtype", type(array).__name__)
    return f"It is of the kind {kind}: only arrays of floats are trained."


# --- Ties ------------------------------------------------------------------------


def squares(E, D):
    """A loss of an encoder and a decoder."""
    x = np.linspace(-1, 1, 2 * E.shape[1]).reshape(2, -1)
    return np.sum((np.tanh(x @ E.T) @ D.T - x) ** 2)


def only_encoder(E, D):
    """A loss in which the decoder plays a small part."""
    return np.sum(E**2) + 0.5 * np.sum(D**3)


@tests("04.5")
def tied_gradient(answer):
    """Wide, narrow and square matrices; losses that treat both places differently."""
    rng = np.random.default_rng(0)
    for loss in (squares, only_encoder):
        for shape in ((2, 4), (3, 3), (4, 2)):
            W = rng.normal(size=shape).round(1)
            try:
                got = attempt(answer, loss, W)
            except MutabilityError as error:
                raise Finding(
                    VALUE, f"A gradient must not be changed: {error}"
                ) from None
            towards_E, towards_D = gradient(loss, W, W.T)
            right = towards_E + towards_D.T
            square = shape[0] == shape[1]
            suspects = [
                (towards_E, "That is the part of the encoder alone. W acts in two "
                 "places."),
                (towards_D.T, "That is the part of the decoder alone. W acts in two "
                 "places."),
                (right / 2, "That is the mean. Contributions along two paths add up."),
                ((towards_E, towards_D), "That is both gradients. Make one of them."),
            ]  # fmt: skip
            if square:
                said = "A number of D stands in W at the mirrored place: transpose."
                suspects.append((towards_E + towards_D, said))
            about = f"The gradient of W has the shape of W, {shape}."
            matches(got, right, suspects=suspects, about_shape=about)
