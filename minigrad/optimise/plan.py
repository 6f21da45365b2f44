"""What an update will do: model, state tree and gradient, walked together.

Everything that can be wrong about the three is found here, before anything
changes, and said with the first path where it shows.
"""

import numpy as np

from ..arrays import axes_between, is_parameter, plain
from ..errors import (
    DomainError,
    MutabilityError,
    NoGradientError,
    ShapeError,
    described,
    refuse_foreign,
)
from ..functors import children, is_leaf, is_object, trainable_names
from ..walks import KeyPath, trainables
from .contract import is_rule
from .state import Leaf


def make_plan(tree, model, *gradients):
    """The parameters to update: `(leaf, array, gradient, further ones, path)` each.

    An array that stands in several places is listed once, with the sum of its
    gradients. Frozen parameters, and those without a gradient, are left out.

    Raises:
        TypeError, ShapeError, NoGradientError: as `update_`.
    """
    refuse_foreign(model, *gradients)
    if not gradients:
        raise TypeError(
            "update_ needs the gradient too: update_(state, model, grads[0]), after "
            "grads = gradient(loss, model)."
        )
    plan, *further = [_collected(tree, model, gradient) for gradient in gradients]
    if len({id(x) for _, x, *_ in plan.values()}) != len(plan):
        raise ShapeError(
            "One array of the model stands in two places, and the state tree has a "
            "Leaf for each. It was made before the two became one: write state = "
            "setup(rule, model) again."
        )
    if plan and all(dx is None for _, _, dx, *_ in plan.values()):
        raise NoGradientError(
            "Not one parameter of the model got a gradient: all are None. Does the "
            "loss use the model that gradient hands to it (lambda m: loss(m(x), y), "
            "and not the model outside)? Was something cut off by a constant?"
        )
    if further:
        for key, (leaf, x, dx, _, path) in plan.items():
            more = tuple(others[key][2] for others in further)
            plan[key] = leaf, x, dx, more, path
    return [
        step for step in plan.values() if step[2] is not None and not step[0].frozen
    ]


def _collected(tree, model, gradient):
    """From the id of each `Leaf` to `(leaf, array, gradient or None, (), path)`."""
    plan = {}
    _collect(tree, model, gradient, (), plan)
    return plan


def _collect(tree, x, dx, path, plan):
    """Put every leaf below here into `plan`; raise if the trees do not fit."""
    if type(tree) is Leaf:
        _note(tree, x, dx, path, plan)
        return
    if type(tree) is tuple and not tree:
        if is_parameter(x) or (not is_leaf(x) and trainables(x)):
            raise _wrong_state(tree, x, path)
        return
    found, parts = children(tree), children(x)
    if is_leaf(tree) or found.keys() != parts.keys():
        raise _wrong_state(tree, x, path)
    given = None if dx is None else children(dx)
    stray = type(dx) is tuple and not isinstance(x, tuple)
    if stray or (given is not None and given.keys() != parts.keys()):
        raise _wrong_gradient(x, dx, path)
    if is_object(dx) and not is_object(x):
        raise TypeError(
            f"update_ was given {described(dx)} where the gradient is meant, at "
            f"{_place(path)}. Exchange the last two arguments: update_(state, model, "
            f"gradient)."
        )
    names = trainable_names(x)
    for key, part in found.items():
        if names is None or key in names:
            below = None if given is None else given[key]
            visit = _note if type(part) is Leaf else _collect
            visit(part, parts[key], below, (*path, key), plan)


def _note(leaf, x, dx, path, plan):
    """Put a leaf into `plan`; add up the gradients of one in several places."""
    known = plan.get(id(leaf))
    if type(x) is type(dx) is np.ndarray and x.dtype is dx.dtype and not known:
        if x.dtype.kind == "f" and leaf.shape == x.shape == dx.shape:
            plan[id(leaf)] = leaf, x, dx, (), path  # nearly all are like this
            return
    if not is_parameter(x) or not (known or leaf.shape in (None, x.shape)):
        raise _wrong_state(leaf, x, path)
    dx = None if dx is None else _check_gradient(x, dx, path)
    if known:
        _, first, held, _, path_of_first = known
        if first is not x:
            axes = axes_between(first, x)
            if axes is None:
                raise _wrong_sharing(path)
            dx = None if dx is None else dx.transpose(np.argsort(axes))
        if held is not None:
            dx = held if dx is None else np.asarray(held + dx)  # of 0-d arrays, too
        x, path = first, path_of_first
    plan[id(leaf)] = leaf, x, dx, (), path


def _check_gradient(x, dx, path):
    if isinstance(dx, tuple):
        raise _wrong_gradient(x, dx, path)
    refuse_tracked(dx)
    try:
        dx = np.asarray(dx)
    except ValueError:  # lists of different lengths
        raise ShapeError(
            f"The gradient at {_place(path)} is {described(dx)} that makes no array, "
            f"and the parameter there has shape {x.shape}."
        ) from None
    if dx.dtype.kind not in "fciub":
        raise TypeError(
            f"The gradient at {_place(path)} has dtype {dx.dtype}; it must be an array "
            f"of numbers. (None stands for a whole array, never for one entry.)"
        )
    if dx.shape != x.shape:
        raise ShapeError(
            f"The gradient at {_place(path)} has shape {dx.shape}, and the parameter "
            f"there has shape {x.shape}. They must be the same."
        )
    if dx.dtype.kind == "c" and x.dtype.kind != "c":
        raise DomainError(
            f"The gradient at {_place(path)} is complex, and the parameter is real."
        )
    return dx if dx.dtype == x.dtype else dx.astype(x.dtype)


def refuse_tracked(x):
    """An update inside `gradient` would change arrays that the tape needs."""
    if plain(x) is not x:
        raise MutabilityError(
            "update and update_ are not differentiated, and were called inside "
            "gradient. Write the step as a formula: fmap(lambda x, dx: x - eta * dx, "
            "model, dmodel)."
        )


def _place(path):
    return KeyPath(path).place


def _wrong_gradient(x, dx, path):
    if type(dx) is tuple and len(dx) == 1:
        return TypeError(
            f"update_ was given a tuple of one at {_place(path)} where the gradient of "
            f"{described(x)} is meant. gradient always returns a tuple, one entry per "
            f"argument: write update_(state, model, grads[0])."
        )
    return ShapeError(
        f"The gradient does not fit the model at {_place(path)}: the model has "
        f"{_describe(x)} there, the gradient {_describe(dx)}. Write "
        f"update_(state, model, gradient(loss, model)[0])."
    )


def _wrong_state(tree, x, path):
    if is_rule(tree):
        rule = f"{tree.__name__}()" if isinstance(tree, type) else repr(tree)
        return TypeError(
            f"update_ was given the rule {rule} where the state tree is meant. Write "
            f"state = setup({rule}, model) once, and then "
            f"update_(state, model, grads[0])."
        )
    if type(x) is Leaf or (is_parameter(tree) and not is_parameter(x)):
        return TypeError(
            "update_ was given the model where the state tree is meant: exchange the "
            "first two arguments, update_(state, model, grads[0])."
        )
    if type(tree) is Leaf and is_parameter(x):
        have, need = f"a Leaf for shape {tree.shape}", f"an array of shape {x.shape}"
    else:
        have, need = _describe(tree), _describe(x)
    return ShapeError(
        f"This state tree was made for another model: at {_place(path)} it has {have}, "
        f"the model {need}. Write state = setup(rule, model) for this model."
    )


def _wrong_sharing(path):
    return ShapeError(
        f"The state tree has one Leaf for two arrays, the second at {_place(path)}: "
        f"when it was made, they were one and the same. Write state = setup(rule, "
        f"model) again, or put the same array in both places. (Copied or pickled, a "
        f"transposed view becomes an array of its own.)"
    )


def _describe(x):
    if is_parameter(x):
        return f"an array of shape {x.shape}"
    keys = ", ".join(map(str, children(x)))
    return f"{described(x)} with {keys}" if keys else described(x)
