"""Formulas written by tests, in files of their own, as a loop is made from a text."""

import importlib.util
import itertools
import sys

COUNT = itertools.count()
HEAD = "import math\nimport numpy as np\nfrom minigrad.optimise import Rule\n\n\n"


def module_of(folder, text):
    """The module of a text, imported from a new file in a folder."""
    name = f"written_by_a_test_{next(COUNT)}"
    path = folder / f"{name}.py"
    path.write_text(HEAD + text)
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def formula_of(folder, parameters, *lines):
    """The function `formula(x, dx, parameters)` of some lines."""
    head = f"def formula({', '.join(['x', 'dx', *parameters.split()])}):\n"
    body = "".join(f"    {line}\n" for line in lines)
    return module_of(folder, head + body).formula
