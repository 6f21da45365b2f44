"""How the site is made of these pages, the docstrings and the course.

    pip install -e '.[docs]'
    sphinx-build -W --keep-going docs docs/_build/html

No network is needed, for making it or for reading it. The notebooks of the course are
run, each of them once until it changes; `-D nb_execution_mode=off` does without.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import minigrad

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
# The notebooks run in other folders, and with the minigrad of the reference.
os.environ["PYTHONPATH"] = str(Path(minigrad.__file__).parent.parent)

project = "minigrad"
author = "minigrad contributors"
copyright = author
version = release = minigrad.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "docstrings",  # before napoleon, which reads what it makes
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "mathml",
]
exclude_patterns = ["_build", "_extensions"]
nitpicky = True
smartquotes = False  # what stands in quotation marks is often code

# --- The pages -----------------------------------------------------------------------

html_theme = "furo"
html_title = f"minigrad {version}"
html_static_path = ["_static"]
html_css_files = ["minigrad.css"]
html_math_renderer = "mathml"
html_copy_source = False
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

# --- The reference -------------------------------------------------------------------

autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]  # of several names

# --- The course ----------------------------------------------------------------------

nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "remove"  # it says what is compiled


def setup(app):
    """Bring in the notebooks of students, as the site is all below this folder."""
    course, tutorials = HERE / "course", HERE.parent / "tutorials"
    shutil.rmtree(course, ignore_errors=True)
    course.mkdir()
    for path in sorted(tutorials.glob("*.ipynb")):
        shutil.copy2(path, course)
    contents = "\n```{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n```\n"
    words = (tutorials / "README.md").read_text("utf-8")
    (course / "index.md").write_text(words + contents, "utf-8")
    app.connect("source-read", adapted_to_the_site)


# What doctest needs at the end of an example is not to be seen.
BLANK_AT_THE_END = re.compile(r"^(```python\n.*?\n)\n+```$", re.DOTALL | re.MULTILINE)


def adapted_to_the_site(app, name, source):
    """Mend links between docs and tutorials; of those to other files leave words."""
    text = source[0].replace("](../docs/", "](../")
    text = text.replace("](../tutorials/README.md", "](course/index.md")
    text = text.replace("](../tutorials/", "](course/")
    text = re.sub(r"\[([^][\n]*)\]\(\.\./(?:minigrad|tests)/[^)]*\)", r"\1", text)
    source[0] = BLANK_AT_THE_END.sub(r"\1```", text)
