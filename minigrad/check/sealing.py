"""Short answers, kept so that reading them here gives nothing away.

A seal is a salted hash of the answer, rounded to a number of digits: what is rounded
alike has the same seal.
"""

import hashlib
from numbers import Real

import numpy as np

from .showing import shown
from .states import DTYPE, VALUE, Finding

ROUNDS = 20_000
"""How often the hash is repeated, so that trying all answers takes a while."""


def seal(exercise, answer, digits=None):
    """The seal of an answer.

    Args:
        exercise: its number: equal answers to two exercises have unequal seals.
        answer: a number; or a word, of which spaces and capitals do not matter.
        digits: how many significant digits of a number count; None for all, as of
            whole numbers.

    Returns:
        16 hexadecimal digits.

    >>> seal("01.3", 3.14159, 3) == seal("01.3", 3.1416, 3) != seal("01.4", 3.14159, 3)
    True
    >>> seal("01.3", " Left") == seal("01.3", "left")
    True
    """
    text, salt = normal_form(answer, digits), exercise.encode()
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt, ROUNDS, 8).hex()


def normal_form(answer, digits=None):
    """An answer as text, the same for all ways of writing it.

    >>> [normal_form(x) for x in (5.0, -0.0, 0.1, " A")], normal_form(1234.5, 3)
    (['5', '0', '0.1', 'a'], '1.23e+03')
    """
    if isinstance(answer, str):
        return "".join(answer.lower().split())
    number = float(answer)
    if number == 0:
        return "0"
    if digits is not None:
        return f"{number:.{digits - 1}e}"
    return str(int(number)) if number.is_integer() else repr(number)


def is_sealed(exercise, answer, right, digits=None):
    """Whether the seal of an answer is `right`; for arguments as of `seal`."""
    return seal(exercise, answer, digits) == right


def check_sealed(exercise, answer, right, digits=None, known=()):
    """Raise a `Finding` unless the seal of an answer is `right`.

    Args:
        exercise: its number.
        answer: a student's.
        right: the seal of the right answer.
        digits: as in `seal`.
        known: from the seals of typical wrong answers to what to say of them.
    """
    if isinstance(answer, np.ndarray | np.generic) and answer.size == 1:
        answer = answer.item()
    if not isinstance(answer, Real | str):
        raise Finding(
            DTYPE, f"The answer is one number or word, and not {shown(answer)}."
        )
    found = seal(exercise, answer, digits)
    if found != right:
        said = dict(known).get(found, "")
        raise Finding(VALUE, f"It is not {shown(answer)}. {said}".rstrip())
