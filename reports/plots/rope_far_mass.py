from reports import wording as w
from reports.drawing import COLOUR, axes, name_ends, narrow
from reports.statistics import Findings

CLAIM = "claim/rope_bias/localisation-exponent"
COLOURS = ("grey", "ink", "amber", "green", "blue", "verm")
TEXTS = ("muted", "ink", "amber-t", "green-t", "blue-t", "verm-t")


def plot(rows, figure):
    """Only large biases keep attention near, and only up to the base

    Share of the expected attention that lies 512 or more positions away, at length n. Lines: mean pair weights of the biases, d = 64,
    base 10⁴. ALiBi with slope 1/256 for scale: its share is bounded, the others rise again once n passes the base.
    """
    points = Findings(rows).tables(CLAIM).get("far_mass", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No far mass was computed: the claim did not run.", "command": command}
    frame = axes(figure, 340 if narrow(figure) else 400, left=44, right=74, x="Length n", y="Share at distance 512 or more")
    xs, names = [point["n"] for point in points], [name for name in points[0] if name != "n"]
    frame.set(xscale="log", xlim=(xs[0], xs[-1]), ylim=(0, 1.02))
    frame.set_xticks([2**k for k in range(10, 20, 4 if narrow(figure) else 2) if xs[0] <= 2**k <= xs[-1]])
    frame.xaxis.set_major_formatter(lambda value, _: w.whole(round(value)))
    frame.set_xticks([], minor=True)
    frame.yaxis.set_major_formatter(lambda value, _: w.percent(value))
    ends = []
    for name, colour, text in zip(names, COLOURS, TEXTS):
        ys = [point[name] for point in points]
        dashed = name.startswith("ALiBi")
        frame.plot(xs, ys, color=COLOUR[colour], linewidth=1.8, linestyle=(0, (5, 3)) if dashed else "-", zorder=2)
        ends.append((ys[-1], "ALiBi" if dashed else f"weight {name}", text))
    name_ends(frame, xs[-1] * 1.06, ends)
    end = points[-1]
    return {
        "command": command,
        "columns": ["n"] + [name if name.startswith("ALiBi") else f"weight {name}" for name in names],
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Line plot of the far share against the length. At n = {w.whole(round(end['n']))} it is "
        + w.listed(f"{w.percent(end[name])} for {name if name.startswith('ALiBi') else f'weight {name}'}" for name in names)
        + ".",
    }
