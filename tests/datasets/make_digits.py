"""How minigrad/datasets/digits.npz was made, from scikit-learn's copy.

Run it with scikit-learn installed: python tests/datasets/make_digits.py
"""

from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "minigrad" / "datasets" / "digits.npz"


def make_digits():
    """The arrays of the file: images and labels as uint8, and the test mask."""
    from sklearn.datasets import load_digits

    source = load_digits()
    # Every fifth of the images sorted by digit: stratified, without a generator.
    test = np.zeros(len(source.target), bool)
    test[np.argsort(source.target, kind="stable")[::5]] = True
    return {
        "images": source.images.astype(np.uint8),
        "labels": source.target.astype(np.uint8),
        "test": test,
    }


if __name__ == "__main__":
    np.savez_compressed(TARGET, **make_digits())
