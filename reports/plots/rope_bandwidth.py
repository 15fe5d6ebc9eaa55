from reports import wording as w
from reports.drawing import COLOUR, SMALL, axes, log_ticks, mark, name_ends, narrow, padded, say
from reports.scaling import series
from reports.statistics import Findings, median
from reports.timings import PLAIN, axes_of

COMMAND = "assay bench --filter '^rope_(fwd|bwd)/'"
COLOURS = {"rope_fwd": "blue", "rope_bwd": "amber"}


def plot(rows, figure):
    """Rotations run at the rate of memory

    Bytes that a call has to read and write, over its time, against these bytes. Lines join sizes of one problem, single marks are other problems. Open
    marks: plain loops; filled: other variants; squares: on a GPU. Level lines: rates of the same run, of a plain copy and of the fastest bare stream.
    """
    findings = Findings(rows)
    timed = [row for row in findings.measurements if row["role"] == "ours" and row["op"] in COLOURS]
    cold = {(row["id"], row["backend"]) for row in timed if row["cold"]}
    timed = [row for row in timed if row["cold"] or (row["id"], row["backend"]) not in cold]
    if not timed:
        return {"absent": "No rotation was timed.", "command": COMMAND}
    backends = {row["backend"] for row in timed}
    levels = _levels([row for row in findings.ceilings if row["unit"] == "B/s" and row["name"].startswith("cuda ") == (backends == {"cuda"})])
    _draw(figure, timed, levels)
    best = max(timed, key=lambda row: (_rate(row), row["id"]))
    copy = levels.get("copy")
    return {
        "title": f"{best['op']} moves {w.rate(_rate(best), 'B/s')}" + (f", {w.times(_rate(best) / copy)} a copy" if copy else ""),
        "command": COMMAND,
        "columns": ["op", "variant", "types", "backend", "problem", "bytes", "median, s", "bytes a second", "of ceiling"],
        "rows": [
            [*(row[name] for name in ("op", "variant", "types", "backend")), axes_of(row), row["bytes"], float(median(row["seconds"])), _rate(row), row["efficiency"]]
            for row in sorted(timed, key=lambda row: (row["op"], row["variant"], row["types"], row["bytes"], row["id"]))
        ],
        "alt": f"Bytes a second against bytes of a call, {w.plural(len(timed), 'timing')}, from {w.rate(min(map(_rate, timed)), 'B/s')} to "
        f"{w.rate(max(map(_rate, timed)), 'B/s')}. Measured beside them: " + w.listed(f"{name} {w.rate(value, 'B/s')}" for name, value in levels.items()) + ".",
    }


def _rate(row):
    return row["bytes"] / median(row["seconds"])


def _levels(ceilings):
    copies = {row["name"].removeprefix("cuda "): row["value"] for row in ceilings if row["name"].removeprefix("cuda ") == "copy"}
    streams = [row["value"] for row in ceilings if row["name"].removeprefix("cuda ").startswith("stream")]
    return copies | ({"bare stream": max(streams)} if streams else {})


def _draw(figure, timed, levels):
    frame = axes(figure, 330 if narrow(figure) else 400, left=56, right=120, x="Bytes of a call", y="Bytes a second")
    x_low, x_high = padded([row["bytes"] for row in timed], 1.5)
    y_low, y_high = padded([*map(_rate, timed), *levels.values()], 1.3)
    frame.set(xscale="log", yscale="log", xlim=(x_low, x_high), ylim=(y_low, y_high))
    log_ticks(frame.xaxis, x_low, x_high)
    log_ticks(frame.yaxis, y_low, y_high)
    for axis in (frame.xaxis, frame.yaxis):
        axis.set_major_formatter(lambda value, _: w.rate(value, "").replace(".00", "").replace(".0", ""))
    ends = []
    for name, value in levels.items():
        frame.axhline(value, color=COLOUR["ink"], linewidth=1.2, zorder=1)
        ends.append((value, name, "muted"))
    for (op, variant, types, *_), axis, points in series(timed, "rope_"):
        if axis != ("tokens",):
            continue
        x, y = [row["bytes"] for row in points], [_rate(row) for row in points]
        frame.plot(x, y, color=COLOUR["grey" if variant in PLAIN else COLOURS[op]], linewidth=1.2, zorder=2)
        ends.append((y[-1], f"{op} {types}", "muted" if variant in PLAIN else COLOURS[op] + "-t"))
    for row in timed:
        plain = row["variant"] in PLAIN
        mark(frame, [row["bytes"]], [_rate(row)], "grey" if plain else COLOURS[row["op"]], not plain, "s" if row["backend"] == "cuda" else "o")
    name_ends(frame, x_high * 1.06, ends)
