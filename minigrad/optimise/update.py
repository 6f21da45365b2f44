"""One step of training: every rule turns its gradient into a step.

What is to be done is planned and checked first (`plan`); whatever can fail is
computed next (`steps`); then all arrays change, by compiled loops where rules have
formulas (`kernels`), by a subtraction otherwise.
"""

from copy import deepcopy

import numpy as np

from ..arrays import is_parameter, memory_owner
from ..duplicated import Duplicated
from ..fastpaths import are_on
from ..sharing import Parameters
from ..walks import fmap
from .batches import Batch, ready_for
from .contract import arrays_in
from .plan import make_plan, refuse_tracked
from .quick import usual
from .steps import Step, look


def update_(tree, model, *gradients):
    """One step of every rule, in place: `x <- x - dx'` for every parameter `x`.

    All is checked before anything changes, so an error leaves model and state as
    they were. Parameters whose gradient is None, and frozen ones, are passed by.

    Args:
        tree: the state tree from `setup`; it changes.
        model: its arrays change. A read-only array is left alone, and the model
            that is returned holds a new one in its place.
        gradients: of the model, `gradient(loss, model)[0]`: a tree with the fields
            of the model (named tuples or dicts), None where nothing arrived. Further
            ones, as second derivatives, are handed to rules whose `apply` takes them.
            A `Duplicated` model has its gradient with it, and needs none here.

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
    if isinstance(model, Duplicated):
        model.val = prepared(tree, model.val, *(gradients or (model.dval,)))[1]()
        return tree, model
    return tree, prepared(tree, model, *gradients)[1]()


def prepared(tree, model, *gradients):
    """An update in two parts: everything is checked here, and done later.

    Returns:
        `(gradients, carry_out)`: the arrays that the update will read, and a function
        without arguments that does it and returns the model.

    Raises:
        TypeError, ShapeError, NoGradientError: as `update_`.
    """
    if len(gradients) == 1 and are_on():
        known = usual(tree, model, *gradients)
        if known:
            dxs, step, found = known
            if step:
                return dxs, lambda: step() or model
            return dxs, lambda: _carry_out(found, [], (), model)
    plan = make_plan(tree, model, *gradients)
    return [dx for _, _, dx, *_ in plan], lambda: carry_out(plan, model)


def carry_out(plan, model):
    """Update what `plan` says, and return the model that has the new arrays."""
    found, others = [], []
    owners = {id(memory_owner(x)) for _, x, *_ in plan}
    for leaf, *_ in plan:
        owners |= {id(memory_owner(array)) for array in arrays_in(leaf.state)}
    for leaf, x, dx, more, _ in plan:
        ready = leaf.ready if are_on() else None
        if ready is None or not ready.holds(x):
            ready = ready_for(leaf, x)
        if ready is None:
            others.append(Step(leaf, x, dx, more))
        else:
            found.append((leaf, ready, _for_loop(dx, ready.order, owners)))
    return _carry_out(found, others, owners, model)


def _carry_out(found, others, owners, model):
    """Update the parameters that are ready for their loops, and all others."""
    looks = others or any(ready.looks for _, ready, _ in found)
    seen = look(others, found) if looks else {}
    batches = {}
    for _, ready, dx in found:
        batch = batches.get(ready.kernel)
        if batch is None:
            batch = batches[ready.kernel] = Batch()
        batch.add_ready(ready, dx, seen.get(id(ready)))
    states = [_last_part(step, batches, owners) for step in others]
    replaced = _subtract(others)
    for kernel, batch in batches.items():
        kernel.run(batch.table, batch.numbers, batch.size)
        batch.finish()
    for step, state in zip(others, states, strict=True):
        step.leaf.state = state
    return fmap(replaced, model) if replaced else model


def _last_part(step, batches, owners):
    """Put the loop of a step, if it has one, into a batch; the state after it."""
    if step.has_loop:
        from .kernels import kernel_for  # imports numba: not before the first update

        formulas, memory, numbers = step.loop()
        order = "C" if step.x.flags.c_contiguous else "F"
        dx = _for_loop(step.dx, order, owners)
        batch = batches.setdefault(kernel_for(formulas, step.x.dtype), Batch())
        batch.add(step.x, dx, memory, numbers)
    return step.state()


def _subtract(steps):
    """Do the steps that have no loop.

    Returns:
        A function that gives the new array for a read-only one, or None.
    """
    known = Parameters()
    for step in steps:
        if not step.has_loop and step.dx is not None:
            if step.x.flags.writeable:
                np.subtract(step.x, step.dx, out=step.x)
            else:
                known.add(step.x, np.asarray(step.x - step.dx, step.x.dtype))
    return known.replace if known else None


def _for_loop(dx, order, owners):
    """The gradient in the order of its parameter, and not in memory that changes."""
    if id(memory_owner(dx)) in owners:
        dx = dx.copy()
    return dx if dx.flags[order] else np.asarray(dx, order=order)


def update(tree, model, *gradients):
    """Like `update_`, on copies: neither the tree nor the model changes.

    Args:
        tree: the state tree from `setup`.
        model: of which all parameters are copied, read-only ones too.
        gradients: as in `update_`.

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
    if isinstance(model, Duplicated):
        tree, new = update(tree, model.val, *(gradients or (model.dval,)))
        return tree, Duplicated(new)
    return update_(deepcopy(tree), fmap(_copier(), model), *gradients)


def _copier():
    """A function that copies parameters; those that are one have one copy."""
    known = Parameters()

    def copied(x):
        refuse_tracked(x)
        if is_parameter(x) and known.find(x) is None:
            known.add(x, np.array(x))
        return known.replace(x)

    return copied
