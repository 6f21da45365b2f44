"""Draw the picture of README.md, a model and its gradient: python docs/draw_trees.py.

Its ground is transparent, so that it can stand on white and on black.
"""

import sys
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad.course import pictures
from minigrad.plots import require_matplotlib


def draw(path):
    """Write the picture to a file."""
    model = mg.Chain(mg.Dense(2, 3, mg.tanh, rng=1), mg.Dense(3, 1, rng=2))
    x = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, -1.0]], np.float32)
    y = np.array([[1.0], [0.0], [-1.0]], np.float32)
    grads = mg.gradient(lambda m: mg.mse(m(x), y), model)
    with require_matplotlib().style.context("minigrad.course.look"):
        figure = pictures.trees(model, grads[0])
        figure.savefig(path, dpi=120, transparent=True)


if __name__ == "__main__":
    here = Path(__file__).parent
    draw(sys.argv[1] if len(sys.argv) > 1 else here / "trees.png")
