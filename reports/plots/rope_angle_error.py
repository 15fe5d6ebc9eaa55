from reports import wording as w
from reports.drawing import COLOUR, axes, log_ticks, narrow, padded, say
from reports.statistics import Findings

CLAIM = "claim/rope_bias/shift-invariance"
LINES = (("table", "amber", "amber-t", "in fp32"), ("by_exp", "ink", "ink", "table by exp"), ("reduced", "blue", "blue-t", "reduced in fp64"))


def plot(rows, figure):
    """Angles in fp32 lose digits as positions grow

    Largest error of an angle over all positions up to the one shown and all pairs, d = 64, base 10⁴. Computed in fp32 from a
    table of frequencies rounded from fp64 it grows with the position. Dashed: from a table made by exp in fp32. An angle reduced to half a turn in fp64 and
    then rounded has the same error everywhere.
    """
    points = [point for point in Findings(rows).tables(CLAIM).get("angle_error", []) if point["position"] > 4]
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No angle was computed: the claim did not run.", "command": command}
    frame = axes(figure, 320 if narrow(figure) else 380, left=48, x="Largest position", y="Error of an angle (radians)")
    xs = [point["position"] for point in points]
    low, high = padded([point[name] for point in points for name, *_ in LINES])
    frame.set(xscale="log", yscale="log", xlim=(xs[0], xs[-1]), ylim=(low, high))
    log_ticks(frame.xaxis, xs[0], xs[-1])
    log_ticks(frame.yaxis, low, high)
    for name, colour, *_ in LINES:
        dashed = name == "by_exp"
        style = {"linestyle": (0, (4, 6)), "linewidth": 1.4} if dashed else {"linewidth": 2.2}
        frame.plot(xs, [point[name] for point in points], color=COLOUR[colour], zorder=3 if dashed else 2, **style)
    at = points[len(points) // 2]
    for (name, _, text, label), side, factor in zip(LINES, ("right", "left", "left"), (1.5, 1 / 3, 1.5)):
        say(frame, at["position"], at[name] * factor, label, text, ha=side, va="bottom" if factor > 1 else "top")
    end = points[-1]
    made = [point["by_exp"] / point["table"] for point in points]
    caption = " ".join(plot.__doc__.partition("\n")[2].split()) + (
        f" That table gives {w.number(min(made), 3)} to {w.number(max(made), 3)} times the error of the other."
    )
    return {
        "command": command,
        "title": f"At position {w.whole(round(end['position']))} an angle in fp32 is off by {w.number(end['table'], 2)}, one reduced in fp64 by {w.number(end['reduced'], 2)}",
        "caption": caption,
        "columns": list(end),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Line plot, both axes logarithmic, of the largest error of an angle. At position {w.whole(round(end['position']))} it is "
        + w.listed(f"{w.number(end[name], 2)} ({label})" for name, _, _, label in LINES)
        + ".",
    }
