"""The report of `check_gradient`: what was found, as a table that a student reads."""

from typing import NamedTuple

from .table import aligned

OK = "ok"
WRONG = "wrong"
CLOSE = "close (tolerance)"
KINK = "a kink nearby"
UNUSED = "not used"
MISSING = "None although the value changes"


class Row(NamedTuple):
    """What was found about one array or number: a row of the table.

    The errors are the largest found; `tape` (None if no gradient arrived) and
    `difference` are the two values at the worst `place`, its index as text.
    """

    path: str
    shape: tuple
    absolute: float
    relative: float
    tape: float | None
    difference: float
    place: str
    verdict: str


HEADINGS = "leaf,shape,abs. error,rel. error,tape,difference,at,verdict".split(",")


class GradientReport:
    """What `check_gradient` found: true when all agree, a table when printed.

    - ok: tape and finite differences agree;
    - wrong: they do not;
    - close (tolerance): they differ by less than 100 times the tolerance: too
      curved or too inexact an `f` for this step, or a small mistake;
    - a kink nearby: the differences to the left and to the right disagree (relu at
      0) or one is not finite (sqrt at 0). Check again beside it;
    - not used: no gradient arrived (None), and the value does not change either;
    - None although the value changes: the gradient was lost on the way.

    Only `ok` and `not used` count as agreement. The attribute `rows` has one `Row`
    per array or number.
    """

    def __init__(self, rows):
        self.rows = rows

    def __bool__(self):
        return all(row.verdict in (OK, UNUSED) for row in self.rows)

    def __str__(self):
        return aligned([HEADINGS, *map(_cells, self.rows)])

    __repr__ = __str__


def _cells(row):
    return (
        row.path,
        str(row.shape),
        f"{row.absolute:.1e}",
        f"{row.relative:.1e}",
        "None" if row.tape is None else f"{row.tape:.6g}",
        f"{row.difference:.6g}",
        row.place,
        row.verdict,
    )
