from reports import wording as w
from reports.drawing import COLOUR, axes, key, log_ticks, mark, narrow
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/corollary"
SHAPES = (("constant", "blue", "o"), ("where it fits the weight", "green", "s"), ("late", "purple", "^"), ("early", "amber", "D"))


def plot(rows, figure):
    """No distance is above the line that the loss draws

    The reverse SDE for Gaussian data of variance 1/4 with scores off by one vector: W₂ against the root of the loss J = ½∫g²ε², for four
    courses of the error in time and seven sizes each. Line: the bound (2∫g²I²)^½ J^½. The distances are computed from moments.
    """
    points = Findings(rows).tables(CLAIM).get("loss", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No distance was computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 350 if small else 400, left=48, x="Root of the loss, J^½", y="True distance W₂ (data units)")
    roots = [point["root_j"] for point in points]
    slope = max(point["corollary"] / point["root_j"] for point in points)
    low, high = min(roots) / 2, max(roots) * 2
    bottom, top = min(point["w2"] for point in points) / 2, slope * high
    frame.set(xscale="log", yscale="log", xlim=(low, high), ylim=(bottom, top))
    log_ticks(frame.xaxis, low, high)
    log_ticks(frame.yaxis, bottom, top)
    frame.fill_between((low, high), (slope * low, slope * high), (top, top), color=COLOUR["forbid"], linewidth=0, zorder=0)
    frame.plot((low, high), (slope * low, slope * high), color=COLOUR["verm"], linewidth=1.6, zorder=1)
    for shape, (_, colour, form) in enumerate(SHAPES):
        mine = [point for point in points if point["shape"] == shape]
        mark(frame, [p["root_j"] for p in mine], [p["w2"] for p in mine], colour, filled=False, shape=form, size=30)
    key(frame, [("Error:", "muted"), *((name, colour if colour == "purple" else colour + "-t") for name, colour, _ in SHAPES)], y=0.36)
    over = [point for point in points if point["w2"] > point["corollary"] * (1 + 1e-9)]
    shares = [point["w2"] / point["corollary"] for point in points]
    if over:
        title = f"{w.plural(len(over), 'distance')} of {len(points)} {w.verb(len(over), 'is', 'are')} above the bound"
    else:
        title = "No distance is above the line that the loss draws"
    return {
        "title": title,
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Scatter plot, both axes logarithmic, of W₂ against the root of the loss with the bound as a line of slope 1. Of {len(points)} "
        f"distances {len(over)} are above it; they reach between {w.number(min(shares), 2)} and {w.number(max(shares), 3)} of the bound.",
    }
