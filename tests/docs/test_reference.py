"""Every public name is in the reference, once, with an example that runs."""

import importlib
import inspect
import re
from collections import Counter

import pytest

from .pages import DOCS, ROOT, text_of

MODULES = [
    "minigrad",
    *(
        f"minigrad.{name}"
        for name in (
            "autodiff",
            "nn",
            "nn.activations",
            "nn.initialisers",
            "nn.layers",
            "nn.losses",
            "optimise",
            "optimise.rules",
            "optimise.schedules",
            "serialise",
            "datasets",
            "learner",
            "plots",
            "sklearn",
            "legacy",
            "check",
            "testing",
        )
    ),
]
ENTRY = re.compile(
    r"^\.\. (auto|py:)(?:class|function|exception|data):: ([\w.]+)", re.M
)
ENTRIES = [
    entry
    for path in sorted((DOCS / "reference").glob("*.md"))
    for entry in ENTRY.findall(text_of(path))
]
DOCUMENTED = [name for _, name in ENTRIES]
TAKEN_OVER = [n for kind, n in ENTRIES if kind == "auto" and "sklearn" not in n]


def value_of(name):
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def public(module):
    """The public names of a module and what they stand for, without modules."""
    pytest.importorskip("sklearn" if module == "minigrad.sklearn" else "numpy")
    names = importlib.import_module(module).__all__
    found = {name: value_of(f"{module}.{name}") for name in names}
    return {name: x for name, x in found.items() if not inspect.ismodule(x)}


def has_example(x):
    """Whether a docstring has an example, or that of a class it is derived from."""
    return any(">>> " in (c.__doc__ or "") for c in getattr(x, "__mro__", [x]))


def test_the_list_of_modules_is_complete():
    folder = ROOT / "minigrad"
    packages = {f"minigrad.{path.parent.name}" for path in folder.glob("*/__init__.py")}
    without_names = {"minigrad.course"}  # it is there for its commands
    assert packages - without_names <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_the_reference(module):
    known = {id(value_of(name)) for name in DOCUMENTED if "sklearn" not in name}
    missing = [
        name
        for name, x in public(module).items()
        if id(x) not in known and f"{module}.{name}" not in DOCUMENTED
    ]
    assert not missing, "add them to docs/reference"


def test_nothing_is_documented_twice():
    """Of two names of one thing, one has the docstring, and the other says so."""
    assert not [name for name, n in Counter(DOCUMENTED).items() if n > 1]
    values = Counter(id(value_of(name)) for name in TAKEN_OVER)
    assert not [name for name in TAKEN_OVER if values[id(value_of(name))] > 1]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_an_example(module):
    without = [
        name
        for name, x in public(module).items()
        if callable(x) and not isinstance(x, type(max)) and not has_example(x)
    ]
    assert not without
