"""The seven answers of a check, in the order in which they are found.

An exercise looks at an answer layer by layer, and the first layer that does not
hold is the only one that is spoken of: whoever reads about a wrong dtype knows
that there is an answer, that it runs, and that its shape is right.
"""

STILL_MISSING = "still_missing"
ERROR = "error"
SHAPE = "shape"
DTYPE = "dtype"
VALUE = "value"
ALMOST = "almost"
CORRECT = "correct"

STATES = (STILL_MISSING, ERROR, SHAPE, DTYPE, VALUE, ALMOST, CORRECT)


class Finding(AssertionError):
    """What is the matter with an answer: raised by the test of an exercise.

    It is an AssertionError, so a test of an exercise can be called by pytest too.

    Attributes:
        state: one of `STATES`, but not `CORRECT`.
        message: sentences for the student. They name what was given and what came
            back, and never what should have come back.

    >>> raise Finding(SHAPE, "f(x) returned an array of shape (2, 3).")
    Traceback (most recent call last):
        ...
    minigrad.check.states.Finding: shape: f(x) returned an array of shape (2, 3).
    """

    def __init__(self, state, message):
        super().__init__(f"{state}: {message}")
        self.state, self.message = state, message


def require(holds, state, message):
    """Raise a `Finding` unless `holds`.

    >>> require(1 < 2, VALUE, "Numbers have lost their order.")
    """
    if not holds:
        raise Finding(state, message)
