"""Where a NaN or an infinity began: sentences about a tape."""

import numpy as np

from ..arrays import plain

LIKELY = {
    "log": "log of 0 is -Inf, and of a negative number NaN",
    "log2": "log of 0 is -Inf, and of a negative number NaN",
    "log10": "log of 0 is -Inf, and of a negative number NaN",
    "log1p": "its argument was -1 or less",
    "sqrt": "the root of a negative number is NaN, and its slope at 0 infinite",
    "power": "a negative power of 0 is infinite, and a fraction as power of a "
    "negative number gives NaN",
    "divide": "a division by 0, or by a number close to it",
    "reciprocal": "a division by 0",
    "exp": "exp of a large number overflows: above 88 in float32, 709 in float64",
    "expm1": "exp of a large number overflows: above 88 in float32, 709 in float64",
    "arccos": "its slope is infinite at -1 and 1",
    "arcsin": "its slope is infinite at -1 and 1",
    "arctanh": "it is infinite at -1 and 1",
}
"""From the last part of a function's name to what is likely to have happened."""


def is_finite(x):
    """Whether all numbers of a value are finite; whatever is no number is."""
    x = plain(x)
    if isinstance(x, tuple):
        return all(map(is_finite, x))
    if not isinstance(x, np.ndarray | np.generic | float | complex):
        return True
    return np.asarray(x).dtype.kind not in "fc" or bool(np.all(np.isfinite(x)))


def went_wrong(trace, index):
    """Whether an entry is to blame: for a NaN, or for an infinity of finite numbers.

    An infinity that goes on is none: masks are made of -Inf.
    """
    operation, ans, args, *_ = trace[index]
    if operation is None or is_finite(ans):
        return False
    return _has_nan(ans) or all(map(is_finite, args))


def _has_nan(x):
    return any(bool(np.any(np.isnan(part))) for part in _parts(plain(x)))


def first_cause(trace):
    """A sentence on the first number of a trace that is not finite, or None.

    What was made of finite numbers is to blame first, forward or backward; then what
    came in.
    """
    for index, (operation, ans, *_) in enumerate(trace):
        if went_wrong(trace, index) or (operation is None and not is_finite(ans)):
            return forward_sentence(trace, index)
    found = sender(trace, trace.gradients)
    if found is not None and all(map(is_finite, trace[found].args)):
        return backward_sentence(trace, found)
    bad = [k for k, g in sorted(trace.gradients.items()) if not is_finite(g)]
    for index, (_, ans, *_) in enumerate(trace):
        if bad and not is_finite(ans):
            return forward_sentence(trace, index)
    return next(filter(None, (cause_of_gradient(trace, k) for k in bad[::-1])), None)


def cause_of_gradient(trace, index):
    """A sentence on who made a gradient that is not finite; None for who gave it."""
    found = sender(trace, trace.gradients)
    if found is not None:
        return backward_sentence(trace, found)
    uses = [
        use
        for use, (*_, parents) in enumerate(trace)
        if index in dict(parents).values()
    ]
    if uses and all(is_finite(trace.gradients.get(use)) for use in uses):
        return (
            f"Going back, the gradient of {place(trace, index)} is not finite: its "
            f"uses send finite gradients, which are too large to be added up."
        )
    return None


def forward_sentence(trace, index):
    """On the entry of a trace whose result is the first that is not finite."""
    operation, ans, args, *_ = trace[index]
    if operation is None:
        return f"The argument {trace.name(index)} is not finite itself."
    at = place(trace, index)
    for position, x in enumerate(args):
        if not is_finite(x):
            return (
                f"It came in with the data: argument {position} of {at} holds NaN or "
                f"infinity."
            )
    return (
        f"The first operation whose result is not finite is {at}: {_counted(ans)}. "
        f"{_likely(operation)}"
    )


def backward_sentence(trace, index):
    """On the entry whose vjp made the first gradient that is not finite."""
    return (
        f"Going back, the first operation that sends a gradient which is not finite "
        f"is {place(trace, index)}. {_likely(trace[index].operation)}"
    )


def sender(trace, gradients):
    """The entry that made a gradient non-finite out of a finite one, or None.

    Args:
        trace: a tape with all its values.
        gradients: from the index of an entry to its gradient.
    """
    for index in sorted(gradients, reverse=True):
        operation, ans, args, kwargs, parents = trace[index]
        if operation is None or not is_finite(gradients[index]):
            continue
        for position, parent in parents:
            if parent in gradients and not is_finite(gradients[parent]):
                with np.errstate(all="ignore"):
                    vjp = operation.vjps[position]
                    share = vjp(gradients[index], ans, *args, **kwargs)
                if not is_finite(share):
                    return index
    return None


def place(trace, index):
    """The operation of an entry, and the line that it was called in."""
    line = trace.lines[index]
    text = f": {line.text}" if line.text else ""
    return f"{trace.name(index)} (step {index} of the tape, {line}{text})"


def _counted(x):
    """How many numbers are NaN and how many infinite."""
    x = np.concatenate([np.ravel(part) for part in _parts(plain(x))])
    nans, infinities = int(np.isnan(x).sum()), int(np.isinf(x).sum())
    counts = [(nans, "NaN"), (infinities, "Inf")]
    of = "" if x.size == 1 else f" of {x.size} numbers"
    return " and ".join(f"{n} {what}" for n, what in counts if n) + of


def _parts(x):
    return x if isinstance(x, tuple) else (x,)


def _likely(operation):
    said = LIKELY.get(operation.name.rpartition(".")[2])
    return (
        f"Likely: {said}."
        if said
        else ("Look at its arguments: large numbers, zeros; or at the learning rate.")
    )
