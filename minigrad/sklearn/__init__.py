"""Networks as scikit-learn's estimators: in pipelines, grids, cross-validation.

    from minigrad.sklearn import NetClassifier, NetRegressor

scikit-learn is an extra, `pip install -e '.[sklearn]'`, and imported here only.
"""

try:
    from .classifier import NetClassifier
    from .regressor import NetRegressor
except ImportError as error:
    if not (error.name or "").startswith("sklearn"):
        raise
    raise type(error)(
        "minigrad.sklearn needs scikit-learn 1.6 or newer, which is not installed. "
        "Write pip install 'scikit-learn>=1.6', or pip install -e '.[sklearn]' in the "
        "project."
    ) from error

__all__ = ["NetClassifier", "NetRegressor"]
