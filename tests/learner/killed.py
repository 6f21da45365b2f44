"""A training that a test kills: `python -m tests.learner.killed FOLDER`.

It has all that a resumed training must have again: a model with dropout and recorded
statistics, momentum, a schedule, shuffled data whose last batch is short, validation,
and an early stop that never comes. At its end it writes its parameters.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad.learner import (
    Checkpointer,
    CustomCallback,
    EarlyStopping,
    Metrics,
    Scheduler,
    StepEnd,
    accuracy,
    fit_,
    throttle,
)

KILLS = int(os.environ.get("MINIGRAD_KILLS", "5"))
EPOCHS, EVERY, PAUSE = 6 + 2 * KILLS, 3, 0.004


def make(folder, callbacks=()):
    """The learner, from its very beginning."""
    mg.seed(1)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((203, 6)).astype(np.float32)
    y = mg.onehotbatch((x[:, 0] * x[:, 1] > 0).astype(int), range(2))
    model = mg.Chain(
        mg.Dense(6, 16, mg.relu),
        mg.BatchNorm(16),
        mg.Dropout(0.2),
        mg.Dense(16, 2),
        mg.Dropout(0.1, rng=np.random.default_rng(7)),
    )
    train = mg.DataLoader((x[:163], y[:163]), batchsize=16, shuffle=True, rng=5)
    valid = mg.DataLoader((x[163:], y[163:]), batchsize=16)
    checkpoints = Checkpointer(folder, keep_top_k=2, every=EVERY)
    return mg.Learner(
        model,
        mg.logitcrossentropy,
        data=(train, valid),
        optimizer=mg.OptimiserChain(mg.WeightDecay(1e-3), mg.Adam(0.01)),
        callbacks=[
            Metrics(accuracy),
            Scheduler(eta=lambda t: 0.01 / t**0.5),
            EarlyStopping(50),
            checkpoints,
            *callbacks,
        ],
    )


def result(learner):
    """All that must be the same, as bytes: arrays, history, numbers to come."""
    arrays = [
        *mg.trainables(learner.model),
        learner.model[1].mean,
        learner.model[1].var,
    ]
    history = learner.history
    for phase in history:
        for table in (history[phase].per_step, history[phase].per_epoch):
            arrays += [table[n] for n in table.names if n != "seconds"]
    draws = mg.random.default_rng().random(), learner.data.training.rng.random()
    arrays += [np.array([*draws, learner.model[4].rng.random()])]
    return b"".join(np.ascontiguousarray(x).tobytes() for x in arrays)


def slowly(learner):
    """Say that training has begun, and give time to be killed."""
    if not slowly.begun:
        print("trains", flush=True)
    slowly.begun = True
    time.sleep(PAUSE)


slowly.begun = False

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    pause = throttle(CustomCallback(slowly, StepEnd), StepEnd, freq=1)
    learner = make(folder / "checkpoints", [pause])
    fit_(learner, EPOCHS)
    fit_(learner, 2)
    (folder / "result").write_bytes(result(learner))
