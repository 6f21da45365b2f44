"""Activations and losses."""

import numpy as np

from minigrad.nn import activations, convolution, fused, losses, lstm
from minigrad.nn.activations import curves, pieces

from .table import ANY, PAIRS, POSITIVE, SHAPES, away_from_zero, between, row, spaced


def away_from(*bends):
    """Numbers on all sides of where pieces meet, at least 0.2 from there."""

    def domain(shape):
        def draw(rng):
            side = rng.choice([-1, 1], shape)
            return rng.choice(bends, shape) + side * rng.uniform(0.2, 0.9, shape)

        return draw

    return domain


for function in (
    activations.sigmoid,
    activations.softplus,
    activations.gelu,
    activations.swish,
    activations.mish,
    activations.lisht,
    activations.logsigmoid,
    activations.logcosh,
    activations.tanhshrink,
):
    for shape in SHAPES:
        row(function, function, ANY(shape), order=3, name=f"{shape}")
for shape in SHAPES:
    for function in activations.relu, activations.selu, activations.softsign:
        row(function, function, away_from_zero(shape), order=3, name=f"{shape}")
for function, bends in (
    (activations.relu6, [0, 6]),
    (activations.hardtanh, [-1, 1]),
    (activations.hardsigmoid, [-3, 3]),
    (activations.hardswish, [-3, 3]),
):
    for shape in SHAPES:
        row(function, function, away_from(*bends)(shape), order=3, name=f"{shape}")
for function in (pieces._leakyrelu, curves._elu, curves._celu):
    for shape_x, shape_a in PAIRS:
        draws = away_from_zero(shape_x), POSITIVE(shape_a)
        row(function, function, *draws, name=f"{shape_x}{shape_a}")
for shape_x, shape_a in PAIRS:
    draws = away_from(-1, 1)(shape_x), between(0.9, 1.1)(shape_a)
    row(pieces._softshrink, pieces._softshrink, *draws, name=f"{shape_x}{shape_a}")
for shape in SHAPES:
    call = lambda x: pieces._trelu(x, 1.0)
    row(pieces._trelu, call, away_from(1)(shape), name=f"{shape}")
for function in (activations.softmax, activations.logsoftmax, activations.logsumexp):
    for axis in (-1, 0, (0, 2), None):
        call = lambda x, function=function, axis=axis: function(x, axis=axis)
        row(function, call, (2, 3, 4), name=f"axis={axis}")
row(
    activations.logsumexp,
    lambda x: activations.logsumexp(x, axis=1, keepdims=True),
    (2, 3),
    name="keepdims",
)
for shape_x, shape_y in PAIRS:
    draws = ANY(shape_x), POSITIVE(shape_y)
    row(losses.xlogy, losses.xlogy, *draws, name=f"{shape_x}{shape_y}")
for axis in (-1, 0, (0, 1), None):
    call = lambda y, logp, axis=axis: losses.surprise(y, logp, axis)
    row(losses.surprise, call, (4, 3), (4, 3), name=f"axis={axis}")
for act in (activations.identity, activations.tanh, activations.sigmoid):
    layer = lambda x, *parameters, act=act: fused.dense_layers(
        x, *parameters, acts=[act] * (len(parameters) // 2)
    )
    one, two = ((5, 3), (2, 3), (2,)), ((4, 2), (4,))
    row(fused.dense_layers, layer, *one, name=act.__name__)
    row(fused.dense_layers, layer, *one, *two, name=f"two {act.__name__}")
row(
    fused.cross_entropy_of_scores,
    fused.cross_entropy_of_scores,
    (4, 3),
    POSITIVE((4, 3)),
)

# --- Convolutions and pools ----------------------------------------------------------

for steps in (
    convolution.Steps((5, 6), (1, 1), (1, 1)),
    convolution.Steps((5, 6), (2, 3), (1, 2), 2),
):
    x, w = (2, 5, 6, 4), (2, 4 // steps.groups, 2, 3)
    y = (2, *steps.places((2, 3)), 2)
    row(
        convolution.correlate,
        lambda x, w, steps=steps: convolution.correlate(x, w, steps),
        *(x, w),
    )
    row(
        convolution.scatter,
        lambda y, w, steps=steps: convolution.scatter(y, w, steps),
        *(y, w),
    )
    row(
        convolution.compare,
        lambda x, y, steps=steps: convolution.compare(x, y, steps, (2, 3)),
        *(x, y),
    )
    where = (2, 3), steps
    row(convolution.total, lambda x, w=where: convolution.total(x, *w), x)
    row(convolution.spread, lambda y, w=where: convolution.spread(y, *w), y)
    row(
        convolution.largest, lambda x, w=where: convolution.largest(x, *w), spaced(0)(x)
    )
    values = np.sin(np.arange(2 * 5 * 6 * 2.0)).reshape(2, 5, 6, 2)
    most = values, convolution.largest(values, *where), *where
    row(
        convolution.send_to_largest,
        lambda g, most=most: convolution.send_to_largest(g, *most),
        y,
    )
    row(
        convolution.take_at_largest,
        lambda h, most=most: convolution.take_at_largest(h, *most),
        values.shape,
    )

# --- A whole sequence ----------------------------------------------------------------

for batch, time in ((2, 3), (1, 1)):
    shapes = (batch, time, 3), (batch, 2), (batch, 2), (8, 3), (8, 2), (8,)
    row(lstm.lstm_layer, lstm.lstm_layer, *shapes, name=f"{batch}, {time}")
