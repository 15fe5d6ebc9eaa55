import math

from reports import wording as w
from reports.drawing import COLOUR, axes, key, log_ticks, mark, narrow, padded
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/sinkhorn-rate-in-eps"
SIDES = (("OT_ε − W₂²", "raw", "leading", "blue", "o"), ("W₂² − S_ε, debiased", "debiased", "debiased_leading", "green", "s"))


def _slope(points, column):
    """Between the two smallest eps."""
    (x, y), (u, v) = ((math.log(point["eps"]), math.log(abs(point[column]))) for point in points[:2])
    return (v - y) / (u - x)


def plot(rows, figure):
    """Debiasing makes the error of Sinkhorn quadratic in ε

    How far entropic transport is from W₂² between N(0, 1) and N(.5, .36), in closed form, for costs |x − y|² and ε KL(P | a ⊗ b). Blue: the
    optimum itself, too large by (ε/2)(1 + log(2 σ₁σ₂/ε)), line. Green: less half the cost of each law to itself, too small by
    (ε²/32)(1/σ₁ − 1/σ₂)², line.
    """
    points = sorted(Findings(rows).tables(CLAIM).get("bias", []), key=lambda point: point["eps"])
    command = f"assay verify --filter '^{CLAIM}$'"
    if len(points) < 2:
        return {"absent": "No bias was computed: the claim did not run.", "command": command}
    frame = axes(figure, 330 if narrow(figure) else 380, left=48, x="Regularisation ε", y="Distance from W₂² (squared data units)")
    eps = [point["eps"] for point in points]
    (left, right), (bottom, top) = padded(eps, 1.3), padded([abs(point[column]) for point in points for column in ("raw", "debiased")])
    frame.set(xscale="log", yscale="log", xlim=(left, right), ylim=(bottom, top))
    log_ticks(frame.yaxis, bottom, top)
    frame.set_xticks(eps, minor=False)
    frame.set_xticks([], minor=True)
    frame.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    for _, column, leading, colour, shape in SIDES:
        frame.plot(eps, [abs(point[leading]) for point in points], color=COLOUR[colour], linewidth=1.2, zorder=2)
        mark(frame, eps, [abs(point[column]) for point in points], colour, shape=shape, size=30)
    key(frame, [(name, colour + "-t") for name, _, _, colour, _ in SIDES], x=0.04, y=0.7, ha="left")
    raw, debiased = _slope(points, "raw"), _slope(points, "debiased")
    better = "quadratic in ε" if abs(debiased - 2) < 0.1 else f"of order {w.number(debiased, 2)} in ε"
    least = points[0]
    return {
        "title": f"Debiasing makes the error of Sinkhorn {better}",
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Two curves, both axes logarithmic, of the distance from W₂² against ε. Between the two smallest ε the slope is {w.number(raw, 2)} "
        f"for the optimum and {w.number(debiased, 3)} after debiasing; at ε = {w.number(least['eps'], 2)} they are {w.number(abs(least['raw']), 2)} and "
        f"{w.number(abs(least['debiased']), 2)}.",
    }
