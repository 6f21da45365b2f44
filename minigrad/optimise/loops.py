"""From the formula of a rule to a loop over its arrays, written out as text.

A formula is a few lines of NumPy about whole arrays. The loop is the same lines
about one number after the other, so that memory is read and written once:

    def formula(x, dx, v, eta, rho):     def loop(xs, dxs, vs, eta, rho):
        v = rho * v + eta * dx               real = xs.dtype.type
        return v, v                          c1 = real(rho)
                                             c2 = real(eta)
                                             for i in range(xs.size):
                                                 x, dx, v = xs[i], dxs[i], vs[i]
                                                 v = c1 * v + c2 * dx
                                                 dx, vs[i] = v, v
                                                 xs[i] = x - dx

What is made of numbers alone, as `1 - beta`, is computed once before the loop, in
double precision, and then rounded to the type of the array. NumPy does the same
with Python's floats, which is why a loop and its formula give the same bits. The
formulas of a chain become one loop, each fed with the step of the one before.
"""

import ast
import builtins
import inspect
import keyword
import math
from copy import deepcopy
from numbers import Real
from types import ModuleType

import numpy as np

from .source import definition


def write_loop(formulas):
    """The text of a function `loop` that carries out formulas one after the other.

    Args:
        formulas: pairs `(formula, how many arrays it remembers)`.

    Returns:
        The text. The function takes the arrays `x` and `dx`, what the formulas
        remember, and then their numbers, each in the order of the formulas.

    Raises:
        TypeError: a formula does something else than arithmetic on one number.

    >>> def formula(x, dx, eta):
    ...     return eta * (dx + 0.5 * x)
    >>> print(write_loop([(formula, 0)]))
    def loop(xs, dxs, eta):
        real = xs.dtype.type
        c1 = real(eta)
        c2 = real(0.5)
        for i in range(xs.size):
            x, dx = (xs[i], dxs[i])
            dx = c1 * (dx + c2 * x)
            xs[i] = x - dx
    """
    loop = _Loop()
    for formula, remembered in formulas:
        _Translation(formula, remembered, loop).write()
    return loop.text()


class _Loop:
    """The loop as far as it is written.

    Attributes:
        memory: pairs of names, of an array and of one number in it.
        numbers: the names of the numbers it is called with.
        before: the lines before the loop.
        inside: the lines in the loop.
    """

    def __init__(self):
        self.taken = {"x", "dx", "xs", "dxs", "i", "real", "loop", "np", "math"}
        self.taken |= {*dir(builtins), *keyword.kwlist}
        self.memory, self.numbers, self.before, self.inside = [], [], [], []
        self.constants = {}

    def name(self, wish):
        """A name that is still free: the one wished for, or with a number."""
        name, count = wish, 1
        while name in self.taken:
            count += 1
            name = f"{wish}_{count}"
        self.taken.add(name)
        return name

    def constant(self, text):
        """The name of a number that is computed before the loop."""
        if text not in self.constants:
            self.constants[text] = self.name(f"c{len(self.constants) + 1}")
            self.before.append(f"{self.constants[text]} = real({text})")
        return ast.Name(self.constants[text])

    def text(self):
        """All of it."""
        arrays, elements = zip(("xs", "x"), ("dxs", "dx"), *self.memory, strict=True)
        entries = ", ".join(f"{array}[i]" for array in arrays)
        lines = [
            f"def loop({', '.join((*arrays, *self.numbers))}):",
            "    real = xs.dtype.type",
            *(f"    {line}" for line in self.before),
            "    for i in range(xs.size):",
            f"        {', '.join(elements)} = ({entries})",
            *(f"        {line}" for line in self.inside),
            "        xs[i] = x - dx",
        ]
        return "\n".join(lines)


def _numpy(name, *arguments):
    return ast.Call(ast.Attribute(ast.Name("np"), name), list(arguments), [])


class _Translation:
    """One formula on its way into the loop.

    Attributes:
        names: for each name in the formula, its name in the loop.
        varying: those that stand for one number of an array; the others stand for
            the same number throughout the loop.
    """

    def __init__(self, formula, remembered, loop):
        self.formula, self.loop = formula, loop
        x, dx, *given = inspect.signature(formula).parameters
        self.names, self.varying = {x: "x", dx: "dx"}, {x, dx, *given[:remembered]}
        for name in given:
            self.names[name] = loop.name(name)
        self.memory = [(loop.name(f"{m}s"), self.names[m]) for m in given[:remembered]]
        loop.memory += self.memory
        loop.numbers += [self.names[name] for name in given[remembered:]]
        around = inspect.getclosurevars(formula)
        self.around = around.builtins | around.globals | around.nonlocals

    def write(self):
        """Translate the formula line by line."""
        function = definition(self.formula)
        if not isinstance(function, ast.FunctionDef):
            raise self.refusal("It must be written with def.")
        if not isinstance(function.body[-1], ast.Return):
            raise self.refusal("Its last line must be return ...: it returns nothing.")
        for line in function.body:
            match line:
                case ast.Expr(ast.Constant(str())):
                    pass
                case ast.Assign([target], value):
                    self.assign(target, value)
                case ast.Return(value) if value and line is function.body[-1]:
                    self.give_back(value)
                case _:
                    raise self.refusal(
                        f"Its lines may be name = ..., and the last one return ...; "
                        f"this is something else: {ast.unparse(line)} (A choice is "
                        f"np.where(condition, a, b).)"
                    )

    def assign(self, target, value):
        """Before the loop, if it names something made of numbers alone."""
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        if not all(isinstance(part, ast.Name) for part in parts):
            raise self.refusal(f"It changes an array: {ast.unparse(target)} = ...")
        names = [part.id for part in parts]
        if any(self.names.get(name) == "x" for name in names):
            raise self.refusal("It gives x another value: take another name for that.")
        fixed = not self.varies(value) and not self.names.keys() & set(names)
        new = self.number(value) if fixed else self.element(value)
        for name in names:
            if name not in self.names:
                self.names[name] = self.loop.name(name)
            if not fixed:
                self.varying.add(name)
        into = ", ".join(self.names[name] for name in names)
        lines = self.loop.before if fixed else self.loop.inside
        lines.append(f"{into} = {ast.unparse(new)}")

    def give_back(self, value):
        """The step, and then what is remembered."""
        given = value.elts if isinstance(value, ast.Tuple) else [value]
        if len(given) != 1 + len(self.memory):
            values = "1 value" if len(given) == 1 else f"{len(given)} values"
            raise self.refusal(
                f"It returns {values}, and must return "
                f"{1 + len(self.memory)}: the step, and each array that init makes."
            )
        into = ", ".join(["dx", *(f"{array}[i]" for array, _ in self.memory)])
        texts = ", ".join(ast.unparse(self.element(part)) for part in given)
        self.loop.inside.append(f"{into} = {texts}")

    def varies(self, node):
        """Whether an expression depends on the arrays."""
        names = (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
        return not self.varying.isdisjoint(names)

    def element(self, node):
        """An expression as it stands inside the loop, about one number."""
        if isinstance(node, ast.Tuple):
            return ast.Tuple(list(map(self.element, node.elts)))
        if not self.varies(node):
            return self.loop.constant(ast.unparse(self.number(node)))
        match node:
            case ast.Name(name):
                return ast.Name(self.names[name])
            case ast.UnaryOp(ast.USub(), operand):
                return ast.UnaryOp(node.op, self.element(operand))
            case ast.BinOp(base, ast.Pow(), ast.Constant(2)):
                return _numpy("square", self.element(base))  # which NumPy does for ** 2
            case ast.BinOp(left, op, right) if not isinstance(op, ast.MatMult):
                return ast.BinOp(self.element(left), op, self.element(right))
            case ast.Compare(left, [op], [right]):
                return ast.Compare(self.element(left), [op], [self.element(right)])
            case ast.IfExp(test, one, other) if not self.varies(test):
                return ast.IfExp(*map(self.element, (test, one, other)))
            case ast.Call(function, arguments, []):
                return self.call(function, list(map(self.element, arguments)))
        raise self.refusal(f"This is not arithmetic on one number: {ast.unparse(node)}")

    def call(self, function, arguments):
        """A function of NumPy for one number."""
        meant = self.meaning(function)
        meant = np.absolute if meant is abs else meant
        if meant is np.where and len(arguments) == 3:
            return ast.IfExp(*arguments)
        known = isinstance(meant, np.ufunc) and getattr(np, meant.__name__, 0) is meant
        if known and len(arguments) == meant.nin:
            return _numpy(meant.__name__, *arguments)
        raise self.refusal(
            f"{ast.unparse(function)} is not a function of NumPy that takes one number "
            f"after the other, as np.sqrt and np.where do."
        )

    def number(self, node):
        """An expression of numbers alone, in the names of the loop."""
        names = self.names

        class Renaming(ast.NodeTransformer):
            """Names as the loop has them."""

            def visit_Name(here, part):
                if part.id in names:
                    return ast.Name(names[part.id])
                value = self.meaning(part)
                if value is np or value is math:
                    return ast.Name(value.__name__.replace("numpy", "np"))
                if getattr(builtins, part.id, None) is value:
                    return part
                if isinstance(value, Real):
                    raise self.refusal(
                        f"{part.id} stands outside of it, and might change unnoticed. "
                        f"Make it a field of the rule, {part.id}: float = {value}, and "
                        f"a parameter of the formula."
                    )
                raise self.refusal(f"{part.id} is not a number or a function of NumPy.")

            def visit_BinOp(here, part):
                """A power is that of C, in which numba would multiply instead."""
                here.generic_visit(part)
                if not isinstance(part.op, ast.Pow):
                    return part
                power = ast.Attribute(ast.Name("math"), "pow")
                exponent = ast.Call(ast.Name("float"), [part.right], [])
                return ast.Call(power, [part.left, exponent], [])

        return Renaming().visit(deepcopy(node))

    def meaning(self, node):
        """What a name outside of the formula, or an attribute of it, stands for."""
        match node:
            case ast.Name(name) if name in self.around:
                return self.around[name]
            case ast.Attribute(ast.Name(module), name):
                holder = self.around.get(module)
                if isinstance(holder, ModuleType) and hasattr(holder, name):
                    return getattr(holder, name)
        raise self.refusal(f"{ast.unparse(node)} is not known there.")

    def refusal(self, sentence):
        """An error about the formula."""
        return TypeError(
            f"{self.formula.__qualname__} cannot be made into a loop. {sentence} (A "
            f"formula computes every number of the step from the same number of each "
            f"array. For anything else write the method apply instead.)"
        )
