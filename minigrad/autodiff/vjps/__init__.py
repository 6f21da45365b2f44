"""The tables of derivatives, a family a file.

To find the derivative of a function, search this folder for its name.
"""

from . import (  # noqa: F401
    arithmetic,
    choices,
    decompositions,
    determinants,
    eigenvalues,
    einsum,
    fourier,
    indexing,
    joining,
    linalg,
    matrices,
    norms,
    padding,
    polynomials,
    reductions,
    sampling,
    scans,
    selection,
    shapes,
    sorting,
    statistics,
)
