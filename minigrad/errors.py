"""The few errors that are minigrad's own.

Each is also the Python error that a reader would expect (`ValueError`,
`TypeError`), so `except ValueError` keeps working. Their messages say what was
given, what is needed, and what to write instead.
"""

from contextlib import contextmanager


def described(x):
    """How messages call `x`: by its type, with an article.

    >>> described(3), described(None), described(dict)
    ('an int', 'None', 'the class dict')
    """
    if x is None:
        return "None"
    if isinstance(x, type):
        return f"the class {x.__name__}"
    name = type(x).__name__
    vowel = name[0].lower() in "aeio" or name == "ndarray"  # said "an en-dee-array"
    return f"{'an' if vowel else 'a'} {name}"


def refuse_foreign(*given):
    """Refuse objects of another style, each of which says what to write `__instead__`.

    >>> class Notes:
    ...     __instead__ = "Write them down."
    >>> refuse_foreign(1.0, Notes())
    Traceback (most recent call last):
        ...
    TypeError: Write them down.
    """
    for x in given:
        if hasattr(type(x), "__instead__"):
            raise TypeError(type(x).__instead__)


@contextmanager
def importing(library, why, extra, instead=""):
    """Within it a library is imported; if it is missing, it is said how to get it.

    Args:
        library: its name.
        why: the beginning of the sentence: what needs it.
        extra: the name of the project's extra that it belongs to.
        instead: the end of the sentence: what can be done without it.

    Raises:
        ModuleNotFoundError: it is not installed.

    >>> with importing("nosuch", "Dreams need nosuch", "night"):
    ...     import nosuch
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: Dreams need nosuch, which is not installed. Write pip install
    nosuch, or pip install -e '.[night]' in the project.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{why}, which is not installed. Write pip install {library}, or "
            f"pip install -e '.[{extra}]' in the project{instead}."
        ) from error


class DomainError(ValueError):
    """A number left the domain of a function: a loss that is NaN or infinite.

    Training stops *before* the update that would have spoilt the model.

    >>> issubclass(DomainError, ValueError)
    True
    """


class ShapeError(ValueError):
    """Two shapes, or two structures, that should fit each other do not.

    A layer raises it about itself; the containers that it passes on its way up
    put the place in front of it (`at`), so the message reads
    `layers[1] Dense(64 => 10) expects ...`.

    >>> raise ShapeError("Dense(64 => 10) expects 64 features").at("layers[1]")
    Traceback (most recent call last):
        ...
    minigrad.errors.ShapeError: layers[1] Dense(64 => 10) expects 64 features
    """

    def __init__(self, message):
        super().__init__(message)
        self.place = ""

    def at(self, place):
        """This error, with `place` (where in the model) in front of its place."""
        joint = "" if not self.place or self.place.startswith("[") else "."
        self.place = f"{place}{joint}{self.place}" if self.place else place
        return self

    def __str__(self):
        message = super().__str__()
        return f"{self.place} {message}" if self.place else message


class MutabilityError(TypeError):
    """Something would have to be changed in place that cannot, or must not, be.

    >>> issubclass(MutabilityError, TypeError)
    True
    """


class NoGradientError(TypeError):
    """A function, or a way of calling it, has no derivative on the tape.

    >>> issubclass(NoGradientError, TypeError)
    True
    """


class FileError(ValueError):
    """A file is damaged, foreign, or holds what cannot be made from a file.

    Nothing of it has been executed, and nothing has been changed by it. (A file that
    is not there, or must not be read, is the `OSError` that Python has for it.)

    >>> issubclass(FileError, ValueError)
    True
    """
