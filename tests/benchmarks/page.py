"""The page of the documentation on what was measured, made of the results.

    python -m tests.benchmarks --page                  measure everything, and write it
    python -m tests.benchmarks.page RESULTS.json ...   write what has been measured

Rows of later files take the place of those of earlier ones, and rows that were not
measured again stay as they are, if they are of the same machine. Without a file, the
page is written once more from what is kept. That is in `docs/measured`: the numbers,
without those of single rounds, and two pictures.
"""

import json
import sys
from pathlib import Path

from .report import digits, write

DOCS = Path(__file__).parents[2] / "docs"
KEPT = DOCS / "measured" / "results.json"
BEGIN, END = "<!-- begin: measured -->\n", "<!-- end: measured -->\n"
NUMBERS = "median", "best", "of NumPy"
LOAD = "load average"
PICTURES = {
    "growth-layers": ("layers", "time of a step by the number of layers"),
    "growth-batch": ("samples", "time of a step by the size of the batch"),
}


def main(paths):
    """Take in the results of these files, and write the page."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {"rows": {}}
    for path in paths:
        kept = taken_in(kept, json.loads(Path(path).read_text("utf-8")))
    write(KEPT, kept)
    page = DOCS / "benchmarks.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(before + BEGIN + measured(kept) + END + after, "utf-8")
    for name in kept["rows"].keys() & PICTURES.keys():
        draw(name, kept["rows"][name])


def taken_in(kept, report):
    """What is kept, with the rows of a new report in the places of the old ones.

    >>> row = {"contestants": {"NumPy": {"median": 2.0, "rounds": [1.0, 2.0, 3.0]}}}
    >>> report = {"machine": {"cores": 2, "load average": 0.1}, "rows": {"b": row}}
    >>> kept = taken_in({"rows": {"a": {}}, "machine": {"cores": 2}}, report)
    >>> kept["rows"]
    {'a': {}, 'b': {'contestants': {'NumPy': {'median': 2.0}}, 'load average': 0.1}}
    >>> list(taken_in(kept | {"machine": {"cores": 4}}, report)["rows"])
    ['b']
    """
    machine = {key: x for key, x in report["machine"].items() if key != LOAD}
    rows = dict(kept["rows"]) if machine == kept.get("machine") else {}
    for name, row in report["rows"].items():
        entries = {
            who: {key: x for key, x in entry.items() if key != "rounds"}
            for who, entry in row["contestants"].items()
        }
        rows[name] = row | {"contestants": entries, LOAD: report["machine"][LOAD]}
    return {"machine": machine, "rows": rows}


def measured(report):
    """The part of the page that is made: the machine, and a table for each row."""
    machine = report["machine"]
    versions = [f"{k} {v}" for k, v in machine["versions"].items() if v != "absent"]
    load = max(row[LOAD] for row in report["rows"].values())
    parts = [
        f"{machine['processor']}, {machine['cores']} cores, with a load of at most "
        f"{load} by other work; {machine['system']}; Python "
        f"{machine['python']}, {', '.join(versions)}; {machine['blas of numpy']}; "
        f"threads: {machine['threads']}.",
    ]
    for name, row in report["rows"].items():
        title = f"{row['title']}, in {row['unit'].replace('us', 'µs')}"
        parts += [f"### {name}", f"{title[:1].upper()}{title[1:]}:", table(row)]
        if name in PICTURES:
            parts.append(f"![{PICTURES[name][1]}](measured/{name}.svg)")
        known = [target for target in row["targets"] if target["value"] is not None]
        parts.append("\n".join(map(verdict, known)))
    parts = filter(None, parts)
    return "\n\n".join(parts) + "\n\n"


def table(row):
    """The contestants of a row as a table of Markdown.

    >>> entry = {"median": 2.0, "best": 1.5, "of NumPy": None}
    >>> print(table({"contestants": {"minigrad": entry}}))
    | | median | best |
    |---|--:|--:|
    | minigrad | 2.00 | 1.50 |
    """
    compared = any(entry["of NumPy"] for entry in row["contestants"].values())
    columns = NUMBERS if compared else NUMBERS[:2]
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "--:|" * len(columns)]
    for who, entry in row["contestants"].items():
        cells = (digits(entry[each]) for each in columns)
        lines.append(f"| {who} | {' | '.join(cells)} |")
    return "\n".join(lines)


def verdict(target):
    """A target as the item of a list."""
    met = {True: ", met", False: ", **not met**", None: ""}[target["met"]]
    return f"* Target: {target['text']}: {digits(target['value'])}{met}"


def draw(name, row):
    """The picture of a row that compares sizes: the whole time, in milliseconds."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    part, title = PICTURES[name]
    sizes = [int(each.split()[0].replace(",", "")) for each in row["contestants"]]
    medians = [entry["median"] for entry in row["contestants"].values()]
    times = [n * median / 1000 for n, median in zip(sizes, medians, strict=True)]
    ends = sizes[0], sizes[-1]
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        fig, ax = plt.subplots(figsize=(5.6, 3.4), layout="constrained")
        ax.loglog(sizes, times, "o-", color="#0072B2", label="minigrad")
        slope = [times[-1] * n / sizes[-1] for n in ends]
        ax.loglog(ends, slope, "--", color="#767676", label="in proportion")
        ax.set(xlabel=part, ylabel="milliseconds per step", title=title)
        ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
        ax.minorticks_off()
        ax.grid(color="#e6e6e6")
        ax.legend(frameon=False)
        fig.savefig(KEPT.with_name(f"{name}.svg"), metadata={"Date": None})
        plt.close(fig)


if __name__ == "__main__":
    main(sys.argv[1:])
