"""The vjp of Einstein sums: one formula for everything that they can say.

    np.einsum("ij,jk->ik", x, y)

is a sum of products over all labels that the result does not have. It is linear in
each operand, and its gradient is an Einstein sum again: `g` takes the place of the
operand, and the labels of the operand become those of the result:

    np.einsum("ik,jk->ij", g, y)
"""

from string import ascii_letters

import numpy as np

from ..operations import Each
from ..recording import primitive
from ..registry import composite, constant, vjp


@composite(np.einsum)
def einsum(*operands, **keywords):
    """Written in either way: `(subscripts, x, y)`, or `(x, labels, y, labels)`."""
    if isinstance(operands[0], str):
        subscripts, *arrays = operands
    else:
        arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
        subscripts = ",".join(map(_letters, lists))
        if len(operands) % 2:
            subscripts += "->" + _letters(operands[-1])
    return product(*arrays, subscripts=subscripts.replace(" ", ""), **keywords)


LETTERS = "".join(sorted(ascii_letters))
"""In the order of the numbers that may stand for them."""


def _letters(labels):
    """The labels 0, 1, ... as letters, and `...` as it is written in subscripts."""
    return "".join("..." if n is Ellipsis else LETTERS[n] for n in labels)


@primitive
def product(*arrays, subscripts, **keywords):
    """`np.einsum`, with the arrays as arguments of their own."""
    return np.einsum(subscripts, *arrays, **keywords)


def product_vjp(
    g, ans, position, *arrays, subscripts,
    optimize=False, dtype=None, order="K", casting="safe",
):  # fmt: skip
    """The sum in which `g` and the operand have changed places.

    A label that stands in the operand alone was summed by itself: its gradient is
    the same in every place, and ones make it as long as it was. A label that stands
    there twice took a diagonal: the identity matrix puts it back on the diagonal.
    """
    operands, result = explicit(subscripts, [np.ndim(x) for x in arrays])
    parts = [(result, g)]
    parts += [(operands[i], x) for i, x in enumerate(arrays) if i != position]
    lengths = {pair for labels, x in parts for pair in _pairs(labels, x)}
    spare = (letter for letter in LETTERS if letter not in "".join([*operands, result]))
    target = ""
    for label, n in _pairs(operands[position], arrays[position]):
        if label in target:
            twin = next(spare)
            parts.append((label + twin, np.eye(n, dtype=g.dtype)))
            label = twin
        elif (label, n) not in lengths:
            parts.append((label, np.ones(n, g.dtype)))
        target += label
    found = ",".join(labels for labels, _ in parts) + "->" + target
    if not isinstance(optimize, (bool, str)):  # the path was one for other operands
        optimize = True
    return np.einsum(found, *(x for _, x in parts), optimize=optimize)


vjp(product, Each(product_vjp), broadcasts=True)
constant(np.einsum_path)


def _pairs(labels, x):
    """The labels of `x`, each with the length of its axis."""
    return zip(labels, np.shape(x), strict=True)


def explicit(subscripts, dimensions):
    """The labels of each operand and of the result, with nothing left to guess.

    >>> explicit("ij,jk", [2, 2])
    (['ij', 'jk'], 'ik')
    >>> explicit("...ii->...i", [3])
    (['Aii'], 'Ai')
    """
    inputs, arrow, result = subscripts.partition("->")
    inputs = inputs.split(",")
    free = [label for label in LETTERS if label not in subscripts]
    lengths = [
        ndim - len(labels.replace("...", "")) if "..." in labels else 0
        for labels, ndim in zip(inputs, dimensions, strict=True)
    ]
    stretched = "".join(free[: max(lengths)])
    if not arrow:
        letters = "".join(inputs).replace(".", "")
        once = (label for label in sorted(letters) if letters.count(label) == 1)
        result = "..." + "".join(once)
    operands = [
        labels.replace("...", stretched[len(stretched) - length :])
        for labels, length in zip(inputs, lengths, strict=True)
    ]
    return operands, result.replace("...", stretched)
