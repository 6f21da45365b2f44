"""Three classics with a row per observation: iris, wine and diabetes.

Small enough to look at, real enough to be wrong about. Source, licence and credit are
in README.md beside this file.
"""

from io import BytesIO
from typing import NamedTuple

import numpy as np


class Table(NamedTuple):
    """Features with a target for each row; `x, y, *_ = table` takes them apart.

    Attributes:
        features: float32 of shape (N, columns), in the units of the source.
        targets: of shape (N,): int64 for classes, float32 for numbers.
        columns: a tuple with the name of each feature.
        classes: a tuple with the name of each class; empty for numbers.
    """

    features: np.ndarray
    targets: np.ndarray
    columns: tuple
    classes: tuple


def iris():
    """150 iris flowers of three species, by the sizes of their leaves in cm.

    One species is easy to tell, the other two overlap a little.

    Returns:
        A `Table`: features (150, 4), classes 0 to 2, fifty of each, in order: shuffle
        before splitting.

    Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems",
    Annals of Eugenics 7 (1936), with the measurements of E. Anderson.

    >>> x, y, columns, classes = iris()
    >>> x.shape, classes
    ((150, 4), ('setosa', 'versicolor', 'virginica'))
    >>> dict(zip(columns, x[0].tolist()))["petal width"]
    0.20000000298023224
    """
    columns = "sepal length", "sepal width", "petal length", "petal width"
    return _table("iris", columns, ("setosa", "versicolor", "virginica"))


def wine():
    """178 wines of three growers in one region of Italy, by chemical analysis.

    The columns have very different sizes (`normalise` them).

    Returns:
        A `Table`: features (178, 13), classes 0 to 2, of 59, 71 and 48 wines, in order.

    Source: S. Aeberhard and M. Forina, "Wine", UCI Machine Learning Repository, 1992,
    doi:10.24432/C5PC7J. Licence: CC BY 4.0.

    >>> x, y, *_ = wine()
    >>> x.shape, np.bincount(y)
    ((178, 13), array([59, 71, 48]))
    """
    columns = (
        "alcohol",
        "malic acid",
        "ash",
        "alcalinity of ash",
        "magnesium",
        "total phenols",
        "flavanoids",
        "nonflavanoid phenols",
        "proanthocyanins",
        "colour intensity",
        "hue",
        "OD280/OD315 of diluted wines",
        "proline",
    )
    return _table("wine", columns, ("grower 1", "grower 2", "grower 3"))


def diabetes():
    """442 patients with diabetes, and how far the disease got within a year.

    A problem of regression: ten columns of the beginning explain about half of the
    variance of the target.

    Returns:
        A `Table`: features (442, 10), in the units of the source (sex is 1 or 2),
        targets float32 between 25 and 346; no classes.

    Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least angle
    regression", Annals of Statistics 32 (2004).

    >>> x, y, columns, _ = diabetes()
    >>> x.shape, float(y.min()), float(y.max()), columns[2]
    ((442, 10), 25.0, 346.0, 'body mass index')
    """
    columns = (
        "age",
        "sex",
        "body mass index",
        "blood pressure",
        "total cholesterol",
        "low-density lipoproteins",
        "high-density lipoproteins",
        "total / high-density cholesterol",
        "logarithm of triglycerides",
        "blood sugar",
    )
    return _table("diabetes", columns, ())


def _table(name, columns, classes):
    from importlib.resources import files  # slow to import: not before it is needed

    stored = BytesIO((files(__package__) / "tables.npz").read_bytes())
    with np.load(stored, allow_pickle=False) as arrays:
        features = arrays[f"{name}_features"].astype(np.float32)
        kind = np.int64 if classes else np.float32
        return Table(features, arrays[f"{name}_targets"].astype(kind), columns, classes)
