"""Writing random programs: each step is tried out on the values at hand.

What fits is found by trying: an expression is kept if NumPy accepts its arguments and
the result is small, bounded and away from kinks. So no rule about shapes is written
down twice, and every value of the program is known while it is being written.
"""

from itertools import count
from string import Formatter
from warnings import catch_warnings

import numpy as np

from .check import numerical_gradient
from .operations import KINKED, SMOOTH, drawn
from .programs import Block, Program, Step, lines, mentioned, size

SHAPES = (), (1,), (3,), (4,), (2, 3), (3, 2), (3, 3), (2, 1), (1, 3), (2, 3, 2), (2, 2)
LARGEST, BOUND = 24, 3
WRONG_FIT = ValueError, IndexError, TypeError, AttributeError, ArithmeticError, Warning
PLACES = {
    code: sorted({place for _, place, _, _ in Formatter().parse(code) if place})
    for code in SMOOTH + KINKED
}
BLOCKS, DEEPEST = 0.15, 2
"""How often a step is one with blocks, and how deep they may stand in each other."""


def random_program(rng, operations=None, avoid=()):
    """A program and a direction for each of its inputs.

    Args:
        rng: a `numpy.random.Generator`.
        operations: how many; 20 to 200 by default, small numbers more often.
        avoid: parts of expressions that it shall not use.
    """
    if operations is None:
        operations = int(20 * 10 ** rng.uniform())
    return Writer(rng, avoid).program(operations)


class Writer:
    """What is known of a program that is being written.

    Attributes:
        rng: where all choices come from.
        smooth, kinked: the expressions to choose from.
        values: every value so far, by name.
        numbers: for names.
    """

    def __init__(self, rng, avoid=()):
        self.rng = rng
        self.smooth, self.kinked = (
            [code for code in rows if not any(part in code for part in avoid)]
            for rows in (SMOOTH, KINKED)
        )
        self.values = {}
        self.numbers = count(1)

    def program(self, operations):
        """The whole program, and a direction for each input."""
        inputs = {}
        for _ in range(self.rng.integers(1, 5)):
            shape = SHAPES[self.rng.integers(len(SHAPES))]
            inputs[self.name("x")] = self.rng.uniform(-1, 1, shape).round(2)
        self.values.update(inputs)
        scope = list(inputs)
        steps = self.steps(operations, scope)
        used = mentioned(steps)
        unused = [step.name for step in steps if step.name not in used]
        results = [*self.rng.permutation(unused)[:6].tolist(), scope[-1]]
        directions = [
            self.rng.uniform(-1, 1, x.shape).round(2) for x in inputs.values()
        ]
        return Program(inputs, tuple(steps), tuple(dict.fromkeys(results))), directions

    def name(self, letter="v"):
        """A name that no other value has."""
        return f"{letter}{next(self.numbers)}"

    def steps(self, number, scope, depth=0):
        """So many steps that use the names in `scope`; theirs are added to it."""
        steps = []
        while number > 0:
            step = None
            if number > 3 and depth < DEEPEST and self.rng.random() < BLOCKS:
                step = self.with_blocks(scope, depth + 1, number - 1)
            step = step or self.simple(scope, kinks=depth == 0)
            number -= size([step])
            steps.append(step)
            scope.append(step.name)
        return steps

    # --- One expression ------------------------------------------------------------

    def simple(self, scope, kinks):
        """A step that fits; `kinks` allows what is not smooth everywhere."""
        while True:
            kinked = kinks and self.rng.random() < 0.2
            rows = self.kinked if kinked else self.smooth
            code = rows[self.rng.integers(len(rows))]
            args = self.some_of(scope), self.some_of(scope)
            constants = {
                place: drawn(self.rng, place, self.values[args[0]])
                for place in PLACES[code]
                if not place.isdigit()
            }
            step = Step(self.name(), code, args[: 1 + ("{1}" in code)], constants)
            if self.fits(step) and (not kinked or self.is_smooth(step)):
                return step

    def some_of(self, scope):
        """One of the names, the latest more often."""
        latest = scope[-4:] if self.rng.random() < 0.5 else scope
        return latest[self.rng.integers(len(latest))]

    def fits(self, step):
        """Whether the step runs and gives a few bounded numbers, which are kept."""
        value = self.tried(step, self.values)
        if value is None or np.iscomplexobj(value) or not 0 < np.size(value) <= LARGEST:
            return False
        if np.ndim(value) > 3 or not np.max(np.abs(value)) < BOUND:
            return False
        self.values[step.name] = value
        return True

    def tried(self, step, values):
        """The value of a step, or None if NumPy refuses it."""
        names = {**values, "np": np, "gradient": numerical_gradient}
        try:
            with (
                np.errstate(all="raise", under="ignore"),
                catch_warnings(action="error"),
            ):
                exec("\n".join(lines(step)), names)
        except WRONG_FIT:
            return None
        return np.asarray(names[step.name])

    def is_smooth(self, step, h=0.01):
        """Whether there is no kink near: second differences are as small as h**2."""
        here = self.values[step.name]
        for _ in range(3):
            moves = {
                name: h * self.rng.choice([-1, 1], np.shape(self.values[name]))
                for name in step.args
            }
            right, left = (
                self.tried(step, {x: self.values[x] + t * moves[x] for x in moves})
                for t in (1, -1)
            )
            if right is None or left is None:
                return False
            if not np.shape(here) == right.shape == left.shape:
                return False
            if np.max(np.abs(right - 2 * here + left)) > 20 * h**2:
                return False
        return True

    # --- Branches, loops, gradients --------------------------------------------------

    def with_blocks(self, scope, depth, most):
        """A branch, loop or gradient of at most so many steps; None if it misfits."""
        kinds = self.if_step, self.for_step, self.gradient_step
        number = int(self.rng.integers(2, min(most, 8) + 1))
        step = kinds[self.rng.integers(3)](scope, depth, number)
        return step if step and self.fits(step) else None

    def if_step(self, scope, depth, number):
        """A branch on a sum, far enough from where it would go the other way."""
        x = self.some_of(scope)
        away = self.rng.choice([-1, 1]) * self.rng.uniform(0.1, 0.5)
        threshold = round(float(np.sum(self.values[x]) + away), 2)
        blocks = []
        for _ in range(2):
            inside = list(scope)
            steps = self.steps(number // 2, inside, depth)
            blocks.append(Block(tuple(steps), inside[-1]))
        return Step(self.name(), "if", (x,), {"number": threshold}, tuple(blocks))

    def for_step(self, scope, depth, number):
        """A loop whose state keeps its shape, and goes into the next round."""
        x, name = self.some_of(scope), self.name()
        self.values[name] = self.values[x]
        block = self.block(scope, name, "np.tanh({0} + np.mean({1}))", depth, number)
        times = {"times": int(self.rng.integers(1, 5))}
        return Step(name, "for", (x,), times, (block,))

    def gradient_step(self, scope, depth, number):
        """The gradient of a block towards one of the values, which is in it `x_...`."""
        x, name = self.some_of(scope), self.name()
        if np.size(self.values[x]) > 6:
            return None
        self.values[f"x_{name}"] = self.values[x]
        code = "np.sum(np.cos({0} + np.mean({1})))"
        block = self.block(scope, f"x_{name}", code, depth, number)
        return Step(name, "gradient", (x,), {}, (block,))

    def block(self, scope, state, last, depth, number):
        """A block that knows `state`, too, and ends with the expression `last`."""
        inside = [*scope, state]
        steps = self.steps(number - 1, inside, depth)
        end = Step(self.name(), last, (state, inside[-1]), {})
        return Block((*steps, end), end.name)
