"""The tables of derivatives, a family a file.

To find the derivative of a function, search this folder for its name.
"""

from . import arithmetic, indexing, matrices, reductions, shapes  # noqa: F401
