"""Whether two trees fit each other, and copying one into the other if they do.

Everything is looked at before anything is changed, so nothing is ever half-loaded.
"""

from os import PathLike

import numpy as np

from ..arrays import memory_owner, plain
from ..duplicated import model_of
from ..errors import MutabilityError, ShapeError
from ..functors import children, is_leaf
from ..sharing import Parameters
from ..walks import KeyPath

LISTED = 8
"""How many places of one kind a message lists."""


def loadmodel_(dst, src):
    """Copy the arrays of a model into another one of the same structure.

    All arrays are copied, whether they are trained or not. Everything else (numbers,
    activation functions) stays as it is in `dst`. A layer without a bias has `False`
    in its place: it takes zeros from a layer with one, and gives zeros to it.

    Args:
        dst: a model; its arrays change.
        src: another model of this structure, a `state` of one, or what `load` has
            made of it. For a part, give parts: `loadmodel_(dst[0], src.layers[0])`.

    Returns:
        `dst`.

    Raises:
        ShapeError: they do not fit; it lists what is missing in `src`, what is there
            and not in `dst`, and what is different. Nothing is copied then.
        MutabilityError: an array of `dst` is read-only.
        TypeError: `src` is the path of a file.

    Source: `loadmodel!` of Flux, `load_state_dict` of PyTorch.

    >>> dst, src = {"w": np.zeros(2), "b": False}, {"w": np.ones(2), "b": np.zeros(1)}
    >>> loadmodel_(dst, src)
    {'w': array([1., 1.]), 'b': False}
    >>> loadmodel_(dst, {"w": np.ones(3), "c": np.ones(3)})
    Traceback (most recent call last):
        ...
    minigrad.errors.ShapeError: loadmodel_(dst, src): src does not fit dst:
      different: w is (3,) in src and (2,) in dst
      in src, and not in dst: c
    Nothing was copied.
    """
    if isinstance(src, str | bytes | PathLike):
        raise TypeError(
            f"loadmodel_(dst, src) copies from another model, and was given {src!r}. "
            f"From a file, write load_into_(model, {src!r})."
        )
    matching = _matched(model_of(dst), model_of(src))
    if list(matching.problems()):
        end = f"Nothing was copied.{_near(model_of(dst), model_of(src))}"
        matching.check("loadmodel_(dst, src): src does not fit dst", end)
    matching.carry_out()
    return dst


def _matched(dst, src):
    matching = Matching()
    matching.match(dst, src, KeyPath())
    return matching


def _near(dst, src):
    """A sentence, if a part of one fits the other: it was probably meant."""
    pairs = [
        *((dst, part, "dst", f"src{_after(key, src)}") for key, part in _parts(src)),
        *((part, src, f"dst{_after(key, dst)}", "src") for key, part in _parts(dst)),
    ]
    for one, other, left, right in pairs:
        matching = _matched(one, other)
        if matching.copies and not list(matching.problems()):
            return f" But {left} and {right} fit: loadmodel_({left}, {right})."
    return ""


def _parts(x):
    return [(key, part) for key, part in children(x).items() if not is_leaf(part)]


def _after(key, x):
    """A key, as it is written after the name of `x` to reach what is there."""
    return f"[{key!r}]" if isinstance(x, dict | list) or type(key) is int else f".{key}"


class Matching:
    """Two trees, compared place by place.

    Attributes:
        copies: `(array of dst, array of src, place)` for each array.
        missing, extra, other: places that do not fit, as text.
        here, there: what `dst` and `src` are called.
    """

    here, there = "dst", "src"

    def __init__(self):
        self.copies, self.missing, self.extra, self.other = [], [], [], []
        self._known = Parameters()  # arrays of dst, with what is copied into them

    def parts(self, x):
        """The children of a node."""
        return children(x)

    def match(self, dst, src, path):
        """Note what is to be copied from `src` into `dst`, and what does not fit."""
        if is_leaf(dst) or is_leaf(src):
            self.match_leaves(dst, src, path)
            return
        mine, theirs = self.parts(dst), self.parts(src)
        for key, part in mine.items():
            if key in theirs:
                self.match(part, theirs[key], path / key)
            else:
                self.lacking(part, path / key, self.missing)
        for key, part in theirs.items():
            if key not in mine:
                self.lacking(part, path / key, self.extra)

    def match_leaves(self, dst, src, path):
        """The same where one of them has no parts."""
        if plain(dst) is not dst:
            raise MutabilityError(
                "Inside gradient a function has a copy of the model, which cannot be "
                "loaded into. Load before."
            )
        src = plain(src)
        is_array = isinstance(src, np.ndarray)
        if isinstance(dst, np.ndarray) and (is_array or src is False):
            self._match_arrays(dst, src, path)
        elif dst is False and is_array:
            if src.any():
                self.other.append(
                    f"{path.place} is not zero in {self.there}, and switched off "
                    f"(False) in {self.here}"
                )
        else:
            self.lacking(dst, path, self.missing)
            self.lacking(src, path, self.extra)

    def counts(self, x):
        """Whether a leaf is something that must be on both sides."""
        return isinstance(plain(x), np.ndarray)

    def lacking(self, x, path, places):
        """Add the places in a tree that is on one side only."""
        if is_leaf(x):
            if self.counts(x):
                places.append(path.place)
        else:
            for key, part in self.parts(x).items():
                self.lacking(part, path / key, places)

    def fits(self, dst, src):
        """Whether numbers of one dtype may be copied into another."""
        return np.can_cast(src.dtype, dst.dtype, "same_kind")

    def _match_arrays(self, dst, src, path):
        if src is False:
            src = np.broadcast_to(np.zeros((), dst.dtype), dst.shape)
        if not dst.flags.writeable:
            raise MutabilityError(
                f"The array at {path.place} is read-only, so nothing can be loaded "
                f"into it. Put a copy in its place: x.copy()."
            )
        found = self._known.find(dst)
        for what, a, b, fits in (
            ("", src.shape, dst.shape, src.shape == dst.shape),
            ("of dtype ", src.dtype, dst.dtype, self.fits(dst, src)),
        ):
            if not fits:
                self.other.append(
                    f"{path.place} is {what}{a} in {self.there} and {what}{b} in "
                    f"{self.here}"
                )
                return
        if found is None:
            self._known.add(dst, src)
            self.copies.append((dst, src, path))
        elif not _same(found[0].transpose(found[1]), src):
            self.other.append(
                f"{path.place} is shared with another place in {self.here}, and they "
                f"differ in {self.there}"
            )

    def problems(self):
        """Everything that does not fit, as lines of a message."""
        for title, places in (
            (f"missing in {self.there}", self.missing),
            ("different", self.other),
            (f"in {self.there}, and not in {self.here}", self.extra),
        ):
            if places:
                more = len(places) - LISTED
                tail = f", and {more} more" if more > 0 else ""
                yield f"  {title}: {', '.join(places[:LISTED])}{tail}"

    def check(self, start, end):
        """Refuse to go on if something does not fit."""
        lines = list(self.problems())
        if lines:
            raise ShapeError("\n".join([f"{start}:", *lines, end]))

    def carry_out(self):
        """Copy."""
        changing = {id(memory_owner(dst)) for dst, *_ in self.copies}
        pairs = [
            (dst, src.copy() if id(memory_owner(src)) in changing else src)
            for dst, src, _ in self.copies
        ]
        for dst, src in pairs:
            dst[...] = src


def _same(x, y):
    return x is y or np.array_equal(x, y, equal_nan=x.dtype.kind in "fc")
