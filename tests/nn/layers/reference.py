"""Layers against the numbers of normalise.json, in every dtype."""

import json
from pathlib import Path

import numpy as np

from minigrad import fmap, gradient, is_parameter, trainables

PATH = Path(__file__).parents[1] / "data" / "normalise.json"
CASES = json.loads(PATH.read_text())
TOLERANCES = {np.float64: (1e-11, 1e-12), np.float32: (3e-5, 3e-5)}


def in_dtype(model, dtype):
    """The model with all its floats in another precision."""
    return fmap(lambda x: x.astype(dtype) if is_parameter(x) else x, model)


def check_against(case, layer, parameters, dtype):
    """Compare the result of a layer and its gradients.

    Args:
        case: an entry of `CASES`.
        layer: of which `parameters` are arrays, in the order of the case.
        dtype: of the layer and its input.
    """
    layer = in_dtype(layer, dtype)
    for parameter, value in zip(parameters(layer), case["parameters"], strict=True):
        parameter[...] = value
    x, r = np.array(case["x"]), np.array(case["r"], dtype)
    x = x if x.dtype.kind == "i" else x.astype(dtype)
    seen = []

    def loss(layer, x):
        seen.append(layer(x))
        return (r * seen[0]).sum()

    grads, grad = gradient(loss, layer, x)
    compare = Comparison(dtype)
    compare(seen[0].value, case["y"])
    for found, value in zip(parameters(grads), case["grads"], strict=True):
        compare(found, value)
    if "grad" in case:
        compare(grad, case["grad"])
    return layer


class Comparison:
    """`compare(found, expected)`: of that dtype, and as near as that allows."""

    def __init__(self, dtype):
        self.dtype = dtype

    def __call__(self, found, expected):
        rtol, atol = TOLERANCES[self.dtype]
        assert found.dtype == self.dtype
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def names_of_trainables(model):
    """The paths of all arrays that a training changes."""
    return [str(path) for path, _ in trainables(model, path=True)]
