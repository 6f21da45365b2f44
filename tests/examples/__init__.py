"""Scripts that learn something real, in seconds, and assert what they reach.

Each runs on its own: `python tests/examples/iris_wine.py`.
"""

from pathlib import Path

EXAMPLES = sorted(
    path
    for path in Path(__file__).parent.glob("*.py")
    if path.stem not in ("__init__", "conftest", "test_examples")
)
