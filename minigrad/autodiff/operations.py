"""What a function may be on a tape: the kinds of entries of the registry."""

from dis import get_instructions
from inspect import CO_VARARGS, CO_VARKEYWORDS, Parameter, signature
from types import FunctionType

import numpy as np


class Operation:
    """A function together with its vjps, as it appears on a tape.

    Attributes:
        function: what is called, for instance `np.multiply`.
        vjps: one per positional argument; None where there is no derivative.
        broadcasts: whether NumPy broadcasts the arguments against each other, so
            that a gradient must be summed back to its argument's shape.
        keywords: the keyword arguments that the vjps take; None for any.
        ignored: keyword arguments that the vjps need not know about.
        out: the position of an argument `out` among the positional ones, or None.
        output: which of several results it stands for, or None.
        arity: how many arguments there are, if every one has a vjp; else None.
        together: computes all gradients at once, `(wanted, g, ans, *args)`, or None.
        uses: what each vjp looks at: positions in `(ans, *args)`, or None for all.
    """

    __slots__ = (
        "arity",
        "broadcasts",
        "function",
        "ignored",
        "keywords",
        "out",
        "output",
        "together",
        "uses",
        "vjps",
    )

    def __init__(self, function, vjps, broadcasts=False, ignored=frozenset()):
        if len(vjps) == 1 and isinstance(vjps[0], Each):
            vjps = vjps[0]
        self.function = function
        self.vjps = vjps
        self.broadcasts = broadcasts
        self.ignored = ignored
        self.output = self.together = None
        several = isinstance(vjps, Each) or None in vjps
        self.arity = None if several else len(vjps)

    def __getattr__(self, name):
        """What takes a moment to find out waits, in hundreds of vjps, for its use."""
        if name not in ("keywords", "out", "uses"):
            raise AttributeError(f"an Operation has no attribute {name!r}")
        each = isinstance(self.vjps, Each)
        if name == "uses":
            self.uses = [] if each else [_used(vjp) for vjp in self.vjps]
        else:
            vjps = [self.vjps.vjp] if each else filter(None, self.vjps)
            known = list(map(_keywords, vjps))
            self.keywords = None if None in known else frozenset().union(*known)
            first = (known and known[0]) or ()
            self.out = first.index("out") if "out" in first else None
        return getattr(self, name)

    @property
    def name(self):
        """The full name, `numpy.linalg.norm`, under which a reader finds it."""
        name = full_name(self.function)
        return f"{name}.{self.output}" if self.output else name

    def __repr__(self):
        return f"Operation({self.name})"


class Outputs:
    """A function that returns several arrays: an `Operation` for each, or None."""

    __slots__ = ("operations",)
    arity = None

    def __init__(self, operations):
        self.operations = operations


class Composite:
    """A function that is rewritten in terms of operations that have vjps.

    Attributes:
        rewritten: what is called in its place.
        out: the position of an argument `out` among the positional ones, or None.
        keywords: the keyword arguments that it takes; None for any.
    """

    __slots__ = ("keywords", "out", "rewritten")
    arity = None

    def __init__(self, rewritten):
        parameters = signature(rewritten).parameters
        names = list(parameters)
        self.rewritten = rewritten
        self.out = names.index("out") if "out" in names else None
        kinds = [parameter.kind for parameter in parameters.values()]
        self.keywords = None if Parameter.VAR_KEYWORD in kinds else frozenset(names)


class Refused(Composite):
    """A function that cannot be differentiated, and says why when it is called."""

    __slots__ = ()


class Constant:
    """A function whose derivative is zero wherever there is one."""

    __slots__ = ()
    arity = None


class Each:
    """One vjp for every argument of a function that takes any number of them.

    It is called as `vjp(g, ans, position, *args, **kwargs)`.
    """

    __slots__ = ("vjp",)

    def __init__(self, vjp):
        self.vjp = vjp

    def __getitem__(self, position):
        return lambda g, ans, *args, **kwargs: self.vjp(
            g, ans, position, *args, **kwargs
        )


# --- What is known about a vjp --------------------------------------------------


def _keywords(vjp):
    """The names of the arguments behind `(g, ans)`, or None if it takes any."""
    parameters = list(signature(vjp).parameters.values())[2:]
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return tuple(parameter.name for parameter in parameters)


def _used(vjp):
    """Which of `(ans, *args)` the code of a vjp mentions; None if it takes any."""
    code = vjp.__code__ if isinstance(vjp, FunctionType) else None
    if code is None or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS):
        return None
    mentioned = {name for step in get_instructions(code) for name in _names(step)}
    names = code.co_varnames[1 : code.co_argcount]
    return {position for position, name in enumerate(names) if name in mentioned}


def _names(step):
    return step.argval if isinstance(step.argval, tuple) else (step.argval,)


def short_name(function):
    """The name for reports: ours without their module."""
    name = full_name(function)
    return name.rpartition(".")[2] if name.startswith("minigrad.") else name


def full_name(function):
    """The name of a function with its module: `numpy.linalg.inv`.

    >>> import numpy as np
    >>> full_name(np.linalg.inv), full_name(np.add)
    ('numpy.linalg.inv', 'numpy.add')
    """
    name = getattr(function, "__name__", repr(function))
    module = getattr(function, "__module__", None)
    if module is None:  # a ufunc, which may be NumPy's or somebody else's
        module = "numpy" if getattr(np, name, None) is function else ""
    return f"{module}.{name}" if module else name
