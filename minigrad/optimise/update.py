"""One step of training: every rule turns its gradient into a step.

What is to be done is planned and checked first (`plan`); whatever can fail is
computed next; then all arrays change, by the compiled loop of the rule where there
is one, by its `apply` otherwise.
"""

from copy import deepcopy

import numpy as np

from ..arrays import is_parameter, memory_owner
from ..errors import ShapeError, described
from ..walks import fmap
from .plan import make_plan, refuse_tracked


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
    return tree, carry_out(make_plan(tree, model, gradient), model)


def carry_out(plan, model):
    """Update what `plan` says, and return the model that has the new arrays."""
    from .kernels import kernel_for  # numba is imported by the first update

    steps, loops = [], []
    memory = {id(memory_owner(x)) for _, x, _, _ in plan}
    for leaf, x, dx, _ in plan:
        loop = kernel_for(leaf.rule, leaf.state, x)
        if loop is None:
            steps.append((leaf, x, *_apply(leaf, x, dx)))
            continue
        if id(memory_owner(dx)) in memory:  # it would change on the way
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
    return fmap(lambda x: replaced.get(id(x), x), model) if replaced else model


def _apply(leaf, x, dx):
    """The rule's new state and step, without changing anything."""
    result = leaf.rule.apply(leaf.state, x, dx)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            f"{leaf.rule!r}.apply returned {described(result)}. It must return "
            f"two things, the new state and the step: return state, step."
        )
    state, step = _as_arrays(result)
    step = np.asarray(step)
    if step.shape != x.shape or not np.can_cast(step.dtype, x.dtype, "same_kind"):
        raise ShapeError(
            f"{leaf.rule!r}.apply returned a step of shape {step.shape} and dtype "
            f"{step.dtype} for an array of shape {x.shape} and dtype {x.dtype}. They "
            f"must be the same."
        )
    return state, step


def _as_arrays(x):
    """`x` with arrays in place of NumPy's numbers, which 0-d arrays decay into."""
    if isinstance(x, tuple):
        return tuple(map(_as_arrays, x))
    return np.asarray(x) if isinstance(x, np.generic) else x


def update(tree, model, gradient):
    """Like `update_`, on copies: neither the tree nor the model changes.

    Args:
        tree: the state tree from `setup`.
        model: of which all parameters are copied, read-only ones too.
        gradient: as in `update_`.

    Returns:
        `(tree, model)`: a new state tree and a new model.

    Raises:
        TypeError, ShapeError, NoGradientError: as `update_`.

    >>> from minigrad.optimise import Descent, setup
    >>> model = {"x": np.array([1.0, 2.0])}
    >>> tree, new = update(setup(Descent(0.1), model), model, {"x": [1, 1]})
    >>> model["x"], new["x"]
    (array([1., 2.]), array([0.9, 1.9]))
    """
    return update_(deepcopy(tree), fmap(_copied, model), gradient)


def _copied(x):
    refuse_tracked(x)
    return np.array(x) if is_parameter(x) else x
