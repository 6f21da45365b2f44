"""Activations and losses."""

from minigrad.nn import activations, fused, losses

from .table import ANY, PAIRS, POSITIVE, SHAPES, away_from_zero, row

for function in (
    activations.sigmoid,
    activations.softplus,
    activations.gelu,
    activations.swish,
):
    for shape in SHAPES:
        row(function, function, ANY(shape), order=3, name=f"{shape}")
for shape in SHAPES:
    row(activations.relu, activations.relu, away_from_zero(shape), name=f"{shape}")
for function in (activations._leakyrelu, activations._elu):
    for shape_x, shape_a in PAIRS:
        draws = away_from_zero(shape_x), POSITIVE(shape_a)
        row(function, function, *draws, name=f"{shape_x}{shape_a}")
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
    call = lambda x, weight, bias, act=act: fused.dense_layer(x, weight, bias, act)
    row(fused.dense_layer, call, (5, 3), (2, 3), (2,), name=act.__name__)
row(
    fused.cross_entropy_of_scores,
    fused.cross_entropy_of_scores,
    (4, 3),
    POSITIVE((4, 3)),
)
