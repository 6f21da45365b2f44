"""One step of training: model, state tree and gradient, walked together.

Everything is checked before anything changes. Then each rule turns its gradient
into a step: by its compiled loop where there is one, by its `apply` otherwise.
"""

from copy import deepcopy

import numpy as np

from ..errors import DomainError, NoGradientError, ShapeError
from ..functors import children, is_leaf, is_parameter, trainable
from ..walks import KeyPath, fmap, trainables
from .state import Leaf, is_rule, name

# --- update ------------------------------------------------------------------------


def update_(tree, model, gradient):
    """One step of every rule, in place: `x <- x - dx'` for every parameter `x`.

    All is checked before anything changes, so an error leaves model and state as
    they were. Parameters whose gradient is None, and frozen ones, are passed by.

    Args:
        tree: the state tree from `setup`; it changes.
        model: its arrays change. A read-only array is left alone, and the model
            that is returned holds a new one in its place.
        gradient: of the model, `gradient(loss, model)[0]`: a tree with the fields
            of the model (named tuples or dicts), None where nothing arrived.

    Returns:
        `(tree, model)`: the same objects, unless the model held read-only arrays.

    Raises:
        TypeError: an argument is something else than what is meant.
        ShapeError: tree or gradient do not fit the model; names the first path.
        NoGradientError: there is no gradient at all.

    >>> from minigrad.optimise import Descent, setup
    >>> model = {"x": np.array([1.0, 2.0])}
    >>> tree = setup(Descent(0.1), model)
    >>> _ = update_(tree, model, {"x": np.array([1.0, 1.0])})
    >>> model
    {'x': array([0.9, 1.9])}
    """
    from .kernels import kernel_for  # numba is imported by the first update

    plan = {}
    count = _collect(tree, model, gradient, (), plan)
    held = {id(x) for _, x, _ in plan.values()}
    if len(held) != len(plan):
        raise ShapeError(
            "One array of the model stands in two places, and the state tree has a "
            "Leaf for each. It was made before the two became one: write state = "
            "setup(rule, model) again."
        )
    if count and not plan:
        raise NoGradientError(
            "Not one parameter of the model got a gradient: all are None. Does the "
            "loss use the model that gradient hands to it (lambda m: loss(m(x), y), "
            "and not the model outside)? Was something cut off by a constant?"
        )
    steps, loops = [], []
    for leaf, x, dx in plan.values():
        if leaf.frozen:
            continue
        loop = kernel_for(leaf.rule, leaf.state, x)
        if loop is None:
            steps.append((leaf, x, *_apply(leaf, x, dx)))
            continue
        if id(dx) in held or id(dx.base) in held:  # it would change on the way
            dx = dx.copy()
        loops.append((loop, leaf, x, np.ascontiguousarray(dx)))
    replaced = {}
    for leaf, x, state, step in steps:
        leaf.state = state
        if x.flags.writeable:
            np.subtract(x, step, out=x, casting="same_kind")
        else:
            replaced[id(x)] = np.asarray(x - step, x.dtype)
    for loop, leaf, x, dx in loops:
        leaf.state = loop(leaf.rule, leaf.state, x, dx)
    if replaced:
        model = fmap(lambda x: replaced.get(id(x), x), model)
    return tree, model


def _apply(leaf, x, dx):
    """The rule's new state and step, without changing anything."""
    result = leaf.rule.apply(leaf.state, x, dx)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            f"{leaf.rule!r}.apply returned a {type(result).__name__}. It must return "
            f"two things, the new state and the step: return state, step."
        )
    state, step = result
    step = np.asarray(step)
    if step.shape != x.shape or not np.can_cast(step.dtype, x.dtype, "same_kind"):
        raise ShapeError(
            f"{leaf.rule!r}.apply returned a step of shape {step.shape} and dtype "
            f"{step.dtype} for an array of shape {x.shape} and dtype {x.dtype}. They "
            f"must be the same."
        )
    return state, step


def update(tree, model, gradient):
    """Like `update_`, on copies: neither the tree nor the model changes.

    Returns:
        `(tree, model)`: a new state tree and a new model.

    >>> from minigrad.optimise import Descent, setup
    >>> model = {"x": np.array([1.0, 2.0])}
    >>> tree, new = update(setup(Descent(0.1), model), model, {"x": [1, 1]})
    >>> model["x"], new["x"]
    (array([1., 2.]), array([0.9, 1.9]))
    """
    copies = fmap(lambda x: np.array(x) if is_parameter(x) else x, model)
    return update_(deepcopy(tree), copies, gradient)


def _collect(tree, x, dx, path, plan):
    """Put `(leaf, array, gradient)` of every leaf below here into `plan`, by leaf.

    Gradients of one array that stands in several places are added up. Returns
    the number of leaves; raises if the three trees do not fit each other.
    """
    if type(tree) is Leaf:
        if not is_parameter(x) or (tree.shape is not None and tree.shape != x.shape):
            raise _wrong_state(tree, x, path)
        if dx is not None:
            dx = _check_gradient(x, dx, path)
            held = plan.get(id(tree))
            if held is not None and held[1] is not x:
                raise _wrong_sharing(path)
            plan[id(tree)] = tree, x, dx if held is None else held[2] + dx
        return 1
    if type(tree) is tuple and not tree:
        if trainables(x):
            raise _wrong_state(tree, x, path)
        return 0
    found, parts, allowed = children(tree), children(x), trainable(x)
    if is_leaf(tree) or found.keys() != parts.keys():
        raise _wrong_state(tree, x, path)
    given = None if dx is None else children(dx)
    if given is not None and given.keys() != parts.keys():
        raise _wrong_gradient(x, dx, path)
    count = 0
    for key, part in found.items():
        if key in allowed:
            below = None if given is None else given[key]
            count += _collect(part, parts[key], below, (*path, key), plan)
    return count


def _check_gradient(x, dx, path):
    if isinstance(dx, tuple):
        raise _wrong_gradient(x, dx, path)
    dx = np.asarray(dx)
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


def _place(path):
    return str(KeyPath(path)) or "the root"


def _wrong_gradient(x, dx, path):
    if type(dx) is tuple and len(dx) == 1:
        return TypeError(
            f"update_ was given a tuple of one at {_place(path)} where the gradient of "
            f"{name(x)} is meant. gradient always returns a tuple, one entry per "
            f"argument: write update_(state, model, grads[0])."
        )
    return ShapeError(
        f"The gradient does not fit the model at {_place(path)}: the model has "
        f"{_describe(x)} there, the gradient {_describe(dx)}. Write "
        f"update_(state, model, gradient(loss, model)[0])."
    )


def _wrong_state(tree, x, path):
    if is_rule(tree):
        return TypeError(
            f"update_ was given the rule {tree!r} where the state tree is meant. Write "
            f"state = setup({tree!r}, model) once, and then "
            f"update_(state, model, grads[0])."
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
        f"model) again, or put the same array in both places."
    )


def _describe(x):
    if is_parameter(x):
        return f"an array of shape {x.shape}"
    keys = ", ".join(map(str, children(x)))
    return f"{name(x)} with {keys}" if keys else name(x)
