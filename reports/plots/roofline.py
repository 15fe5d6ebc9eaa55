import math

from reports import wording as w
from reports.drawing import COLOUR, SMALL, axes, label_points, log_ticks, mark, narrow, padded, say
from reports.timings import PLAIN, axes_of
from reports.statistics import Findings, interval, median


def plot(rows, figure):
    """How near the operators come to what this machine can do

    One vertical stem per operator, type and size: open mark plain loops, filled mark another variant, bar its own ceiling,
    measured beside it; of each operator the mark nearest to its ceiling is named. Sloping lines are measured memory rates,
    the best bare stream and a copy; the level line is the rate of fused multiply-adds on one thread. An operator without
    floating-point operations has no place here; the table has it.
    """
    findings = Findings(rows)
    timed = [row for row in findings.measurements if row["role"] == "ours"]
    if not timed:
        return {"absent": "Nothing was timed, so there is no rate to draw.", "command": "assay bench"}
    cold = {(row["id"], row["backend"]) for row in timed if row["cold"]}
    timed = [row for row in timed if row["cold"] or (row["id"], row["backend"]) not in cold]
    drawn = [row for row in timed if row["flops"] > 0 and row["bytes"] > 0]
    table = []
    for row in sorted(timed, key=lambda row: (-row["efficiency"], row["id"])):
        low, high = interval(row["seconds"])
        table.append(
            [
                row["id"],
                row["backend"],
                row["flops"] / row["bytes"] if row["bytes"] else "–",
                row["ceiling"],
                float(median(row["seconds"])),
                "–" if low is None else float(low),
                "–" if high is None else float(high),
                float(row["efficiency"]),
            ]
        )
    best = max(timed, key=lambda row: (row["efficiency"], row["id"]))
    answer = {
        "columns": ["id", "backend", "flop per byte", "ceiling", "median, s", "from, s", "to, s", "of ceiling"],
        "rows": table,
        "command": f"assay bench --filter '^({'|'.join(sorted({row['op'] for row in timed}))})/'",
        "title": f"{best['op']} reaches {w.percent(best['efficiency'])} of its ceiling",
    }
    if not drawn:
        return {**answer, "absent": "None of the timed operators counts floating-point operations, so no rate per operation can be drawn."}
    _draw(figure, drawn, findings.ceilings)
    return {
        **answer,
        "alt": f"Roofline, both axes logarithmic, of {w.plural(len(drawn), 'timing')} against the measured ceilings of this machine. "
        f"The best, {best['op']} "
        f"by {best['variant']}, reaches {w.percent(best['efficiency'])} of its ceiling.",
    }


def _draw(figure, drawn, ceilings):
    small = narrow(figure)
    stems = {}
    for row in drawn:
        stems.setdefault((row["op"], row["types"], axes_of(row), row["backend"] == "cuda"), []).append(row)
    rate = {id(row): row["flops"] / median(row["seconds"]) for row in drawn}
    roof = {id(row): row["flops"] / row["floor_s"] for row in drawn}
    xs = [row["flops"] / row["bytes"] for row in drawn]
    flat = [row for row in ceilings if row["unit"] == "flop/s"]
    used = {row["ceiling"] for row in drawn}
    rates = sorted((row for row in ceilings if row["unit"] == "B/s" and row["name"] in used | {"copy"}), key=lambda row: -row["value"])
    slopes = rates[:1] + [row for row in rates[1:] if row["name"] == "copy"]
    x_low, x_high = min(xs) / 8, 4 * max(xs)
    if slopes and flat:
        x_high = max(x_high, 2 * max(row["value"] for row in flat) / slopes[-1]["value"])
    y_low, y_high = padded([*rate.values(), *roof.values(), *(row["value"] for row in flat)], 3)

    frame = axes(figure, 400, left=52, x="Least work per byte (flop/byte)", y="Rate (flop/s)", top=32)
    frame.set(xscale="log", yscale="log", xlim=(x_low, x_high), ylim=(y_low, y_high))
    log_ticks(frame.xaxis, x_low, x_high, 5 if small else 7)
    log_ticks(frame.yaxis, y_low, y_high)
    frame.yaxis.set_major_formatter(lambda value, _: w.rate(value, "").replace(".00", "").replace(".0", ""))
    _ceilings(frame, slopes, flat, x_low, x_high, y_high)
    labels, points = {}, []
    for (op, types, size, _), group in sorted(stems.items()):
        x = group[0]["flops"] / group[0]["bytes"]
        top_of_stem = max(roof[id(row)] for row in group)
        foot = min(rate[id(row)] for row in group)
        frame.plot((x, x), (foot, top_of_stem), color=COLOUR["line2"], linewidth=1, zorder=1)
        points += [(x, foot * (top_of_stem / foot) ** (k / 8)) for k in range(9)]
        mark(frame, [x], [top_of_stem], "ink", shape="_", size=90)
        for row in group:
            mark(
                frame,
                [x],
                [rate[id(row)]],
                "green" if row["backend"] == "cuda" else "grey" if row["variant"] in PLAIN else "blue",
                filled=row["variant"] not in PLAIN,
                shape="s" if row["backend"] == "cuda" else "o",
                size=30,
            )
        for row in group:  # of several sizes and types, the one nearest to its ceiling carries the name
            best = labels.setdefault((op, row["backend"]), row)
            if row["variant"] not in PLAIN and (best["variant"] in PLAIN or row["efficiency"] > best["efficiency"]):
                labels[op, row["backend"]] = row
    named = [
        (
            row["flops"] / row["bytes"],
            rate[id(row)],
            f"{row['op']} {w.percent(row['efficiency'])}",
            "muted" if row["variant"] in PLAIN else "green-t" if row["backend"] == "cuda" else "blue-t",
        )
        for row in labels.values()
    ]
    label_points(frame, sorted(named, key=lambda label: -label[1]), points)


def _ceilings(frame, slopes, flat, x_low, x_high, y_high):
    """Memory rates as slopes up to the level of arithmetic, each with its name along it."""
    steepest = slopes[0]["value"] if slopes else None
    for row in flat:
        frame.plot((row["value"] / steepest if slopes else x_low, x_high), (row["value"],) * 2, color=COLOUR["ink"], linewidth=1.4)
        say(
            frame,
            x_high / 1.05,
            row["value"] * 1.25,
            f"{row['name']} {w.rate(row['value'], 'flop/s')}",
            "muted",
            ha="right",
            fontsize=SMALL,
        )
    level = max((row["value"] for row in flat), default=y_high)
    for index, row in enumerate(slopes):
        end = min(x_high, level / row["value"])
        frame.plot(
            (x_low, end),
            (x_low * row["value"], end * row["value"]),
            color=COLOUR["ink"],
            linewidth=1.4 - 0.4 * index,
            linestyle=("-", (0, (5, 4)))[index],
        )
        (left, low), (right, high) = frame.transData.transform([(x_low, x_low * row["value"]), (end, end * row["value"])])
        say(
            frame,
            end / 1.3,
            end / 1.3 * row["value"] * (1.12, 0.89)[index],
            f"{row['name'].partition(' in=')[0]} {w.rate(row['value'], 'B/s')}",
            "muted",
            fontsize=SMALL,
            ha="right",
            va=("bottom", "top")[index],
            rotation=math.degrees(math.atan2(high - low, right - left)),
            rotation_mode="anchor",
        )
