"""Tables as text, for the reports of this package."""


def aligned(rows):
    """Rows of texts as lines, in columns that begin at the same place.

    >>> print(aligned([("step", "shape"), ("0", "(2, 3)")]))
    step  shape
    0     (2, 3)
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows
    )
