"""Small data sets: real ones that come along, and points made on the spot."""

from .handwritten import digits
from .tables import diabetes, iris, wine
from .text import sonnets
from .toy import blobs, circles, line, moons, spirals

__all__ = [
    "blobs",
    "circles",
    "diabetes",
    "digits",
    "iris",
    "line",
    "moons",
    "sonnets",
    "spirals",
    "wine",
]
