"""Tables as text, for the reports of this package."""


def aligned(rows, right=()):
    """Rows of texts as lines, in columns that begin at the same place.

    The columns whose numbers are in `right` end at the same place, as numbers do.

    >>> print(aligned([("step", "shape"), ("0", "(2, 3)")]))
    step  shape
    0     (2, 3)
    >>> print(aligned([("step", "size"), ("0", "12"), ("1", "3")], right=(1,)))
    step  size
    0       12
    1        3
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pads = [str.rjust if k in right else str.ljust for k in range(len(widths))]
    return "\n".join(
        "  ".join(
            pad(cell, width)
            for pad, cell, width in zip(pads, cells, widths, strict=True)
        ).rstrip()
        for cells in rows
    )
