"""The table of what is checked: at least one call of every registered function.

A family a file, in the same families as the tables of vjps.
"""

from minigrad.autodiff.operations import Constant, Refused, full_name
from minigrad.autodiff.registry import OPERATIONS

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
    marks,
    matrices,
    networks,
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
from .table import CASES, CONSTANTS, X  # noqa: F401

ours = {
    function: type(operation) is Constant
    for function, operation in OPERATIONS.items()
    if full_name(function).startswith(("numpy.", "minigrad."))
    and not full_name(function).startswith("minigrad.check.")  # the exercises'
    and type(operation) is not Refused
}

WITH_VJPS = {function for function, constant in ours.items() if not constant}
"""The functions that `CASES` must cover, as registered when tests are collected."""

WITHOUT_VJPS = {function for function, constant in ours.items() if constant}
"""The functions that `CONSTANTS` must cover."""
