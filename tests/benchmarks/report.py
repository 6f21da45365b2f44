"""What a contest has shown: as a table to read, and as JSON to keep.

Numbers of different machines cannot be compared, and those of one machine only
with the same versions and threads. So the report begins with all of that.
"""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import numpy as np

from .contest import LIBRARIES, ratio

THREAD_SETTINGS = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
]


def machine():
    """The processor, the versions, and how many threads are used.

    Without a setting, every library takes one thread per core.
    """
    packages = ["numpy", "numba", *LIBRARIES.values()]
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    settings = {name: os.environ.get(name) for name in THREAD_SETTINGS}
    return {
        "processor": processor(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {package: version_of(package) for package in packages},
        "blas of numpy": f"{blas['name']} {blas['version']}",
        "threads": {name: n for name, n in settings.items() if n} or "default for all",
    }


def processor():
    """The name of the processor; Linux keeps it in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
    return names[0].strip() if names else platform.processor()


def version_of(package):
    """The version of an installed package, or "absent"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def summary(result):
    """A `Result` as a dict of numbers and strings, in the unit of its row."""
    row, times, absent = result
    entries = {
        name: {
            "median": median(seconds) * row.scale,
            "best": min(seconds) * row.scale,
            "of NumPy": ratio(times, name, "NumPy"),
            "rounds": [second * row.scale for second in seconds],
        }
        for name, seconds in times.items()
    }
    return {
        "title": row.title,
        "unit": row.unit,
        "contestants": entries,
        "absent": absent,
        "targets": [verdict(target, times) for target in row.targets],
    }


def verdict(target, times):
    """What a target asks for, what was measured, and whether it is met.

    That is None where there is nothing to judge: no limit, or a contestant absent.
    """
    value = target.of(times)
    return {
        "text": target.text,
        "value": None if value is None else float(value),
        "met": None if None in (value, target.limit) else bool(value <= target.limit),
    }


def table(name, row):
    """The lines of text for one `summary`.

    >>> entry = {"median": 2.0, "best": 1.5, "of NumPy": 1.0}
    >>> targets = [{"text": "at most 3 ms", "value": 2.0, "met": True}]
    >>> row = {"title": "a title", "unit": "ms", "absent": ["JAX"],
    ...        "contestants": {"NumPy": entry}, "targets": targets}
    >>> print(table("a", row))
    a: a title, in ms
                                  median      best  of NumPy
      NumPy                         2.00      1.50      1.00
      JAX                         absent
      target: at most 3 ms: 2.00, met
    """
    header = ("median", "best", "of NumPy")
    lines = [f"{name}: {row['title']}, in {row['unit']}"]
    lines.append(" " * 26 + "".join(f"{each:>10}" for each in header))
    for contestant, entry in row["contestants"].items():
        numbers = "".join(f"{digits(entry[each]):>10}" for each in header)
        lines.append(f"  {contestant:24}{numbers}")
    lines += [f"  {each:24}{'absent':>10}" for each in row["absent"]]
    for target in row["targets"]:
        met = {True: ", met", False: ", NOT met", None: ""}[target["met"]]
        lines.append(f"  target: {target['text']}: {digits(target['value'])}{met}")
    return "\n".join(lines)


def digits(number):
    """Three digits of a number, or a dash for none.

    >>> digits(0.01234), digits(1.234), digits(1234.5), digits(None)
    ('0.0123', '1.23', '1234', '-')
    """
    if number is None:
        return "-"
    if abs(number) >= 100:
        return f"{number:.0f}"
    return f"{number:.3g}" if abs(number) < 1 else f"{number:.2f}"


def write(path, report):
    """Write the report as JSON, making the folder if there is none."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
