"""A random program as plain data, and the same as Python source.

A program is a list of steps, each of which gives a value its name. The source is what
runs: what a person pastes is exactly what was checked.
"""

from typing import NamedTuple

import numpy as np


class Step(NamedTuple):
    """One named value.

    Attributes:
        name: of the value that it makes.
        code: an expression of `operations.py`; or "if", "for" or "gradient".
        args: the names of the values that fill `{0}`, `{1}`.
        constants: what fills the other places of the expression, by name.
        blocks: what stands below an "if" (two), a "for" or a "gradient" (one).
    """

    name: str
    code: str
    args: tuple
    constants: dict
    blocks: tuple = ()


class Block(NamedTuple):
    """Steps in a place of their own, and the name of their result."""

    steps: tuple
    result: str


class Program(NamedTuple):
    """A function of arrays that returns one number.

    Attributes:
        inputs: the arguments, by name: a dictionary of arrays.
        steps: what it does.
        results: the names of the values that enter the number it returns.
    """

    inputs: dict
    steps: tuple
    results: tuple


def size(steps):
    """How many steps there are, those in blocks included."""
    return sum(1 + sum(size(block.steps) for block in step.blocks) for step in steps)


def mentioned(steps):
    """The names of all values that the steps use."""
    found = set()
    for step in steps:
        found.update(step.args)
        for block in step.blocks:
            found |= mentioned(block.steps) | {block.result}
    return found


# --- Source --------------------------------------------------------------------------

WEIGHTED = '''
def weighted(v):
    """One number, to which every entry of v contributes differently."""
    weights = np.cos(np.arange(np.size(v)) + 1.0)
    return np.mean(np.reshape(weights, np.shape(v)) * v)
'''

SCRIPT = """import numpy as np

from minigrad import gradient


{weighted}


{function}


inputs = [
{inputs}
]
directions = [
{directions}
]
pairs = list(zip(inputs, directions))
at = lambda t: f(*(x + t * d for x, d in pairs))
print("by a difference:", (at(1e-5) - at(-1e-5)) / 2e-5)
found = zip(gradient(f, *inputs), directions)
print("by the tape:", sum(np.sum(g * d) for g, d in found if g is not None))
"""


def lines(step):
    """The source of one step."""
    name, code, args, constants, blocks = step
    if code == "if":
        yes, no = ([*body(block), f"{name} = {block.result}"] for block in blocks)
        test = f"if np.sum({args[0]}) > {constants['number']}:"
        return [test, *indented(yes), "else:", *indented(no)]
    if code == "for":
        repeated = [*body(blocks[0]), f"{name} = {blocks[0].result}"]
        start = f"for _ in range({constants['times']}):"
        return [f"{name} = {args[0]}", start, *indented(repeated)]
    if code == "gradient":
        inner = [*body(blocks[0]), f"return {blocks[0].result}"]
        call = f"{name} = gradient(f_{name}, {args[0]})[0]"
        return [f"def f_{name}(x_{name}):", *indented(inner), call]
    return [f"{name} = {code.format(*args, **constants)}"]


def body(block):
    """The source of the steps of a block."""
    return [line for step in block.steps for line in lines(step)]


def indented(source):
    """The lines, one level deeper."""
    return ["    " + line for line in source]


def function_source(program):
    """The source of the function `f`."""
    total = " + ".join(f"weighted({name})" for name in program.results)
    inside = [*body(program), f"return {total}"]
    return "\n".join([f"def f({', '.join(program.inputs)}):", *indented(inside), ""])


def script(program, directions):
    """All that a person needs to see the program's slope, and what it should be."""
    return SCRIPT.format(
        weighted=WEIGHTED.strip(),
        function=function_source(program).strip(),
        inputs=typed(program.inputs.values()),
        directions=typed(directions),
    )


def typed(arrays):
    """Arrays as they are typed, one a line."""
    return "\n".join(f"    np.array({np.asarray(x).tolist()})," for x in arrays)


def compiled(program, numpy, gradient):
    """The function, with that `numpy` and that `gradient`."""
    names = {"np": numpy, "gradient": gradient}
    exec(WEIGHTED + function_source(program), names)
    return names["f"]
