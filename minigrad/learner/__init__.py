"""The learner: training with phases, events and callbacks.

Read `phases` first, where the step of training is written out; then `running`, which
sends the events, and `fitting`. `callbacks` and `ordering` say how callbacks are
called; each of them is a short class in a file of its family.
"""

from .callbacks import Callbacks
from .cancelling import (
    CancelEpochException,
    CancelFittingException,
    CancelStepException,
)
from .checkpoints import Checkpointer
from .clipping import ClipGradients
from .conditional import ConditionalCallback, CustomCallback, throttle
from .events import (
    BackwardBegin,
    BackwardEnd,
    EpochBegin,
    EpochEnd,
    Event,
    FitBegin,
    FitEnd,
    LossBegin,
    StepBegin,
    StepEnd,
)
from .finder import LRFinder, lrfind
from .fitting import fit_
from .history import History
from .learner import Learner
from .logging import CSVLogger, JSONLogger, Logger
from .metrics import Loss, Metric, SmoothLoss, accuracy
from .phases import (
    AbstractTrainingPhase,
    AbstractValidationPhase,
    Phase,
    TrainingPhase,
    ValidationPhase,
)
from .printers import MetricsPrinter, ProgressPrinter
from .propdict import PropDict
from .recording import Metrics, Recorder, Traces
from .report import Reporter
from .running import epoch_, runepoch, runstep, step_, withepoch
from .sanity import SanityCheck
from .scheduling import HyperParameter, LearningRate, Scheduler, onecycle
from .stopping import EarlyStopping, StopOnNaNLoss
from .tensorboard import TensorBoardLogger
from .testing import testlearner

__all__ = [
    "AbstractTrainingPhase",
    "AbstractValidationPhase",
    "BackwardBegin",
    "BackwardEnd",
    "CSVLogger",
    "Callbacks",
    "CancelEpochException",
    "CancelFittingException",
    "CancelStepException",
    "Checkpointer",
    "ClipGradients",
    "ConditionalCallback",
    "CustomCallback",
    "EarlyStopping",
    "EpochBegin",
    "EpochEnd",
    "Event",
    "FitBegin",
    "FitEnd",
    "History",
    "HyperParameter",
    "JSONLogger",
    "LRFinder",
    "Learner",
    "LearningRate",
    "Logger",
    "Loss",
    "LossBegin",
    "Metric",
    "Metrics",
    "MetricsPrinter",
    "Phase",
    "ProgressPrinter",
    "PropDict",
    "Recorder",
    "Reporter",
    "SanityCheck",
    "Scheduler",
    "SmoothLoss",
    "StepBegin",
    "StepEnd",
    "StopOnNaNLoss",
    "TensorBoardLogger",
    "Traces",
    "TrainingPhase",
    "ValidationPhase",
    "accuracy",
    "epoch_",
    "fit_",
    "lrfind",
    "onecycle",
    "runepoch",
    "runstep",
    "step_",
    "testlearner",
    "throttle",
    "withepoch",
]
