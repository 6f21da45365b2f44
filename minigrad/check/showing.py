"""How a check writes down what was called with what, and what came back."""

import numpy as np

from ..functors import children, is_leaf, is_object

FEW = 12
"""Arrays of so many numbers are written out."""


def shown(x):
    """A value, as short text: short arrays in full, long ones by shape and dtype.

    >>> shown(2.0), shown(np.sin), shown([1, None])
    ('2.0', 'sin', '[1, None]')
    >>> shown(np.ones((2, 2), np.float32))
    'np.array([[1., 1.], [1., 1.]], float32)'
    >>> shown(np.zeros((3, 5)))
    'an array of shape (3, 5), float64'
    """
    if isinstance(x, np.ndarray):
        return _array(x)
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float):
        return _number(x, 10, ".0")
    if isinstance(x, complex):
        return f"{x:.10g}"
    if isinstance(x, type) or (callable(x) and is_leaf(x)):
        return getattr(x, "__name__", None) or repr(x)
    if isinstance(x, dict):
        return f"{{{', '.join(f'{k!r}: {shown(v)}' for k, v in x.items())}}}"
    if isinstance(x, tuple | list) and not hasattr(x, "_fields"):
        inner = ", ".join(map(shown, x))
        if isinstance(x, list):
            return f"[{inner}]"
        return f"({inner}{',' * (len(x) == 1)})"
    if is_object(x) and not is_leaf(x):
        inner = ", ".join(f"{k}={shown(v)}" for k, v in children(x).items())
        return f"{type(x).__name__}({inner})"
    text = repr(x)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _array(x):
    if x.size > FEW or x.dtype.kind not in "fiubc":
        return f"an array of shape {x.shape}, {x.dtype}"
    formatter = {"float": lambda v: _number(v, 6, ".")}
    numbers = np.array2string(
        x, separator=", ", max_line_width=10_000, formatter=formatter
    )
    numbers = " ".join(numbers.split())
    is_usual = x.dtype in (np.float64, np.int64)
    return f"np.array({numbers}{'' if is_usual else f', {x.dtype}'})"


def _number(x, digits, point):
    """A float that one can tell from an integer."""
    text = f"{x:.{digits}g}"
    return text + point if text.lstrip("-").isdigit() else text


def call_text(f, args, kwargs=None):
    """A call, as text.

    >>> call_text(np.hypot, (3.0, 4.0))
    'hypot(3.0, 4.0)'
    """
    named = (f"{name}={shown(x)}" for name, x in (kwargs or {}).items())
    return f"{name_of(f)}({', '.join([*map(shown, args), *named])})"


def name_of(f):
    """The name of a function or class; of anything else, its type's."""
    return getattr(f, "__qualname__", "").rpartition(".<locals>.")[2] or (
        getattr(f, "__name__", None) or type(f).__name__
    )
