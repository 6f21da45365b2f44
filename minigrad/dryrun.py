"""Dry runs: a model is called with shapes, to see whether its layers fit each other."""

from numbers import Integral

import numpy as np

from .duplicated import model_of
from .errors import ShapeError, described
from .functors import children, is_object, rebuild
from .hollow import hollow
from .twin import DryRun, Misfit
from .walks import trainables


def outputsize(model, *input_shapes, padbatch=False):
    """The shape of what a model would return, found without computing it.

        outputsize(model, x.shape) == model(x).shape

    Args:
        model: a layer or any other function of arrays; or a tuple or list of layers,
            each fed with the output of the one before.
        *input_shapes: for each argument of the model its shape, a tuple of whole
            numbers with the batch first; or a tuple or dict of shapes for an argument
            that is a tuple or dict of arrays. These arrays are of the dtype of the
            model. For others, such as the whole numbers that an `Embedding` takes,
            give an array in the place of its shape.
        padbatch: True if the shapes are those of one sample, without the batch: an axis
            of size 1 is put in front of each.

    Returns:
        A shape, with the batch; or a tuple, list or dict of shapes for a model that
        returns several arrays.

    Raises:
        ShapeError: a layer does not fit; the message begins with its place.
        TypeError: that is no shape, or no model that can be called.

    The model stays as it is. What is called is a twin in test mode, whose arrays have a
    shape and no numbers (see `minigrad.hollow`): where it looks at numbers, it finds
    zeros. Only what a function has closed over has no twin.

    Source: `outputsize` of Flux.

    >>> from minigrad import Chain, Conv, Dense, Flatten, relu
    >>> model = Chain(Conv((5, 5), 1, 6, relu), Flatten(), Dense(3456, 10))
    >>> outputsize(model, (32, 28, 28, 1))
    (32, 10)
    >>> outputsize(model, (28, 28, 1), padbatch=True)
    (1, 10)
    >>> outputsize(model, (32, 20, 20, 1))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    minigrad.errors.ShapeError: layers[2] Dense(3456 => 10) expects 3456 features ...
    """
    return dry_run("outputsize", model, input_shapes, padbatch).output


def dry_run(who, model, input_shapes, padbatch=False):
    """The `DryRun` of a model; `who` asks for it.

    Raises:
        ShapeError, TypeError: as `outputsize`.
    """
    model = model_of(model)
    _check(who, model, input_shapes)
    dtype = next((x.dtype for x in trainables(model)), np.dtype(np.float32))
    run = lambda dtype, padbatch: DryRun(
        model, [_input(who, spec, dtype, padbatch) for spec in input_shapes]
    )
    try:
        return run(dtype, padbatch)
    except Misfit as found:
        misfit = found
    error = misfit.error(_hint(who, run, input_shapes, dtype, padbatch))
    told = isinstance(misfit.reason, ShapeError) or error is misfit.reason
    raise error from (None if told else misfit.reason)


def _check(who, model, input_shapes):
    listed = type(model) in (tuple, list) and len(model) > 0
    called = callable(model) and not isinstance(model, type)
    if not called and not (listed and all(map(callable, model))):
        example = f"{who}(model, (32, 10))"
        if isinstance(model, dict) and model:
            example = f"{who}(models[{next(iter(model))!r}], (32, 10))"
        raise TypeError(
            f"{who} calls a model with arrays, and {described(model)} cannot be called "
            f"so. Write {example}."
        )
    if not input_shapes:
        raise TypeError(
            f"{who} was given no shape. Write {who}(model, x.shape) for a batch x, or "
            f"{who}(model, (32, 10))."
        )


def _input(who, spec, dtype, padbatch):
    """The hollow array of a shape, or a tree of them."""
    lead = (1,) if padbatch else ()
    if isinstance(spec, np.ndarray):
        kept = dtype if spec.dtype.kind == "f" else spec.dtype
        return hollow(lead + spec.shape, kept)
    parts = {} if is_object(spec) else children(spec)
    whole = [isinstance(part, Integral) for part in parts.values()]
    if type(spec) in (tuple, list) and all(whole):
        if any(n < 0 for n in spec):
            raise ShapeError(f"{who} was given the shape {spec}: no size is negative.")
        return hollow((*lead, *map(int, spec)), dtype)
    if not parts or any(whole) or any(part is None for part in parts.values()):
        raise TypeError(
            f"{who} was given {spec!r} in the place of a shape, which is a tuple of "
            f"whole numbers: (32, 10) with the batch, or (10,) and padbatch=True."
        )
    new = {key: _input(who, part, dtype, padbatch) for key, part in parts.items()}
    return rebuild(spec, new)


def _hint(who, run, input_shapes, dtype, padbatch):
    """A sentence on what was meant, if the model takes that."""
    shapes = [x.shape if isinstance(x, np.ndarray) else x for x in input_shapes]
    shown = ", ".join(map(str, shapes))
    whole = ", ".join(f"np.zeros({shape}, int)" for shape in shapes)
    one = f" It fits as the shape of one sample: {who}(model, {shown}, padbatch=True)."
    numbers = (
        f" It fits whole numbers, given as an array in the place of the shape: "
        f"{who}(model, {whole})."
    )
    for sentence, *other in ((one, dtype, True), (numbers, np.dtype(int), padbatch)):
        try:
            run(*other)
        except Exception:  # not that either
            continue
        return sentence
    return ""
