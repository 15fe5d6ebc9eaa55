import math

from reports import wording as w
from reports.drawing import COLOUR, axes, log_ticks, mark, name_ends, narrow, padded
from reports.scaling import AT_LEAST, fit, series
from reports.statistics import Findings, median
from reports.timings import PLAIN

COMMAND = "assay bench --filter '^attention_fwd/'"
TILE = 64  # rows and keys


def plot(rows, figure):
    """Attention takes the time of its window

    Time of a call and the rate of the multiply-adds that visible pairs need, by window, at one length. Black lines: least times of the work, one for each
    resource as it was measured in the same run, bytes by the fastest bare stream. Dashed: multiply-adds in whole tiles of 64 queries x 64 keys, of which
    what is masked away counts as lost. Open marks: plain loops; filled: other variants.
    """
    findings = Findings(rows)
    found = [(common, names, _narrower(points)) for common, names, points in series(rows, "attention_fwd") if names == ("window",)]
    found = [one for one in found if len(one[2]) >= AT_LEAST]
    if not found:
        return {"absent": "No attention was timed at three windows.", "command": COMMAND}
    backend = "cuda" if any(common[3] == "cuda" for common, *_ in found) else "cpu"
    chosen = [one for one in found if one[0][3] == backend]
    chosen = [one for one in chosen if one[0][4]] or chosen  # cold, or what there is
    types = {common[2] for common, *_ in chosen}
    floors = _floors(findings.ceilings, backend, types, max((points for *_, points in chosen), key=len))
    _draw(figure, chosen, floors)
    common, names, points = max(found, key=lambda one: max(row["efficiency"] for row in one[2]))
    one = fit(names, points)
    return {
        "title": f"{common[1]} stays within {w.percent(one['deviation'])} of the cost model over the window",
        "command": COMMAND,
        "columns": ["variant", "types", "backend", "caches", "window", "median, s", "flop/s", "floor, s"],
        "rows": [
            [*common[1:4], "cold" if common[4] else "hot", row["problem"]["window"], float(median(row["seconds"])), _rate(row), row["floor_s"]]
            for common, _, points in found
            for row in points
        ],
        "alt": f"Time and rate against window, {w.plural(len(chosen), 'variant')}. Time of {common[1]} grows like the window to the power "
        f"{one['exponent']:.2f}, that of the cost model to the power {one['model']:.2f}.",
    }


def _narrower(points):
    """Without those that see all keys whatever their number."""
    return [row for row in points if row["problem"]["window"] <= row["problem"]["keys"]]


def _rate(row):
    return row["flops"] / median(row["seconds"])


def _floors(ceilings, backend, types, points):
    """{name: [(window, flops, least time)]} of the resources whose rate was measured."""
    prefix = "cuda " if backend == "cuda" else ""
    rates = {row["name"].removeprefix(prefix): row["value"] for row in ceilings if row["name"].startswith("cuda ") == (backend == "cuda")}
    streams = [value for name, value in rates.items() if name.startswith("stream")]
    floors = {}

    def add(name, rate, amount):
        if rate and all(amount(row) > 0 for row in points):
            floors[name] = [(row["problem"]["window"], row["flops"], amount(row) / rate) for row in points]

    add("bytes", max(streams, default=0), lambda row: row["bytes"])
    on_tensor_cores = "mma f16" in rates and types <= {"f16", "bf16"}
    products = rates.get("mma f16" if on_tensor_cores else "fma f32", 0)
    add("products" if on_tensor_cores else "multiply-adds", products, lambda row: row["flops"])
    add("in tiles", products, lambda row: row["flops"] / _kept(row["problem"]["window"]))
    add("exponentials", rates.get("exp f32", 0), lambda row: row["exps"])
    return floors


def _kept(window):
    """Share of its tiles that a row of queries sees, away from the start."""
    return window / (TILE * (math.ceil((window - 1) / TILE) + 1))


def _draw(figure, chosen, floors):
    small = narrow(figure)
    upper, lower, gap, right = (210, 190, 84, 112) if small else (250, 220, 84, 124)
    height = 34 + upper + gap + lower + 46
    windows = sorted({row["problem"]["window"] for *_, points in chosen for row in points})
    first = axes(figure, height, left=52, right=right, bottom=46 + lower + gap, y="Time of a call (s)")
    second = axes(figure, height, left=52, right=right, top=34 + upper + gap, x="Window (keys)")
    width = figure.get_figwidth() * 72
    figure.text(4 / width, (46 + lower + 22) / height, "Rate (flop/s)", color=COLOUR["muted"], fontsize=12, va="center")
    values = {first: lambda flops, time: time, second: lambda flops, time: flops / time}
    for frame, value in values.items():
        measured = [value(row["flops"], median(row["seconds"])) for *_, points in chosen for row in points]
        low, high = padded(measured + [value(flops, time) for floor in floors.values() for _, flops, time in floor], 1.6)
        frame.set(xscale="log", yscale="log", xlim=(windows[0] / 1.2, windows[-1] * 1.15), ylim=(low, high))
        frame.set_xticks(windows, [str(window) for window in windows])
        frame.minorticks_off()
        log_ticks(frame.yaxis, low, high)
        ends = []
        for name, floor in floors.items():
            dashed = name == "in tiles"
            y = [value(flops, time) for _, flops, time in floor]
            frame.plot([window for window, *_ in floor], y, color=COLOUR["ink"], linewidth=1.2, linestyle=(0, (5, 3)) if dashed else "-", zorder=1)
            ends.append((y[-1], name, "muted"))
        for (_, variant, types, backend, *_), _, points in chosen:
            plain = variant in PLAIN
            colour = "green" if backend == "cuda" else "grey" if plain else "blue"
            x = [row["problem"]["window"] for row in points]
            y = [value(row["flops"], median(row["seconds"])) for row in points]
            frame.plot(x, y, color=COLOUR[colour], linewidth=1.2, zorder=2)
            mark(frame, x, y, colour, filled=not plain, size=30)
            ends.append((y[-1], f"{variant} {types}", "muted" if plain else f"{colour}-t"))
        name_ends(frame, windows[-1] * 1.25, ends)
    second.yaxis.set_major_formatter(lambda value, _: w.rate(value, "").replace(".00", "").replace(".0", ""))
