"""Making a failing program smaller, as long as it fails in the same way.

Each simplification is tried wherever it applies. What keeps the failure is kept, and
all is tried again, until nothing helps any more. Nothing is planned: a simplification
that breaks the program does not fail in the same way, and is dropped.
"""

import numpy as np

from .check import numerical_gradient
from .programs import Block, compiled, mentioned, size


def shrunk(program, directions, verdict):
    """The smallest program found, and its directions.

    Args:
        program: one that fails.
        directions: one for each input.
        verdict: called as `verdict(program, directions)`: how it fails.
    """
    wanted, best = verdict(program, directions), (program, directions)
    while True:
        for candidate in simpler(*best):
            if runs(candidate[0]) and verdict(*candidate) == wanted:
                best = candidate
                break
        else:
            return best


def runs(program):
    """Whether NumPy alone can run the program."""
    try:
        with np.errstate(all="raise", under="ignore"):
            f = compiled(program, np, numerical_gradient)
            return bool(np.isfinite(f(*program.inputs.values())))
    except Exception:  # whatever is wrong with it
        return False


# --- Simplifications -----------------------------------------------------------------


def simpler(program, directions):
    """Pairs (program, directions) that might do, the most drastic first.

    What no result depends on is dropped, too, unless it is there that it fails.
    """
    for candidate in [*fewer_results(program), *fewer_steps(program)]:
        needed = alive(candidate.steps, set(candidate.results))
        for version in (candidate._replace(steps=needed), candidate):
            if cost(version) < cost(program):
                yield version, directions
    yield from fewer_inputs(program, directions)
    yield from smaller_inputs(program, directions)


def cost(program):
    """What counts: steps, then rounds of loops, then results."""
    return size(program.steps), rounds(program.steps), len(program.results)


def rounds(steps):
    """How many rounds the loops make."""
    return sum(
        step.constants.get("times", 0)
        + sum(rounds(block.steps) for block in step.blocks)
        for step in steps
    )


def fewer_results(program):
    """One value as the only result, or all results but one."""
    for name in (*(step.name for step in program.steps), *program.results):
        yield program._replace(results=(name,))
    for i in range(len(program.results) if len(program.results) > 2 else 0):
        yield program._replace(results=program.results[:i] + program.results[i + 1 :])


def fewer_steps(program):
    """The program with one of its steps made simpler."""
    for steps, old, new in simpler_steps(program.steps):
        results = dict.fromkeys(new if x == old else x for x in program.results)
        yield program._replace(steps=steps, results=tuple(results))


def simpler_steps(steps):
    """Triples (steps, a name that is gone, the name that takes its place)."""
    for i, step in reversed(list(enumerate(steps))):
        before, after = steps[:i], steps[i + 1 :]
        for name in dict.fromkeys(step.args):  # one of its arguments in its place
            yield (*before, *renamed(after, step.name, name)), step.name, name
        for j, block in enumerate(step.blocks):
            state = f"x_{step.name}" if step.code == "gradient" else step.name
            inside = renamed(
                block.steps, state, step.args[0]
            )  # without what is round it
            yield (
                (*before, *inside, *renamed(after, step.name, block.result)),
                step.name,
                block.result,
            )
            for simple, old, new in simpler_steps(block.steps):
                result = new if block.result == old else block.result
                blocks = list(step.blocks)
                blocks[j] = Block(simple, result)
                new_step = step._replace(blocks=tuple(blocks))
                yield (*before, new_step, *after), None, None
        if step.constants.get("times", 1) > 1:
            yield (*before, step._replace(constants={"times": 1}), *after), None, None


def renamed(steps, old, new):
    """The steps with another value in the place of one that they use."""
    swap = lambda name: new if name == old else name
    return tuple(
        step._replace(
            args=tuple(map(swap, step.args)),
            blocks=tuple(
                Block(renamed(block.steps, old, new), swap(block.result))
                for block in step.blocks
            ),
        )
        for step in steps
    )


def alive(steps, needed):
    """Those of the steps that the `needed` values depend on."""
    kept = []
    for step in reversed(steps):
        if step.name in needed:
            blocks = (
                Block(alive(block.steps, {block.result}), block.result)
                for block in step.blocks
            )
            step = step._replace(blocks=tuple(blocks))
            needed = needed | mentioned([step])
            kept.append(step)
    return tuple(reversed(kept))


def fewer_inputs(program, directions):
    """Without the inputs that nothing uses."""
    used = mentioned(program.steps) | set(program.results)
    pairs = zip(program.inputs.items(), directions, strict=True)
    kept = [(item, direction) for item, direction in pairs if item[0] in used]
    if 0 < len(kept) < len(directions):
        items, directions = zip(*kept, strict=True)
        yield program._replace(inputs=dict(items)), list(directions)


def smaller_inputs(program, directions):
    """Without an axis of an input, or with its first one or two numbers only."""
    for i, (name, x) in enumerate(program.inputs.items()):
        for axis in range(x.ndim):
            for part in (0, slice(1), slice(2)):
                cut = (slice(None),) * axis + (part,)
                if x[cut].size < x.size or x[cut].ndim < x.ndim:
                    along = list(directions)
                    along[i] = np.asarray(directions[i][cut])
                    inputs = {**program.inputs, name: np.asarray(x[cut])}
                    yield program._replace(inputs=inputs), along
