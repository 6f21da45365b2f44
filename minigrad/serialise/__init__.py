"""Files, and models seen as a whole.

Read `files` first: what `save`, `load` and `load_into_` promise. Then `coding`, how a
tree becomes a text and arrays, and `decoding`, the way back; `npz` and `tensors` are
the two formats.
"""

from .files import load, load_into_, save
from .matching import loadmodel_
from .models import f16, f32, f64, modules, state

__all__ = [
    "f16",
    "f32",
    "f64",
    "load",
    "load_into_",
    "loadmodel_",
    "modules",
    "save",
    "state",
]
