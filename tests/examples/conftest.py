"""pytest must not import the scripts in search of doctests: they are run instead."""

from . import EXAMPLES

collect_ignore = [path.name for path in EXAMPLES]
