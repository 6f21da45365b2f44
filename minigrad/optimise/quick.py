"""The update that nearly all updates are, without much ado.

In a training loop the same model is updated again and again: every parameter has a
gradient of its own kind, nothing is frozen or stands in two places, and each rule is
ready for its loop since the last step. To see that takes a short walk; the table for
the kernel is that of the last step, with the addresses of the new gradients.

Wherever something is not like that, `quick_update` returns None, and has changed
nothing. The careful way (`plan`, `update`) gives the same result, or says what is
wrong. So this module can be left out by a reader: it only saves time.
"""

from ..arrays import is_parameter
from ..functors import children, is_leaf, trainable_names
from .batches import Batch
from .state import Leaf


def quick_update(tree, model, gradient):
    """Carry out an update, if it is of the usual kind; whether it was."""
    found = []
    if not _gather(tree, model, gradient, found):
        return False
    places = {id(ready.x) for _, ready, _ in found}
    aliased = not places.isdisjoint([id(dx) for _, _, dx in found])
    if not found or aliased or len(places) < len(found):
        return False
    batches = {}
    for leaf, ready, dx in found:
        batch = batches.get(ready.kernel)
        if batch is None:
            batch = batches[ready.kernel] = Batch()
        batch.add_ready(leaf, ready, dx)
    for kernel, batch in batches.items():
        kernel.run(batch.table, batch.numbers, batch.size)
        batch.finish()
    return True


def _gather(tree, model, gradient, found):
    """Collect `(leaf, what is ready, gradient)`; False once something is unusual."""
    leaves, xs, dxs = children(tree), children(model), children(gradient)
    same = leaves.keys() == xs.keys() == dxs.keys()
    stray = type(gradient) is tuple and not isinstance(model, tuple)
    if not same or stray or trainable_names(model) is not None:
        return False
    for key, leaf in leaves.items():
        x, dx = xs[key], dxs[key]
        if type(leaf) is Leaf:
            ready = leaf.ready
            if ready is None or leaf.frozen or not ready.holds(leaf, x):
                return False
            if not ready.takes(dx):
                return False
            found.append((leaf, ready, dx))
        elif type(leaf) is tuple and not leaf:
            if is_parameter(x) or not is_leaf(x):
                return False
        elif not _gather(leaf, x, dx, found):
            return False
    return True
