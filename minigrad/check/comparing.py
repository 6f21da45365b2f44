"""Comparing a student's result with the right one, layer by layer.

What is said about a wrong result never contains the right one: it names the call,
what came back, and the mistake that this looks like.
"""

import numpy as np

from .showing import shown
from .states import ALMOST, DTYPE, SHAPE, VALUE, Finding

NEARLY = 1e-3
"""Results with a relative error below this are called almost right."""


def matches(got, expected, *, rtol=1e-9, atol=0.0, suspects=(), about_shape="",
            check_dtype=True):  # fmt: skip
    """Raise a `Finding` unless an attempt returned what is expected.

    Args:
        got: an `Attempt`.
        expected: a number, an array, or a tuple, list or dict of them; None fits None.
        rtol: the largest error, relative to the largest number of `expected`.
        atol: the same, absolute.
        suspects: pairs (wrong result, sentence): what a typical mistake returns for
            the same arguments, and how to speak of it.
        about_shape: a sentence for a wrong shape.
        check_dtype: whether floats must have the dtype of `expected`.

    >>> from minigrad.check.calling import Attempt
    >>> matches(Attempt("f(2.0)", 4.1), 4.0, suspects=[(4.1, "That is f(2.05).")])
    Traceback (most recent call last):
        ...
    minigrad.check.states.Finding: value: `f(2.0)` returned 4.1. That is f(2.05).
    """
    if isinstance(expected, tuple | list | dict):
        _check_container(got, expected)
        keys = expected if isinstance(expected, dict) else range(len(expected))
        whole = [one for one in suspects if _is_like(got.value, one[0], keys)]
        suspects = whole[:1] or suspects
        for key in keys:
            parts = [(wrong[key], said) for wrong, said in suspects]
            matches(got.part(key), expected[key], rtol=rtol, atol=atol, suspects=parts,
                    about_shape=about_shape, check_dtype=check_dtype)  # fmt: skip
        return
    if expected is None or got.value is None:
        if got.value is not expected:
            raise Finding(VALUE, f"`{got.text}` is {shown(got.value)}.")
        return
    _check_kind(got)
    _check_shape(got, expected, suspects, about_shape)
    if check_dtype:
        _check_dtype(got, expected)
    _check_value(got, expected, rtol, atol, suspects)


def _check_container(got, expected):
    kind, n = type(expected).__name__, len(expected)
    if isinstance(expected, dict):
        if not isinstance(got.value, dict) or got.value.keys() != expected.keys():
            raise Finding(
                SHAPE,
                f"`{got.text}` is {shown(got.value)}, and should be a dict with the "
                f"keys {', '.join(map(repr, expected))}.",
            )
    elif not isinstance(got.value, tuple | list) or len(got.value) != n:
        raise Finding(
            SHAPE,
            f"`{got.text}` is {shown(got.value)}, and should be a {kind} of {n}.",
        )


def _check_kind(got):
    array = got.value
    if isinstance(array, tuple | dict):
        raise Finding(
            SHAPE,
            f"`{got.text}` is {shown(array)}: {len(array)} things, and should be one.",
        )
    if not isinstance(array, np.ndarray | np.generic | float | int | complex | list):
        raise Finding(VALUE, f"`{got.text}` is {shown(array)}, and should be numbers.")
    if np.asarray(array).dtype.kind not in "fiubc":
        raise Finding(VALUE, f"`{got.text}` is {shown(array)}, and should be numbers.")


def _check_shape(got, expected, suspects, about_shape):
    if np.shape(got.value) == np.shape(expected):
        return
    said = _suspicion(got.value, suspects) or about_shape
    raise Finding(
        SHAPE,
        f"`{got.text}` has shape {np.shape(got.value)}, which is not the right one. "
        f"{said}".rstrip(),
    )


def _check_dtype(got, expected):
    found, wanted = np.asarray(got.value).dtype, np.asarray(expected).dtype
    if isinstance(got.value, int | float) and wanted.kind == "f":
        return  # Python's numbers take the dtype of what they meet
    if found != wanted and not {found.kind, wanted.kind} <= set("iub"):
        raise Finding(
            DTYPE,
            f"`{got.text}` has dtype {found}. The result should keep the dtype of the "
            f"arguments: look for numbers or arrays of another dtype on the way.",
        )


def _check_value(got, expected, rtol, atol, suspects):
    value, expected = np.asarray(got.value), np.asarray(expected)
    error = relative_error(value, expected, atol)
    if error <= rtol:
        return
    said = _suspicion(value, suspects) or looks_like(value, expected)
    state = ALMOST if error < max(NEARLY, 10 * rtol) else VALUE
    if state == ALMOST and not said:
        said = "The numbers are nearly right: something small is missing."
    raise Finding(state, f"`{got.text}` returned {shown(got.value)}. {said}".rstrip())


def relative_error(value, expected, atol=0.0):
    """The largest error, relative to the largest number that is expected."""
    if not np.size(expected):
        return 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        same = (value == expected) | (np.isnan(value) & np.isnan(expected))
        errors = np.where(same, 0.0, np.abs(value - expected))
    worst = float(np.max(errors))
    if not np.isfinite(worst):
        return np.inf
    finite = np.abs(expected)[np.isfinite(expected)]
    size = float(np.max(finite, initial=0.0))
    return max(worst - atol, 0.0) / (size or 1.0)


def _suspicion(value, suspects):
    """The sentence about the first mistake that returns the same."""
    for wrong, said in suspects:
        if np.shape(wrong) != np.shape(value):
            continue
        if relative_error(np.asarray(value), np.asarray(wrong)) < 1e-6:
            return said
    return ""


def _is_like(value, wrong, keys):
    """Whether all entries of a container are those of a known mistake."""
    return all(
        value[key] is wrong[key] or _suspicion(value[key], [(wrong[key], "the same")])
        for key in keys
    )


def looks_like(value, expected):
    """What a wrong array has to do with the right one, without telling either."""
    if not np.isfinite(value).all() and np.isfinite(expected).all():
        return "It holds NaN or infinity: a division by 0, or an overflow?"
    if value.ndim == 2 and value.T.shape == value.shape and _near(value.T, expected):
        return "It is the transpose of what it should be."
    if _near(-value, expected):
        return "All signs are the wrong way round."
    if value.size > 1 and not value.any():
        return "Nothing arrived: all numbers are 0."
    wrong = ~np.isclose(value, expected, rtol=1e-6, atol=0)
    if value.size > 1 and np.all(value[expected == 0] == 0):
        ratio = value[expected != 0] / expected[expected != 0]
        if ratio.size > 1 and np.allclose(ratio, ratio[0]) and wrong.any():
            return "Every number is wrong by the same factor."
    if value.size > 1 and wrong.any() and not wrong.all():
        place = ", ".join(str(int(k)) for k in np.argwhere(wrong)[0])
        count = "One" if wrong.sum() == 1 else str(wrong.sum())
        return f"{count} of its {wrong.size} numbers will not do: see [{place}]."
    return ""


def _near(a, b):
    return bool(np.any(b)) and np.allclose(a, b, rtol=1e-6, atol=1e-12)
