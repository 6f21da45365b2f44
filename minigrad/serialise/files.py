"""Saving and loading: models, state trees, generators, and what belongs to them."""

import os
import warnings
from pathlib import Path

from ..duplicated import model_of
from ..errors import FileError, described
from ..functors import is_leaf
from ..marking import check_name
from ..optimise.contract import is_rule
from ..optimise.numbers import Numbered
from ..twin import is_layer
from ..walks import KeyPath
from . import npz, tensors
from .coding import encode
from .decoding import decode, with_leaves
from .resuming import Resuming
from .writing import write

FORMATS = {".npz": npz, ".safetensors": tensors}


def save(path, *unnamed, **things):
    """Write models, state trees, generators and numbers into one file.

        save("run.npz", model=model, opt_state=opt_state, rng=rng, epoch=3)

    Arrays are saved by their place in the tree, with dtype, order and ties: what is
    the same array in two places, perhaps transposed, will be again. So are numbers,
    strings, None, minigrad's rules and schedules, and the generators that layers draw
    from. Of an object its children are saved (its fields, or those that are named in
    `@functor(children=...)`), not its class: `load_into_` needs a model that is built
    in the same way. Functions are not saved, and nothing is pickled.

    The same things make the same bytes. They are written to another file first, so
    that a crash, or a full disk, leaves an old file of this name whole.

    Args:
        path: ends in `.npz`, or in `.safetensors` for the format of that library,
            which has no complex128 and no strings.
        *unnamed: nothing; everything has a name.
        **things: trees, by names of your choice: `model=`, `opt_state=`, `rng=`.

    Raises:
        TypeError: there is something that cannot be saved; the message says where. Or
            something has no name.
        ValueError: the path ends in something else; a tree contains itself.
        ModuleNotFoundError: the library safetensors is not installed.
        OSError: the file cannot be written.

    Warns when an object that is not marked with `@functor` holds float arrays.

    >>> import numpy as np
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/run.npz", model={"x": np.ones(2), "f": np.sin}, epoch=3)
    ...     load(f"{folder}/run.npz")
    {'model': {'x': array([1., 1.]), 'f': ()}, 'epoch': 3}
    """
    path = _path(path, "save('model.npz', model=model)")
    kind = os.path.splitext(path)[1].lower()
    if kind not in FORMATS:
        raise ValueError(
            f"save: the name of the file, {path!r}, says its format by its end: .npz, "
            f"or .safetensors. Write save('model.npz', model=model)."
        )
    if unnamed:
        raise TypeError(
            f"save was given {described(unnamed[0])} without a name, under which load "
            f"would find it. Write save({path!r}, model=model)."
        )
    for name, x in things.items():
        check_name(name, f"save({name}=...)")
        _check_thing(name, x)
    if not things:
        raise TypeError(
            "save was given nothing to save. Write save(path, model=model, "
            "opt_state=opt_state)."
        )
    write(path, FORMATS[kind].dump(*encode(things)))


def _path(path, example):
    """The path of a file as text."""
    try:
        return os.fsdecode(path)
    except TypeError:
        raise TypeError(
            f"The path of a file is a string, and {described(path)} was given. Write "
            f"{example}."
        ) from None


def _check_thing(name, x):
    """Refuse what nothing would be saved of."""
    if not callable(x) or not is_leaf(x) or is_rule(x) or isinstance(x, Numbered):
        return
    hint = "Save the models and arrays that it works with"
    if is_layer(x):
        hint = f"Write @functor above class {type(x).__name__}"
    raise TypeError(
        f"save({name}=...) was given {described(x)}, and nothing of it can be saved. "
        f"{hint}."
    )


def load(path):
    """What is in a file that `save` has written.

    Args:
        path: of the file; its format is seen from its content.

    Returns:
        A dict from names to trees. Tuples, lists and dicts are what they were;
        objects are named tuples of their fields, and what is no number in them, as a
        function, is `()`. So a model is what `state(model)` gives, to be loaded into
        one by `loadmodel_(model, load(path)["model"])`. State trees, rules, schedules
        and generators are themselves again. (A generator draws what it would have
        drawn; its `spawn` begins anew.)

    Raises:
        FileError: the file is damaged or not one of `save`; it is of a newer minigrad;
            or it has a rule that is not minigrad's: then see `load_into_`.
        OSError: there is no such file.
        TypeError: that is no path.

    It may come from anywhere: nothing in it is executed, and it takes memory in
    proportion to its size.

    >>> import numpy as np
    >>> from tempfile import TemporaryDirectory
    >>> from minigrad import Dense, tanh
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/run.npz", model=Dense(np.ones((1, 2)), False, tanh))
    ...     load(f"{folder}/run.npz")["model"]
    (weight=array([[1., 1.]]), bias=False, act=())
    """
    path = _path(path, "load('model.npz')")
    return read(path, lambda things: with_leaves(things, {}))


def load_into_(model, path, **more):
    """Put what is in a file into a model, in place, and into what belongs to it.

        load_into_(model, "run.npz", opt_state=opt_state, rng=rng)

    Training then goes on as if it had never stopped, number for number. Arrays are
    copied; each `Leaf` gets the rule, the memory and the freezing of the file; each
    generator its state. Settings, as the `p` of Dropout, stay those of the model.

    Everything is compared before anything is changed, so nothing is ever half-loaded.
    What a user has written, a rule or a schedule, is taken from the state tree, with
    the numbers of the file.

    Args:
        model: a model, built like the one that was saved as `model=`; or None.
        path: of the file.
        **more: what else to load into, by the names that `save` was given.

    Returns:
        The model.

    Raises:
        ShapeError: something does not fit; lists all that is missing, of another
            shape or dtype, or too much.
        FileError: as `load`; also if there is nothing of such a name in it.
        MutabilityError: an array is read-only.
        TypeError: there is nothing to load into, or nothing but a number.

    Warns when a setting is another one than in the file, and when what is the same
    array or generator in two places there is not so here.

    >>> import numpy as np
    >>> from tempfile import TemporaryDirectory
    >>> model, rng = {"x": np.zeros(2)}, np.random.default_rng(0)
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/run.npz", model={"x": np.ones(2)}, rng=rng)
    ...     load_into_(model, f"{folder}/run.npz", rng=rng)
    {'x': array([1., 1.])}
    """
    path = _path(path, "load_into_(model, 'model.npz')")
    targets = more if model is None else {"model": model} | more
    if not targets:
        raise TypeError(
            "load_into_ was given nothing to load into. Write load_into_(model, path), "
            "or load_into_(None, path, opt_state=opt_state)."
        )
    matching = _matched(path, read(path), targets)
    matching.check(f"{path} does not fit", "Nothing was loaded.")
    if matching.settings:
        warnings.warn(
            f"Settings are not loaded. In {path}: {'; '.join(matching.settings[:8])}.",
            stacklevel=2,
        )
    matching.carry_out()
    return model


def _matched(path, things, targets):
    matching = Resuming()
    for name, x in targets.items():
        if name not in things:
            raise FileError(f"{path} holds no {name}, but {', '.join(things)}.")
        x = model_of(x)
        if is_leaf(x) and not matching.takes(x):
            raise TypeError(
                f"load_into_({name}=...) changes something in place, which "
                f"{described(x)} does not allow. Write {name} = load(path)[{name!r}]."
            )
        matching.match(x, things[name], KeyPath((name,)))
    return matching


def read(path, finish=lambda things: things):
    """What is in a file, by name, finished; with one error for all that is wrong.

    Broken bytes make the libraries that read them raise anything at all.

    Args:
        path: of the file.
        finish: makes of the things what is asked for. As they are, `Stored` stands for
            leaves of state trees, so that rules of users need not be known.

    Raises:
        FileError: something is wrong with the file.
        OSError: there is no such file.
    """
    content = _content(path)
    try:
        return finish(_parsed(content))
    except ModuleNotFoundError:
        raise
    except FileError as error:
        problem, cause = str(error), None
    except Exception as error:
        problem, cause = f"it is damaged. ({type(error).__name__}: {error})", error
    raise FileError(f"{path} cannot be loaded: {problem}") from cause


def _content(path):
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        for end in FORMATS:
            if os.path.exists(path + end):
                error.add_note(f"There is a file {path + end!r}.")
        raise


def _parsed(content):
    if content.startswith(npz.START):
        return decode(*npz.parse(content))
    if tensors.is_like(content):
        return decode(*tensors.parse(content))
    raise FileError("it is neither .npz nor .safetensors.")
