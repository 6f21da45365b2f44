"""Images side by side, with what they are, and what a model takes them for."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np

from ..errors import DomainError, ShapeError, described
from .classes import class_names, compared, positions, same_length
from .library import PALETTE, axes_for

RIGHT, WRONG = PALETTE[0], PALETTE[3]


def images(
    pictures, labels=None, predictions=None, *, classes=None, columns=5, ax=None
):
    """Images side by side, each with its label above it, right and wrong marked.

    Args:
        pictures: grey ones of shape (N, height, width) or (N, height, width, 1), where
            more is darker; or coloured ones (N, height, width, 3), with floats from 0
            to 1 or integers from 0 to 255. A list of N such pictures serves as well.
        labels: N labels, or any N texts, which are written above them.
        predictions: what a model says they are: N labels, or scores (N, C). Then a
            picture has a tick, or a cross and both labels.
        classes: the names of the labels, if these are numbers from 0; or all labels.
        columns: how many stand in a row.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes. They hold one image, all pictures with gaps between them: for light on
        dark write `ax.images[0].set_cmap("gray")`.

    Raises:
        ShapeError: shapes are not those; there are more labels than pictures, or less.
        ValueError: a label is not among the classes.
        DomainError: a colour is out of range.

    >>> from minigrad.datasets import digits
    >>> _, test = digits()
    >>> ax = images(test.images[:2], test.labels[:2], predictions=[test.labels[0], 3])
    >>> print(*[text.get_text() for text in ax.texts])
    ✓ 0 ✗ 3, is 2
    """
    if isinstance(columns, bool) or not isinstance(columns, Integral) or columns < 1:
        raise ValueError(
            f"images(columns={columns!r}): write how many pictures stand in a row, a "
            f"whole number from 1 on."
        )
    pictures = _checked(pictures)
    texts = _texts(pictures, labels, predictions, classes)
    ax = axes_for("images", ax)
    ax.set_axis_off()
    if not len(pictures):
        ax.text(0.5, 0.5, "no pictures", ha="center", transform=ax.transAxes)
        return ax
    height, width = pictures.shape[1:3]
    gap = max(1, height // 4)
    columns = min(columns, len(pictures))
    if texts:
        texts, size = _fitted(texts, columns)
    rows = -(-len(pictures) // columns)
    shape = rows * (height + 3 * gap), columns * (width + gap) - gap
    blank = 1.0 if pictures.ndim > 3 else np.nan
    canvas = np.full((*shape, *pictures.shape[3:]), blank)
    for i, picture in enumerate(pictures):
        top = (i // columns) * (height + 3 * gap) + 2 * gap
        left = (i % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = picture
        if texts:
            middle, (text, colour) = left + (width - 1) / 2, texts[i]
            style = dict(color=colour, size=size, ha="center", va="center")
            ax.text(middle, top - gap, text, **style)
    ax.imshow(canvas, cmap="gray_r")
    return ax


def _checked(pictures):
    """The pictures as one array: (N, height, width), or with colours from 0 to 1."""
    if not isinstance(pictures, Iterable):
        raise TypeError(
            f"images takes many pictures, an array (N, height, width) or a list, and "
            f"was given {described(pictures)}."
        )
    pictures = list(pictures)
    shapes = {np.shape(picture) for picture in pictures}
    if len(shapes) > 1:
        raise ShapeError(
            f"images: the pictures have different shapes, {sorted(shapes)}. Cut or "
            f"scale them to one, or draw them one by one."
        )
    pictures = np.asarray(pictures)
    if not len(pictures):
        return pictures
    grey = pictures[..., 0] if pictures.shape[3:] == (1,) else pictures
    if grey.ndim == 3 and 0 not in grey.shape:
        return grey
    if grey.ndim != 4 or grey.shape[3] != 3 or 0 in grey.shape:
        raise ShapeError(
            f"images takes grey pictures (N, height, width) or coloured ones (N, "
            f"height, width, 3), and was given the shape {pictures.shape}. "
            f"{_advice(pictures.shape)}"
        )
    scale = 255 if pictures.dtype.kind in "iu" else 1
    low, high = pictures.min(), pictures.max()
    if not 0 <= low <= high <= scale:
        raise DomainError(
            f"images: colours are floats from 0 to 1 or integers from 0 to 255, and "
            f"these {pictures.dtype} go from {low:.3g} to {high:.3g}. If they were "
            f"normalised, undo it; or write (x - x.min()) / (x.max() - x.min())."
        )
    return pictures / scale


def _advice(shape):
    match shape:
        case (_, _):
            return (
                "For one picture write picture[None]; flat ones need their height and "
                "width: x.reshape(-1, 8, 8)."
            )
        case (_, 1 | 3, _, _):
            return "Here the channels are last: write x.transpose(0, 2, 3, 1)."
    return "The batch is the first axis, the channels are the last."


def _texts(pictures, labels, predictions, classes):
    """A pair (text, colour) for each picture, or None."""
    who = "images"
    if labels is None and predictions is None:
        return None
    if labels is None:
        raise TypeError(
            "images(predictions=...) compares them with labels, and there are none. "
            "Give both; or give what is to be written above the pictures as labels."
        )
    same_length(who, pictures=pictures, labels=labels)
    if predictions is not None:
        names, true, said = compared(who, labels, predictions, classes)
        return [_verdict(names[i], names[j]) for i, j in zip(true, said, strict=True)]
    if classes is not None:
        names = class_names(who, classes)
        labels = [names[k] for k in positions(who, "labels", labels, names)]
    return [(str(label), "black") for label in labels]


def _verdict(label, prediction):
    if label == prediction:
        return f"✓ {label}", RIGHT
    return f"✗ {prediction},\nis {label}", WRONG


def _fitted(texts, columns):
    """The texts, each verdict on one line where it fits, and their size in points."""
    room = 600 / columns  # the width of a picture: about so many points of letters
    if all(9 * len(text) <= room for text, _ in texts):
        texts = [(text.replace(",\nis ", ", is "), colour) for text, colour in texts]
    longest = max(len(line) for text, _ in texts for line in text.split("\n"))
    return texts, float(np.clip(room / max(longest, 1), 5, 10))
