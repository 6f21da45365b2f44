"""Taking the solutions out of code, and leaving what holds them.

    def double(x):                        def double(x):
        ### BEGIN SOLUTION                    ...
        return 2 * x
        ### END SOLUTION

    answer = 42  ### SOLUTION             answer = ...

The student, on the right, finds the name, the arguments, the docstring and every
comment outside of the marks.
"""

BEGIN, END, LINE = "### BEGIN SOLUTION", "### END SOLUTION", "### SOLUTION"
BLANK = "..."


class MarkError(ValueError):
    """The marks of a solution do not come in pairs, or are misspelt."""


def strip(source):
    """Code with `...` in the place of each solution.

    Raises:
        MarkError: a mark has no partner, or is misspelt.

    >>> print(strip("x = 1\\n### BEGIN SOLUTION\\ny = 2\\n### END SOLUTION"))
    x = 1
    ...
    >>> print(strip("def f(x):\\n    return 2 * x  ### SOLUTION"))
    def f(x):
        return ...
    """
    return "\n".join(_walk(source, keep=False))


def solve(source):
    """Code with each solution, without the marks; raises like `strip`.

    >>> print(solve("x = 1\\n### BEGIN SOLUTION\\ny = 2\\n### END SOLUTION"))
    x = 1
    y = 2
    """
    return "\n".join(_walk(source, keep=True))


def _walk(source, keep):
    opened = None
    for number, line in enumerate(source.splitlines(), 1):
        code, _, mark = line.partition("###")
        mark = f"###{mark}".strip() if _ else ""
        if mark == BEGIN and not code.strip():
            if opened is not None:
                raise MarkError(f"line {number}: {BEGIN}, and line {opened} is open")
            opened = number
            if not keep:
                yield code + BLANK
        elif mark == END and not code.strip():
            if opened is None:
                raise MarkError(f"line {number}: {END} without {BEGIN}")
            opened = None
        elif mark == LINE and code.strip() and opened is None:
            yield code.rstrip() if keep else _blank(code)
        elif mark:
            raise MarkError(
                f"line {number}: {line.strip()!r} is no mark of a solution: {BEGIN} "
                f"and {END} stand alone in a line, {LINE} behind one"
            )
        elif opened is None or keep:
            yield line
    if opened is not None:
        raise MarkError(f"line {opened}: {BEGIN} without {END}")


def _blank(line):
    """A line of code with `...` for what it assigns or returns."""
    for joint in (" = ", "return "):
        before, found, _ = line.partition(joint)
        if found:
            return before + found + BLANK
    indent = line[: len(line) - len(line.lstrip())]
    return indent + BLANK
