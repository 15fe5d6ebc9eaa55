from reports import wording as w
from reports.drawing import COLOUR, SMALL, axes, mark, narrow, say
from reports.scaling import fit, series
from reports.statistics import median

COMMAND = "assay bench --filter '^attention_fwd/'"


def plot(rows, figure):
    """Attention takes the time of its window

    Rate of the fused multiply-adds that visible pairs need, by window, at one length; what is computed and masked away counts as lost. Open
    marks: plain loops; filled: other variants. Level line: the same rate measured on bare multiply-adds in the same run.
    """
    found = [one for one in series(rows, "attention_fwd") if one[1] == ("window",)]
    if not found:
        return {"absent": "No attention was timed at three windows.", "command": COMMAND}
    ceilings = {row["id"]: row for row in rows if row["kind"] == "ceiling"}
    flat = [row for row in ceilings.values() if row["name"] == "fma f32"]
    table = [
        [variant, types, backend, row["problem"]["window"], float(median(row["seconds"])), row["flops"] / median(row["seconds"]), row["floor_s"]]
        for (_, variant, types, backend, *_), _, points in found
        for row in points
    ]
    _draw(figure, found, flat)
    common, names, points = max(found, key=lambda one: max(row["efficiency"] for row in one[2]))
    one = fit(names, points)
    return {
        "title": f"{common[1]} stays within {w.percent(one['deviation'])} of the cost model over the window",
        "command": COMMAND,
        "columns": ["variant", "types", "backend", "window", "median, s", "flop/s", "floor, s"],
        "rows": table,
        "alt": f"Rate against window, {w.plural(len(found), 'variant')}. Time of {common[1]} grows like the window to the power "
        f"{one['exponent']:.2f}, that of the cost model to the power {one['model']:.2f}.",
    }


def _draw(figure, found, flat):
    frame = axes(figure, 330 if narrow(figure) else 400, left=52, x="Window (keys)", y="Rate (flop/s)")
    windows = sorted({row["problem"]["window"] for _, _, points in found for row in points})
    rates = [row["flops"] / median(row["seconds"]) for _, _, points in found for row in points] + [row["value"] for row in flat]
    frame.set(xscale="log", xlim=(windows[0] / 1.3, windows[-1] * 1.3), ylim=(0, 1.15 * max(rates)))
    frame.set_xticks(windows, [str(window) for window in windows], minor=False)
    frame.minorticks_off()
    frame.yaxis.set_major_formatter(lambda value, _: w.rate(value, ""))
    for row in flat[:1]:
        frame.axhline(row["value"], color=COLOUR["ink"], linewidth=1.4)
        say(frame, windows[-1], row["value"] * 1.04, f"{row['name']} {w.rate(row['value'], 'flop/s')}", "muted", ha="right", fontsize=SMALL)
    for (_, variant, types, backend, *_), _, points in found:
        x = [row["problem"]["window"] for row in points]
        y = [row["flops"] / median(row["seconds"]) for row in points]
        plain = variant == "cpu_naive"
        colour = "green" if backend == "cuda" else "grey" if plain else "blue"
        frame.plot(x, y, color=COLOUR[colour], linewidth=1)
        mark(frame, x, y, colour, filled=not plain, size=30)
        say(frame, x[0], y[0] + 0.03 * max(rates), f"{variant} {types}", "muted" if plain else f"{colour}-t", fontsize=SMALL)
