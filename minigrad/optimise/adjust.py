"""Changes of mind during training: other rates, and parameters to leave alone.

All of this acts on the state tree, or on a part of it, `opt_state.layers.enc`, and
keeps what the rules remember. A predicate picks parameters by their place or shape:
`where=lambda path, x: path[-1] == "bias"`.
"""

import warnings
from copy import deepcopy

from ..arrays import is_parameter
from ..errors import described
from ..functors import children, is_leaf
from ..walks import KeyPath
from .contract import is_rule, numbers_by_name, with_numbers
from .state import Leaf


def adjust_(tree, eta=None, *, where=None, **numbers):
    """Give rules other numbers, in place; what they remember stays.

    Args:
        tree: the state tree from `setup`, or a part of it.
        eta: the new learning rate of all rules that have one.
        where: called as `where(path, x)` with the `KeyPath` of a parameter in `tree`
            and its `Leaf`, which knows its `shape`, `ndim` and `size`; where it is
            false, rules stay as they are.
        **numbers: other numbers, by the names of the fields: `beta=(0.8, 0.99)`. In a
            chain each rule takes those that it has.

    Raises:
        TypeError: `tree` is not a state tree, there is no number to change to, or
            one of the wrong kind. Nothing has changed then.
        DomainError: a number is outside its range; nothing has changed.
        ValueError: there is no parameter in `tree`, or none where `where` is true.

    Warns when no rule there has a number of that name. (Adam's powers of beta are
    memory: those of another beta come in with the steps that follow.)

    >>> import numpy as np
    >>> from minigrad.optimise import Momentum, setup
    >>> tree = setup(Momentum(), {"x": np.zeros(1)})
    >>> adjust_(tree, 0.1)
    >>> adjust_(tree, rho=0.5)
    >>> tree
    {'x': Leaf(Momentum(eta=0.1, rho=0.5), [0.0])}
    """
    _adjust("adjust_", tree, eta, where, numbers)


def adjust(tree, eta=None, *, where=None, **numbers):
    """Like `adjust_`, on a copy: a new state tree; the old one stays as it is.

    Args:
        tree: the state tree from `setup`, or a part of it.
        eta: the new learning rate.
        where: as in `adjust_`.
        **numbers: as in `adjust_`.

    Returns:
        The new tree, which shares nothing with the old one.

    Raises:
        TypeError, DomainError, ValueError: as `adjust_`.

    >>> import numpy as np
    >>> from minigrad.optimise import Descent, setup
    >>> tree = setup(Descent(0.1), [np.zeros(1)])
    >>> tree, adjust(tree, 0.5)
    ([Leaf(Descent(0.1), None)], [Leaf(Descent(0.5), None)])
    """
    twin = deepcopy(tree)
    _adjust("adjust", twin, eta, where, numbers)
    return twin


def freeze_(tree, *, where=None):
    """Leave parameters as they are, until `thaw_`: `frozen` becomes true.

    Updates pass frozen parameters by; their state stays as it is, too. Their
    gradients are computed all the same: see `stop_gradient` to save that.

    Args:
        tree: the state tree from `setup`, or a part of it: `opt_state.layers[0]`.
        where: as in `adjust_`; what it is false for stays as it is.

    Raises:
        TypeError: `tree` is not a state tree, for instance the model.
        ValueError: there is no parameter in it, or none where `where` is true.

    >>> import numpy as np
    >>> from minigrad.optimise import Descent, setup
    >>> tree = setup(Descent(0.1), {"weight": np.ones((2, 1)), "bias": np.zeros(2)})
    >>> freeze_(tree, where=lambda path, x: path[-1] == "bias")
    >>> tree["bias"]
    Leaf(Descent(0.1), None, frozen=True)
    """
    for leaf in _chosen("freeze_", tree, where):
        leaf.frozen = True


def thaw_(tree, *, where=None):
    """Train parameters again that `freeze_` has stopped.

    Args:
        tree: the state tree from `setup`, or a part of it.
        where: as in `adjust_`; what it is false for stays as it is.

    Raises:
        TypeError, ValueError: as `freeze_`.

    >>> import numpy as np
    >>> from minigrad.optimise import Descent, setup
    >>> tree = setup(Descent(0.1), [np.zeros(2)])
    >>> freeze_(tree)
    >>> thaw_(tree)
    >>> tree
    [Leaf(Descent(0.1), None)]
    """
    for leaf in _chosen("thaw_", tree, where):
        leaf.frozen = False


def _adjust(name, tree, eta, where, numbers):
    changes = numbers if eta is None else {"eta": eta, **numbers}
    leaves = _chosen(name, tree, where)
    if not changes:
        raise TypeError(
            f"{name} must be given something to change: a learning rate, "
            f"{name}(state, 0.01), or a field by its name, {name}(state, beta=(0.8, "
            f"0.99))."
        )
    rules = {id(leaf.rule): leaf.rule for leaf in leaves}
    known = {field for rule in rules.values() for field in numbers_by_name(rule)}
    new = {key: with_numbers(rule, changes) for key, rule in rules.items()}
    for leaf in leaves:
        leaf.rule = new[id(leaf.rule)]
    for field in changes.keys() - known:
        warnings.warn(
            f"{name}: no rule in this tree has a number {field}, so that changed "
            f"nothing. There are: {', '.join(sorted(known)) or 'none'}.",
            stacklevel=3,
        )


def _chosen(name, tree, where):
    """The leaves of a tree for which `where` is true, each once."""
    found = {}
    _find(name, tree, KeyPath(), found)
    if not found:
        raise ValueError(
            f"{name}: there is no parameter in this part of the state tree, {tree!r}."
        )
    if where is not None and not callable(where):
        raise TypeError(
            f"{name}(where={where!r}): where is a function of the path and the Leaf, "
            f"as lambda path, x: path[-1] == {where!r}."
        )
    chosen = [leaf for path, leaf in found.values() if not where or where(path, leaf)]
    if not chosen:
        places = [path.place for path, _ in found.values()]
        more = f" and {len(places) - 5} more" if len(places) > 5 else ""
        raise ValueError(
            f"{name}: where(path, x) was true for none of the parameters, which are "
            f"at {', '.join(places[:5])}{more}."
        )
    return chosen


def _find(name, tree, path, found):
    if isinstance(tree, Leaf):
        found.setdefault(id(tree), (path, tree))
    elif is_leaf(tree) or is_rule(tree):
        what = "a model" if is_parameter(tree) or path else described(tree)
        raise TypeError(
            f"{name} must be applied to the state tree from setup, or to a part of it, "
            f"and not to {what}: there is {described(tree)} at {path.place}, where the "
            f"state tree has a Leaf. Write state = setup(rule, model) and "
            f"{name}(state), or {name}(state.layers[0])."
        )
    else:
        for key, part in children(tree).items():
            _find(name, part, path / key, found)
