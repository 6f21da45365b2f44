"""How much memory a training step holds at most: the values that the way back needs.

Fifty layers of 256 on 4,096 samples, once with tanh and once with relu: one array of
4 MB for every layer is the least that has to be kept.
"""

import os
import subprocess
import sys
from functools import partial

from .contest import Row, at_most, fresh_processes
from .start import ROOT

LAYERS, WIDTH, SAMPLES = 50, 256, 4096

WITH_MINIGRAD = """
import numpy as np, minigrad as mg
layers = [mg.Dense({width}, {width}, mg.{activation}) for _ in range({layers})]
model = mg.Chain(*layers)
x = np.random.default_rng(0).normal(size=({samples}, {width})).astype("f4")
step = lambda x: mg.gradient(lambda m: (m(x) ** 2).mean(), model)
"""

WITH_TORCH = """
import numpy as np, torch
nn, name = torch.nn, "{activation}"
layers = [nn.Linear({width}, {width}) for _ in range({layers})]
model = nn.Sequential(*[m for layer in layers
                        for m in (layer, nn.Tanh() if name == "tanh" else nn.ReLU())])
x = np.random.default_rng(0).normal(size=({samples}, {width})).astype("f4")
x = torch.from_numpy(x)
def step(x):
    model.zero_grad()
    (model(x) ** 2).mean().backward()
"""

GROWTH = """
import re
peak = lambda: int(re.search("VmHWM:[^0-9]*([0-9]+)",
                             open("/proc/self/status").read())[1]) / 1024
step(x[:2])
before = peak()
step(x)
print(peak() - before)
"""


def megabytes(code, activation):
    """By how much a step raises the peak memory of a fresh process, in MB.

    Linux tells the peak of the program itself; that of `resource` is never below
    the peak of the process that started it.
    """
    sizes = {"layers": LAYERS, "width": WIDTH, "samples": SAMPLES}
    code = code.format(activation=activation, **sizes) + GROWTH
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", code]
    return float(subprocess.check_output(command, env=environment, text=True))


def contestant(code, activation):
    """What starts the processes of one contestant."""
    return partial(megabytes, code, activation)


ROWS = [
    Row(
        name=f"tape-{activation}",
        title=f"peak memory of a step, {LAYERS} layers of {WIDTH} with {activation}, "
        f"batch {SAMPLES:,}",
        unit="MB",
        scale=1,
        contestants={
            "minigrad": partial(contestant, WITH_MINIGRAD, activation),
            "PyTorch": partial(contestant, WITH_TORCH, activation),
        },
        targets=[at_most(1.5, "PyTorch")],
        times=fresh_processes,
        most=3,
    )
    for activation in ("tanh", "relu")
]
