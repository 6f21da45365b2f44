"""How minigrad/datasets/tables.npz was made, from scikit-learn's copies.

Run it with scikit-learn installed: python tests/datasets/make_tables.py
"""

from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "minigrad" / "datasets" / "tables.npz"


def make_tables():
    """The arrays of the file: features and targets of each table, as they are."""
    from sklearn.datasets import load_diabetes, load_iris, load_wine

    iris, wine, diabetes = load_iris(), load_wine(), load_diabetes(scaled=False)
    return {
        "iris_features": iris.data,
        "iris_targets": iris.target.astype(np.uint8),
        "wine_features": wine.data,
        "wine_targets": wine.target.astype(np.uint8),
        "diabetes_features": diabetes.data,
        "diabetes_targets": diabetes.target,
    }


if __name__ == "__main__":
    np.savez_compressed(TARGET, **make_tables())
