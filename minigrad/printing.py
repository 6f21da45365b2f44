"""How models look: a tree with parameter counts, as text and in notebooks.

Every class marked with `@functor` prints like this, unless it has a `__repr__` of
its own: then that is its line in the tree. Arrays that stand in two places are
counted once, and the second place says where the first is.
"""

from html import escape
from typing import NamedTuple

from . import marking
from .arrays import is_parameter, plain
from .functors import children, is_leaf, is_object, trainable
from .walks import KeyPath, float_arrays

_BRACKETS = {list: "[]", tuple: "()", dict: "{}"}


class Line(NamedTuple):
    """One line of a printed model.

    Attributes:
        depth: how far it is indented.
        text: the layer, array or bracket.
        count: what it says of its parameters, or an empty string.
    """

    depth: int
    text: str
    count: str


def model_text(model):
    """The model as a tree: one line per layer, with its number of parameters.

    >>> import numpy as np
    >>> print(model_text({"scale": np.ones(3), "shift": 0.5}))
    {
      scale = float64 (3,),  # 3 parameters
      shift = 0.5,
    }                        # Total: 1 array, 3 parameters, 24 bytes
    """
    lines = _layout(model)
    texts = ["  " * line.depth + line.text for line in lines]
    width = max(map(len, texts)) + 2
    rows = (
        f"{text:<{width}}# {line.count}" if line.count else text
        for text, line in zip(texts, lines, strict=True)
    )
    return "\n".join(rows)


def model_html(model):
    """The model as an HTML table, for notebooks: layers, and what they hold."""
    rows = "".join(
        '<tr style="white-space:nowrap">'
        f'<td style="text-align:left;padding-left:{2 * line.depth + 0.5}em">'
        f"<code>{escape(line.text)}</code></td>"
        f'<td style="text-align:left">{escape(line.count)}</td></tr>'
        for line in _layout(model)
    )
    return f"<table>{rows}</table>"


marking.APPEARANCE.update(__repr__=model_text, _repr_html_=model_html)


def _layout(model):
    lines = list(_lines(model, "", 0, KeyPath(), {}))
    if len(lines) > 1:
        lines[0] = lines[0]._replace(text=lines[0].text.removesuffix(","))
        text = lines[-1].text.removesuffix(",")
        lines[-1] = lines[-1]._replace(text=text, count=_total(model))
        return lines
    return [line._replace(text=line.text.removesuffix(",")) for line in lines]


def _lines(x, label, depth, path, seen, trained=True):
    if is_leaf(x) or prints_itself(x):
        count = _count(x, path, seen) if trained else _fixed(x)
        yield Line(depth, f"{label}{_leaf_text(x)},", count)
        return
    opening, closing = _brackets(x)
    path, entries, allowed = _entries(x, path)
    if not entries:
        yield Line(depth, f"{label}{opening}{closing},", "")
        return
    yield Line(depth, label + opening, "")
    named = not all(isinstance(key, int) for key in entries)
    for key, child in entries.items():
        name = f"{key} = " if named else ""
        below = trained and key in allowed
        yield from _lines(child, name, depth + 1, path / key, seen, below)
    yield Line(depth, f"{closing},", "")


def prints_itself(x):
    """Whether an object has a `__repr__` of its own, and one that fits a line."""
    return is_object(x) and type(x).__repr__ is not model_text and "\n" not in repr(x)


def _brackets(x):
    pair = _BRACKETS.get(type(x), "()")
    name = "" if type(x) in _BRACKETS or not is_object(x) else type(x).__name__
    return name + pair[0], pair[1]


def _entries(x, path):
    """The path, the entries to print there, and which of them may be trained.

    An object that is one container (a `Chain`) shows the entries of that.
    """
    found, allowed = children(x), trainable(x)
    if is_object(x) and len(found) == 1:
        (key, only), *_ = found.items()
        if not is_leaf(only) and not is_object(only):
            return path / key, children(only), children(allowed.get(key))
    return path, found, allowed


def heading(x):
    """A part of a model in one line: itself if it fits one, or its type.

    >>> from minigrad import Chain, Dense
    >>> heading(Dense(2, 3)), heading(Chain(Dense(2, 3))), heading(len)
    ('Dense(2 => 3)', 'Chain', 'len')
    """
    return _leaf_text(x) if is_leaf(x) or prints_itself(x) else type(x).__name__


def _leaf_text(x):
    if is_parameter(x) or (hasattr(x, "dtype") and hasattr(x, "shape")):
        return f"{x.dtype} {x.shape}"
    if hasattr(x, "dtype") or not callable(x) or is_object(x):
        return repr(x)
    return getattr(x, "__name__", None) or repr(x)


def _count(x, path, seen):
    """`12 parameters`, and what is special about them."""
    trained = float_arrays({"": x})
    new = [(here, a) for here, a in trained if id(plain(a)) not in seen]
    parts = []
    if new:
        parts.append(counted(sum(a.size for _, a in new), "parameter"))
    old = [str(seen[id(plain(a))]) for _, a in trained if id(plain(a)) in seen]
    if old:
        parts.append(f"shared with {', '.join(old)}")
    fixed = sum(a.size for a in _arrays(x)) - sum(a.size for _, a in trained)
    if fixed:
        parts.append(f"plus {fixed:,} non-trainable")
    seen.update({id(plain(a)): KeyPath(path + here[1:]) for here, a in new})
    return ", ".join(parts)


def _fixed(x):
    n = sum(a.size for a in _arrays(x))
    return f"{n:,} non-trainable" if n else ""


def _arrays(x):
    """All float arrays below `x`, each once, whether trainable or not."""
    found = {}

    def visit(x):
        if is_parameter(x):
            found[id(plain(x))] = x
        for child in children(x).values():
            visit(child)

    visit(x)
    return list(found.values())


def _total(model):
    arrays = _arrays(model)
    trained = sum(a.size for _, a in float_arrays(model))
    fixed = sum(a.size for a in arrays) - trained
    parts = [counted(len(arrays), "array"), counted(trained, "parameter")]
    if fixed:
        parts.append(f"plus {fixed:,} non-trainable")
    parts.append(byte_text(sum(a.nbytes for a in arrays)))
    return f"Total: {', '.join(parts)}"


def counted(n, noun):
    """A number of things.

    >>> counted(1, "array"), counted(12_000, "parameter")
    ('1 array', '12,000 parameters')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def byte_text(n):
    """A number of bytes, in the largest unit of which there is one.

    >>> byte_text(80), byte_text(8000)
    ('80 bytes', '7.812 KiB')
    """
    for unit in ("bytes", "KiB", "MiB"):
        if n < 1024:
            return f"{n:.4g} {unit}"
        n /= 1024
    return f"{n:.4g} GiB"
