"""The shape of the house is a promise too: sizes, directions, documentation."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

import minigrad

PACKAGE = Path(minigrad.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = MODULES + sorted((ROOT / "tests").rglob("*.py"))

# Left may be imported by right, never back. A package stands for all it holds.
ORDER = """
    errors fastpaths arrays functors hollow patterns marking sharing walks printing
    random screen compiling heads pacing duplicated twin dryrun destructure
    autodiff.operations autodiff.registry autodiff.tape autodiff.refusals
    autodiff.standing
    autodiff.tracked autodiff.recording autodiff.shortcuts autodiff.operators
    autodiff.vjps autodiff.structure autodiff.gradient autodiff.derivatives
    autodiff.curvature autodiff.marks autodiff.checkpoint autodiff.buffer
    autodiff.table autodiff.nonfinite autodiff.captions autodiff.layout
    autodiff.drawing autodiff.trace autodiff.explain
    autodiff.report autodiff.check autodiff
    nn.activations nn.initialisers nn.kernels nn.fused nn.losses nn.modes
    nn.convolution nn.attention nn.lstm nn.layers nn
    optimise.printing optimise.numbers optimise.schedule optimise.schedules
    optimise.rule optimise.contract optimise.rules
    optimise.source optimise.loops optimise.kernels optimise.elementwise optimise.steps
    optimise.state optimise.batches optimise.crew optimise.quick optimise.plan
    optimise.update optimise.adjust optimise
    summary labels observations data splits shaping datasets plots causes train
    serialise.text serialise.npz serialise.tensors serialise.writing
    serialise.models serialise.matching serialise.numbers serialise.generators
    serialise.rules serialise.coding serialise.decoding serialise.resuming
    serialise.files serialise
    check.states check.showing check.calling check.comparing
    testing.cases testing.gradients testing.rules testing.layers
    sklearn.network sklearn.classifier sklearn.regressor sklearn
    legacy.deprecation legacy.param legacy.places legacy.collecting legacy.listing
    legacy.params legacy.grads legacy.gradient
    legacy.identity legacy.applying legacy.optimiser legacy.combined legacy.modifying
    legacy.descents legacy.updating legacy.training legacy
    learner
    check.blanks check.sealing check.registry check.exercises check.report
    check.records check.checker check
    testing
    course.stripping course.building course
""".split()
LEFT_OUT = {"", "__main__"}  # they import from everywhere, and nothing imports them


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def place(name):
    """Where a module stands in `ORDER`: at its own name, or at its package's."""
    while name and name not in ORDER:
        name = name.rpartition(".")[0]
    assert name, "every module has its place in ORDER"
    return ORDER.index(name)


def imports(path):
    """The minigrad modules that a module imports, wherever it does so."""
    here = path.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            parts = (*base, *(node.module.split(".") if node.module else ()))
            names = [(*parts, alias.name) for alias in node.names]
            for name in names:
                whole = PACKAGE.joinpath(*name)
                is_module = whole.with_suffix(".py").exists() or whole.is_dir()
                found.add(".".join(name if is_module else parts))
    return found - {""}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_are_short(path):
    lines = path.read_text().splitlines()
    long = [n for n, line in enumerate(lines, 1) if len(line) > 88]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_small(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_fit_a_screen(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            code = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert code <= 50, f"{node.name} has {code} lines of code"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path):
    name = name_of(path)
    if name in LEFT_OUT:
        return
    for other in imports(path):
        within = place(other) == place(name)  # files of one family
        assert within or place(other) < place(name), f"{name} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_layers_and_rules_do_not_know_each_other(path):
    name, found = name_of(path), imports(path)
    if name.startswith("nn"):
        assert not any(other.startswith("optimise") for other in found)
    if name.startswith("optimise"):
        assert not any(other.startswith("nn") for other in found)
    if not name.startswith("legacy"):
        assert not any(other.startswith("legacy") for other in found)


def test_there_are_no_cycles():
    graph = {name_of(path): imports(path) for path in MODULES}
    done, path = set(), []

    def visit(name):
        assert name not in path, " > ".join([*path, name])
        if name not in done:
            path.append(name)
            for other in graph.get(name, ()):
                visit(other)
            done.add(path.pop())

    for name in graph:
        visit(name)


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("matplotlib", ["plots.library"]),
        ("numba", ["compiling", "heads", "optimise.kernels"]),
        ("safetensors", ["serialise.tensors"]),
        ("sklearn", ["sklearn"]),
        ("tensorboardX", ["learner.tensorboard"]),
    ],
)
def test_heavy_libraries_have_few_homes(library, homes):
    pattern = re.compile(rf"^\s*(import|from) {library}\b", re.MULTILINE)
    found = [name_of(p) for p in MODULES if pattern.search(p.read_text())]
    at_home = lambda name: any(f"{name}.".startswith(f"{home}.") for home in homes)
    assert found and all(map(at_home, found))


def test_import_is_light(run_python):
    heavy = "numba", "tqdm", "matplotlib", "llvmlite", "safetensors", "sklearn"
    code = f"import sys, minigrad; print([m for m in {heavy} if m in sys.modules])"
    assert run_python(code) == "[]"


def test_the_top_level_is_tidy():
    allowed = {"pyproject.toml", "README.md", "LICENSE"}
    allowed |= {"minigrad", "tests", "tutorials", "docs"}
    made = {"build", "dist"}  # by tools, and ignored by git
    found = {path.name for path in ROOT.iterdir() if path.name[0] != "."}
    assert {name for name in found - made if not name.endswith(".egg-info")} <= allowed


def test_public_names_are_documented_and_exist():
    for name in minigrad.__all__:
        value = getattr(minigrad, name)
        assert value.__doc__, name
    assert len(set(minigrad.__all__)) == len(minigrad.__all__)


def test_tests_mirror_the_package():
    tests = ROOT / "tests"
    for path in sorted(tests.rglob("test_*.py")):
        folder = path.parent.relative_to(tests)
        known = folder in (Path(), Path("examples"), Path("tutorials"), Path("docs"))
        assert known or (PACKAGE / folder).is_dir(), path


def test_the_order_of_the_house_is_complete():
    names = {name_of(path) for path in MODULES} - LEFT_OUT
    assert all(place(name) >= 0 for name in names)
    assert all(first != second for first, second in pairwise(sorted(ORDER)))
