"""Pictures of training, data and models, by matplotlib.

Each function takes `ax=`, the axes to draw on, and returns them; what has a panel for
each layer takes `axes=`. Without them there is a new figure. matplotlib is an extra,
`pip install -e '.[plot]'`, and imported by the first picture.
"""

from .boundary import decision_boundary
from .confusion import confusion_matrix
from .curves import loss_curve, metric_curve
from .histograms import gradient_histograms, weight_histograms
from .library import PALETTE, require_matplotlib
from .paths import optimiser_paths, path_of
from .pictures import images

__all__ = [
    "PALETTE",
    "confusion_matrix",
    "decision_boundary",
    "gradient_histograms",
    "images",
    "loss_curve",
    "metric_curve",
    "optimiser_paths",
    "path_of",
    "require_matplotlib",
    "weight_histograms",
]
