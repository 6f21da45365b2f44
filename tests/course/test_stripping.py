import ast

import pytest

from minigrad.course.stripping import MarkError, solve, strip

SOURCE = '''\
def double(x):
    """Twice x."""
    # Think of a number.
    ### BEGIN SOLUTION
    y = x + x
    return y
    ### END SOLUTION


answer = 42  ### SOLUTION


def triple(x):
    return 3 * x  ### SOLUTION


print(answer)  ### SOLUTION'''

STUDENT = '''\
def double(x):
    """Twice x."""
    # Think of a number.
    ...


answer = ...


def triple(x):
    return ...


...'''


def test_the_scaffold_stays_and_the_evidence_goes():
    assert strip(SOURCE) == STUDENT
    ast.parse(strip(SOURCE))


def test_solutions_run_and_have_no_marks():
    names = {}
    exec(solve(SOURCE), names)
    assert (names["double"](2), names["triple"](2), names["answer"]) == (4, 6, 42)
    assert "SOLUTION" not in solve(SOURCE)


def test_code_without_marks_stays_as_it_is():
    code = "x = 1  # one\n\nif x == 1:\n    print('##')"
    assert strip(code) == solve(code) == code
    assert strip(strip(SOURCE)) == strip(SOURCE)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("### BEGIN SOLUTION\nx = 1", "line 1: ### BEGIN SOLUTION without"),
        ("x = 1\n### END SOLUTION", "line 2: ### END SOLUTION without"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION", "line 2: .* line 1 is open"),
        ("### BEGIN SOLUTON\nx = 1\n### END SOLUTION", "is no mark of a solution"),
        ("x = 1  ### BEGIN SOLUTION", "stand alone"),
        ("### SOLUTION", "behind one"),
        ("### begin solution", "no mark"),
    ],
)
def test_marks_come_in_pairs(source, message):
    for way in (strip, solve):
        with pytest.raises(MarkError, match=message):
            way(source)
