"""The callbacks that a learner has if nothing else is said."""

from .printers import MetricsPrinter, ProgressPrinter
from .recording import Metrics, Recorder
from .stopping import StopOnNaNLoss


def default_callbacks():
    """New ones, in the order in which they run.

    >>> [type(callback).__name__ for callback in default_callbacks()]
    ['Metrics', 'Recorder', 'StopOnNaNLoss', 'ProgressPrinter', 'MetricsPrinter']
    """
    return [
        Metrics(),
        Recorder(),
        StopOnNaNLoss(),
        ProgressPrinter(),
        MetricsPrinter(),
    ]
