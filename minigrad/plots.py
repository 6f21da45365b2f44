"""Pictures, by matplotlib: the only module that imports it, and only when used.

Each function takes `ax=`, draws there, and returns it.
"""

import numpy as np


def require_matplotlib():
    """`matplotlib.pyplot`, or a sentence that says how to get it.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Pictures need matplotlib, which is not installed. Write "
            "pip install matplotlib, or pip install -e '.[plot]' in the project."
        ) from error
    return plt


def loss_curve(losses, *, ax=None, label=None):
    """The loss after each epoch, on a logarithmic axis.

    Args:
        losses: numbers, one per epoch; the first epoch is 1.
        ax: the axes to draw on; by default new ones.
        label: the name of the curve, for a legend.

    Returns:
        The axes.
    """
    ax = ax or require_matplotlib().subplots()[1]
    ax.plot(range(1, len(losses) + 1), losses, marker=".", label=label)
    ax.set(xlabel="epoch", ylabel="loss", yscale="log")
    if label:
        ax.legend()
    return ax


def images(pictures, titles=(), *, columns=5, ax=None):
    """Grey pictures side by side, each with a title above it.

    Args:
        pictures: an array of shape (N, height, width), or a list of such pictures.
        titles: up to N strings.
        columns: how many stand in a row.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes. They hold one image: the pictures, with a gap between them.
    """
    ax = ax or require_matplotlib().subplots()[1]
    ax.set_axis_off()
    if not len(pictures):
        return ax
    height, width = np.shape(pictures[0])
    gap = max(1, height // 4)
    rows = -(-len(pictures) // columns)
    canvas = np.full((rows * (height + 3 * gap), columns * (width + gap)), np.nan)
    for i, picture in enumerate(pictures):
        top = (i // columns) * (height + 3 * gap) + 2 * gap
        left = (i % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = picture
        if i < len(titles):
            middle = left + width / 2 - 0.5
            ax.text(middle, top - gap, titles[i], ha="center", fontsize="small")
    ax.imshow(canvas, cmap="gray_r")
    return ax
