"""How times grow with sizes: `python -m reports.scaling RECORDS... [--op NAME]`

A table in Markdown with a row for each variant and each size that alone varies among its timed problems, or each pair of equal sizes that
vary together (queries and keys): the exponent of time in that size, which is the least-squares slope of log time against log size, and those
of two cost models. Both take the least work of the op at the ceilings of the run. At once: the longest of its parts, as if the rest hid
behind it; this is the floor. In turn, of a CPU's thread: their sum, flops at the rate of multiply-adds, exponentials at theirs, and with
swept caches bytes at that of a copy. Products and exponentials wait for the same units of a core, so neither hides the other.
Deviation: largest share by which a time is off the cost model times one factor for all sizes. The interval holds every slope that medians
inside their 95 % intervals can give.
Exit: 0; 3 where fewer than three sizes of anything were timed; 5 records that cannot be read.
"""

import itertools
import math
import sys

from reports import wording as w
from reports.statistics import Findings, interval, median
from reports.tables import print_table

AT_LEAST = 3  # points


def series(rows, op=""):
    """[(what they have in common, names of the axes, rows by rising size)]"""
    found = []
    timed = [row for row in Findings(rows).measurements if row["role"] == "ours" and row["op"].startswith(op)]
    names = sorted({name for row in timed for name, value in row["problem"].items() if isinstance(value, int) and not isinstance(value, bool)})
    for axes in itertools.chain(((name,) for name in names), itertools.combinations(names, 2)):
        groups = {}
        for row in timed:
            sizes = [row["problem"].get(name) for name in axes]
            if None in sizes or len(set(sizes)) > 1 or sizes[0] <= 0:
                continue
            rest = tuple((name, value) for name, value in row["problem"].items() if name not in axes)
            groups.setdefault((row["op"], row["variant"], row["types"], row["backend"], row["cold"], rest), {})[sizes[0]] = row
        found += [(common, axes, [row for _, row in sorted(group.items())]) for common, group in groups.items() if len(group) >= AT_LEAST]
    return sorted(found, key=lambda one: (one[0][:4], one[1]))


def slope(sizes, values):
    """Least squares of log against log, and what a unit of each log value adds to it."""
    x = [math.log(size) for size in sizes]
    mean = sum(x) / len(x)
    across = sum((one - mean) ** 2 for one in x)
    shares = [(one - mean) / across for one in x]
    return sum(share * math.log(value) for share, value in zip(shares, values)), shares


def at_once(row):
    return row["floor_s"]


def in_turn(rows):
    """The cost model of work that is done part after part, a function of a row; None where a ceiling is missing, and off the CPU."""
    ceilings = {(row["run_id"], row["name"]): row["value"] for row in rows if row["kind"] == "ceiling"}

    def seconds(row):
        width = "f64" if row["types"] == "f64" else "f32"
        parts = [(row["flops"], f"fma {width}"), (row["exps"], f"exp {width}")] + ([(row["bytes"], "copy")] if row["cold"] else [])
        rates = [ceilings.get((row["run_id"], name)) for _, name in parts]
        return None if row["backend"] != "cpu" or None in rates else sum(amount / rate for (amount, _), rate in zip(parts, rates))

    return seconds


def fit(axes, rows, model=at_once):
    """{exponent, low, high, model, deviation, worst}; low and high are None below six samples of a time, and so is all where the model is."""
    sizes = [row["problem"][axes[0]] for row in rows]
    times = [median(row["seconds"]) for row in rows]
    costs = [model(row) for row in rows]
    if None in costs:
        return None
    exponent, shares = slope(sizes, times)
    low = high = None
    ends = [interval(row["seconds"]) for row in rows]
    if all(end[0] is not None for end in ends):
        low = sum(share * math.log(end[share < 0]) for share, end in zip(shares, ends))
        high = sum(share * math.log(end[share > 0]) for share, end in zip(shares, ends))
    off = [math.log(time / cost) for time, cost in zip(times, costs)]
    centre = (max(off) + min(off)) / 2
    worst = max(zip(off, sizes), key=lambda one: abs(one[0] - centre))[1]
    return {
        "exponent": exponent,
        "low": low,
        "high": high,
        "model": slope(sizes, costs)[0],
        "deviation": math.exp((max(off) - min(off)) / 2) - 1,
        "worst": worst,
    }


def table(rows, op=""):
    """Lines of the table; empty where nothing has enough sizes."""
    lines, parts = [], in_turn(rows)
    for (name, variant, types, backend, cold, _), axes, points in series(rows, op):
        one, sum_of_parts = fit(axes, points), fit(axes, points, parts)
        models = [f"{fitted['model']:.3f} | {w.percent(fitted['deviation'])}" if fitted else "- | -" for fitted in (one, sum_of_parts)]
        sizes = ", ".join(str(row["problem"][axes[0]]) for row in points)
        within = f" ({one['low']:.3f} to {one['high']:.3f})" if one["low"] is not None else ""
        lines.append(
            f"| {name} | {variant}, {types}, {backend}, {'cold' if cold else 'hot'} | {' = '.join(axes)} | {sizes} | {one['exponent']:.3f}{within} "
            f"| {' | '.join(models)} |"
        )
    head = ["| op | variant | size | values | exponent of time | of the work at once | deviation | of the work in turn | deviation |", "|" + 9 * "---|"]
    return head + lines if lines else []


def main(arguments=None):
    nothing = "nothing was timed at three sizes that alone vary; assay bench --filter '^attention_fwd/' does so"
    return print_table("reports.scaling", __doc__, table, "--op", "only ops whose names begin so", nothing, arguments)


if __name__ == "__main__":
    sys.exit(main())
