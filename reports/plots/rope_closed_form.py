from reports import wording as w
from reports.drawing import COLOUR, axes, log_ticks, narrow, say
from reports.statistics import Findings

CLAIM = "claim/rope_bias/ci-closed-form"
COLOURS = ("blue", "amber")


def plot(rows, figure):
    """A sum of cosines falls like a logarithm, up to its base

    The bias curve of equal pair weights, the sum of cos(Δ base^(−2i/d)) over d/2 pairs, d = 64, for two bases. Thin: exact at integer distances. Thick, dashed:
    its closed form by cosine integrals, which no phase can disturb. Straight: the logarithmic law (d/2)(1 − (ln Δ + γ)/ln base), inside a band of the root of
    k/2, k being the number of frequencies too fast to be resolved.
    """
    points = Findings(rows).tables(CLAIM).get("curve", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No curve was computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 360 if small else 430, left=40, x="Distance Δ", y="Sum of cosines")
    last = max(point["distance"] for point in points)
    frame.set(xscale="log", xlim=(1, last), ylim=(-11, 34))
    log_ticks(frame.xaxis, 1, last)
    inside, bases = {}, sorted({point["base"] for point in points})
    for base, colour in zip(bases, COLOURS):
        mine = [point for point in points if point["base"] == base]
        xs = [point["distance"] for point in mine]
        law = [point for point in mine if point["distance"] <= base]
        low, high = ([point["log_law"] + sign * point["ripple"] for point in law] for sign in (-1, 1))
        frame.fill_between([point["distance"] for point in law], low, high, color=COLOUR["band"], linewidth=0, zorder=0)
        frame.plot([point["distance"] for point in law], [point["log_law"] for point in law], color=COLOUR["line2"], linewidth=1.4, zorder=1)
        frame.plot(xs, [point["exact"] for point in mine], color=COLOUR[colour], linewidth=0.9, zorder=2)
        frame.plot(xs, [point["closed"] for point in mine], color=COLOUR[colour], linewidth=2, linestyle=(0, (5, 3)), zorder=3)
        fit = [abs(point["exact"] - point["closed"]) <= 2 * point["ripple"] for point in law if point["ripple"] > 0]
        inside[base] = sum(fit) / len(fit) if fit else 0
    for base, colour, x, y in zip(bases, COLOURS, (2, 900), (13, 22)):
        say(frame, x, y, f"base {w.whole(round(base))}", f"{colour}-t", ha="left")
    return {
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": "Line plot of the sum of cosines against the logarithm of the distance: for "
        + w.listed(f"base {w.whole(round(base))} {w.percent(inside[base])} of the distances" for base in bases)
        + " lie within twice the ripple of the closed form. Past the base the logarithmic fall ends and the curve oscillates about 0.",
    }
