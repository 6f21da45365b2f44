"""Training mode and test mode: layers that work differently while a model is trained.

Dropout sets numbers to 0 in training only; batch normalisation takes its statistics
from the batch in training, and from what it has recorded elsewhere. Such a layer is
*active* in training. It has an attribute `active`:

    None     automatic: active inside `gradient`, and nowhere else
    True     always active
    False    never active

Automatic is what one wants nearly always. A layer of your own takes part if it has an
attribute `active` and asks `minigrad.nn.modes.is_active(self)`.
"""

import numpy as np

from ..autodiff.tape import is_tracking
from ..functors import children, is_object


def is_active(layer):
    """Whether a layer works as in training: `layer.active`, or inside `gradient`.

    >>> from minigrad import Dropout, gradient
    >>> layer = Dropout(0.5)
    >>> is_active(layer), gradient(lambda x: x * is_active(layer), 3.0)
    (False, (1.0,))
    """
    return is_tracking() if layer.active is None else layer.active


def trainmode_(model, mode=True):
    """Put all layers of a model into training mode, whether inside `gradient` or not.

    Args:
        model: any tree; each layer in it with an attribute `active` changes.
        mode: True for training mode, False for test mode, "auto" or None for
            automatic: training mode inside `gradient`, test mode elsewhere.

    Returns:
        The same model. (Inside `gradient` the function has a copy of the model; what
        is set there is gone afterwards.)

    Raises:
        ValueError: `mode` is none of these.

    See `trainmode!` of Flux, and `train()` of PyTorch's modules, which have no "auto".

    >>> from minigrad import Chain, Dense, Dropout
    >>> model = Chain(Dense(2, 3), Dropout(0.3))
    >>> trainmode_(model)[1]
    Dropout(0.3, active=True)
    >>> trainmode_(model, "auto")[1]
    Dropout(0.3)
    """
    return _set(model, activity("trainmode_(model, mode)", mode))


def testmode_(model, mode=True):
    """Put all layers of a model into test mode, whether inside `gradient` or not.

    The opposite of `trainmode_`: True sets test mode, False training mode, "auto" or
    None automatic. So frozen parts of a model are kept from recording statistics.

    >>> from minigrad import Chain, Dense, Dropout
    >>> model = Chain(Dense(2, 3), Dropout(0.3))
    >>> testmode_(model)[1]
    Dropout(0.3, active=False)
    """
    active = activity("testmode_(model, mode)", mode)
    return _set(model, None if active is None else not active)


testmode_.__test__ = False  # its name does not make it one of pytest's tests


def activity(where, mode):
    """True, False or None of what a user may write for it, or a sentence."""
    if mode is None or (isinstance(mode, str) and mode == "auto"):
        return None
    if isinstance(mode, bool | np.bool):
        return bool(mode)
    raise ValueError(
        f"{where} was given {mode!r}, and there are three modes: True, False, and "
        f'"auto" (or None), which is training mode inside gradient and test mode '
        f"elsewhere."
    )


def _set(model, active):
    if is_object(model) and hasattr(model, "active"):
        model.active = active
    for child in children(model).values():
        _set(child, active)
    return model
