"""Every layer is saved, and loaded into another one that is built alike."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn import layers

dense = lambda rng=None: mg.Dense(4, 4, mg.tanh, rng=rng)
sequences, images = (2, 3, 4), (2, 6, 6, 4)

EXAMPLES = {
    "BatchNorm": (lambda: mg.BatchNorm(4, mg.relu), (5, 4)),
    "Chain": (lambda: mg.Chain(first=dense(), second=np.sin, third=dense()), (5, 4)),
    "Conv": (lambda: mg.Conv((3, 3), (4, 6), mg.relu, stride=2, pad=1), images),
    "ConvTranspose": (lambda: mg.ConvTranspose((2, 2), (4, 3), stride=2), images),
    "CrossCor": (lambda: mg.CrossCor((3, 3), (4, 2), bias=False), images),
    "Dense": (dense, (5, 4)),
    "Dropout": (lambda: mg.Chain(mg.Dropout(0.5, rng=0), dense()), (5, 4)),
    "Embedding": (lambda: mg.Embedding(7, 4), None),
    "Flatten": (lambda: mg.Chain(mg.Flatten(), dense()), (5, 2, 2)),
    "GRU": (lambda: mg.GRU(4, 3), sequences),
    "GRUCell": (lambda: mg.GRUCell(4, 3), (5, 4)),
    "GlobalMaxPool": (lambda: mg.Chain(mg.GlobalMaxPool()), images),
    "GlobalMeanPool": (lambda: mg.Chain(mg.GlobalMeanPool()), images),
    "GroupNorm": (lambda: mg.GroupNorm(4, 2), images),
    "LSTM": (lambda: mg.LSTM(4, 3), sequences),
    "LSTMCell": (lambda: mg.LSTMCell(4, 3), (5, 4)),
    "LayerNorm": (lambda: mg.LayerNorm(4), (5, 4)),
    "MaxPool": (lambda: mg.Chain(mg.MaxPool((2, 2))), images),
    "Maxout": (lambda: mg.Maxout(dense, 3), (5, 4)),
    "MeanPool": (lambda: mg.Chain(mg.MeanPool((2, 2))), images),
    "MultiHeadAttention": (
        lambda: mg.MultiHeadAttention(4, nheads=2, dropout_prob=0.2),
        sequences,
    ),
    "Parallel": (lambda: mg.Parallel(np.add, dense(), dense()), (5, 4)),
    "RNN": (lambda: mg.RNN(4, 3), sequences),
    "RNNCell": (lambda: mg.RNNCell(4, 3), (5, 4)),
    "Scale": (lambda: mg.Scale(4), (5, 4)),
    "SkipConnection": (lambda: mg.SkipConnection(dense(), np.add), (5, 4)),
}


def test_none_is_left_out():
    classes = {name for name in layers.__all__ if isinstance(getattr(mg, name), type)}
    assert set(EXAMPLES) == classes - {"SamePad"}


def randomise_(model, rng):
    """Other numbers in all arrays, as training would put there."""
    for x in arrays_of(model):
        x[...] = rng.uniform(0.5, 1, x.shape)


def arrays_of(model):
    found = []
    mg.fmap(found.append, model)
    return [x for x in found if isinstance(x, np.ndarray)]


@pytest.mark.parametrize("end", [".npz", ".safetensors"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_loaded_into_another_one(name, end, tmp_path):
    if end == ".safetensors":
        pytest.importorskip("safetensors")
    make, shape = EXAMPLES[name]
    path, rng = tmp_path / f"model{end}", np.random.default_rng(0)
    model, twin = make(), make()
    randomise_(model, rng)
    mg.save(path, model=model)
    assert mg.load_into_(twin, path) is twin
    assert repr(mg.state(twin)) == repr(mg.state(model))
    for x, y in zip(arrays_of(model), arrays_of(twin), strict=True):
        assert x.tobytes() == y.tobytes()
    other = mg.loadmodel_(make(), mg.load(path)["model"])
    assert repr(mg.state(other)) == repr(mg.state(model))
    x = np.arange(5) if shape is None else rng.normal(size=shape).astype(np.float32)
    assert repr(twin(x)) == repr(model(x)) == repr(other(x))


def test_dropout_goes_on_drawing(tmp_path):
    """Its generator is no child of it, and belongs to the training all the same."""
    model, twin = (mg.trainmode_(mg.Dropout(0.5, rng=seed)) for seed in (0, 1))
    x = np.ones(50, np.float32)
    model(x)
    mg.save(tmp_path / "model.npz", model=model)
    mg.load_into_(twin, tmp_path / "model.npz")
    np.testing.assert_array_equal(model(x), twin(x))
