"""The handwritten digits: 1,797 real images of 8 x 8 pixels, in ten classes.

Small enough to train on in seconds, real enough that a network has something to
learn. Source, licence and credit are in README.md beside this file.
"""

from io import BytesIO
from typing import NamedTuple

import numpy as np

LEVELS = 16
"""The darkest pixel: each counts the inked points in a block of 4 x 4."""


class Split(NamedTuple):
    """Images with their labels; `x, y = split` takes them apart.

    Attributes:
        images: float32 of shape (N, 8, 8), from 0 (paper) to 1 (ink).
        labels: int64 of shape (N,), the digits 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray


class Digits(NamedTuple):
    """What `digits()` returns; `train, test = digits()` takes it apart.

    Attributes:
        train: the 1437 images to learn from.
        test: the 360 images to judge the result by.
    """

    train: Split
    test: Split


def digits():
    """The handwritten digits of the UCI repository, split into train and test.

    The split is fixed: of the images sorted by digit every fifth is for testing,
    so both parts have the digits in the same proportions. Writers are not kept
    apart: this is the accuracy on new images, not on new people.

    Returns:
        A named tuple `(train, test)` of named tuples `(images, labels)`: images
        are float32 in [0, 1] of shape (1437, 8, 8) and (360, 8, 8), labels are
        int64. They are fresh copies at every call, in the order of the source.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten
    Digits", UCI Machine Learning Repository, 1998, doi:10.24432/C50P49, the test
    part of it. Licence: Creative Commons Attribution 4.0 (CC BY 4.0).

    >>> train, test = digits()
    >>> train.images.shape, test.images.shape
    ((1437, 8, 8), (360, 8, 8))
    >>> x, y = train
    >>> print((16 * x[0]).astype(int), "is a", y[0])
    [[ 0  0  0 12 13  5  0  0]
     [ 0  0  0 11 16  9  0  0]
     [ 0  0  3 15 16  6  0  0]
     [ 0  7 15 16 16  2  0  0]
     [ 0  0  1 16 16  3  0  0]
     [ 0  0  1 16 16  6  0  0]
     [ 0  0  1 16 16  6  0  0]
     [ 0  0  0 11 16 10  0  0]] is a 1
    """
    from importlib.resources import files  # slow to import: not before it is needed

    stored = BytesIO((files(__package__) / "digits.npz").read_bytes())
    with np.load(stored, allow_pickle=False) as arrays:
        images, labels, test = arrays["images"], arrays["labels"], arrays["test"]
    images, labels = images.astype(np.float32) / LEVELS, labels.astype(np.int64)
    return Digits(
        train=Split(images[~test], labels[~test]),
        test=Split(images[test], labels[test]),
    )
