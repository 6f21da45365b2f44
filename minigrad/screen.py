"""What is shown while one waits: only where somebody may be watching."""

import sys


def watched():
    """Whether standard error is a terminal, or this is a notebook."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    return terminal or "ipykernel" in sys.modules


def say(sentence):
    """Print a line to standard error, if somebody may be watching."""
    if watched():
        print(f"minigrad: {sentence}", file=sys.stderr, flush=True)
