"""How numbers and small arrays are printed in rules and state trees."""

import numpy as np

ENTRIES_SHOWN = 12


def show(x):
    """`x` as text: floats to 6 significant digits, small arrays as lists.

    >>> show((1 / 30, None, 1e-8)), show(np.zeros((1, 2)))
    ('(0.0333333, None, 1e-08)', '[[0.0, 0.0]]')
    >>> show(np.zeros((64, 10), np.float32))
    '<float32 64x10>'
    """
    if isinstance(x, float | np.floating):
        text = f"{x:.6g}"
        return text if any(c in text for c in ".en") else text + ".0"
    if isinstance(x, np.ndarray):
        if x.size > ENTRIES_SHOWN:
            return f"<{x.dtype} {'x'.join(map(str, x.shape))}>"
        return show(x.tolist())
    if type(x) is tuple:
        return f"({', '.join(map(show, x))}{',' if len(x) == 1 else ''})"
    if type(x) is list:
        return f"[{', '.join(map(show, x))}]"
    return repr(x)


def show_call(x, names):
    """`x` as the call that makes it, from the attributes with these names.

    A single one stands without its name.

    >>> from types import SimpleNamespace
    >>> x = SimpleNamespace(eta=0.1, rho=0.9)
    >>> show_call(x, ["eta"]), show_call(x, ["eta", "rho"])
    ('SimpleNamespace(0.1)', 'SimpleNamespace(eta=0.1, rho=0.9)')
    """
    numbers = {name: show(getattr(x, name)) for name in names}
    if len(numbers) == 1:
        return f"{type(x).__name__}({next(iter(numbers.values()))})"
    pairs = (f"{name}={number}" for name, number in numbers.items())
    return f"{type(x).__name__}({', '.join(pairs)})"
