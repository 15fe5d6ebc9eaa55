import math

from reports import wording as w
from reports.drawing import COLOUR, axes, mark, narrow, say
from reports.statistics import Findings

CLAIM = "claim/entropy_attention/log-n-slope"


def _slope(points):
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    across = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across if across else math.nan


def plot(rows, figure):
    """The dimension that keeps all distances grows like log n

    Filled: the smallest dimension for which the union bound over all pairs, with the exact chi-square tail, stays below its
    level. Open: measured on random projections. Line: the slope of the theory, 4/(ε − ln(1 + ε)), drawn through the largest n;
    the points approach it from below.
    """
    findings = Findings(rows)
    series = {row["name"]: row for row in findings.series if row["id"] == CLAIM}
    command = f"assay verify --filter '^{CLAIM}$'"
    if not series.get("d_of_n", {}).get("rows"):
        return {"absent": "No dimension was computed: the claim did not run.", "command": command}
    curves = {}
    columns = series["d_of_n"]["columns"]
    for row in series["d_of_n"]["rows"]:
        value = dict(zip(columns, row))
        curves.setdefault(value["eps"], []).append((value["log_n"], value["d"]))
    measured = []
    if "measured" in series:
        columns = series["measured"]["columns"]
        measured = sorted((row[columns.index("log_n")], row[columns.index("d")]) for row in series["measured"]["rows"])
    curves = {eps: sorted(points) for eps, points in curves.items() if len(points) > 1}
    if not curves:
        return {"absent": "One dimension alone has no slope.", "command": command}
    eps = min(curves, key=lambda eps: (abs(math.log(curves[eps][0][1] / measured[0][1])) if measured else 0, -eps))
    _draw(figure, eps, curves[eps], measured)
    table = [["union bound", float(e), x, y] for e, points in sorted(curves.items(), reverse=True) for x, y in points] + [
        ["measured", eps, x, y] for x, y in measured
    ]
    slopes = {e: (_slope(points), theory(e)) for e, points in curves.items()}
    others = "; ".join(
        f"ε = {w.number(e)}: {w.number(got)} of {w.number(limit)}" for e, (got, limit) in sorted(slopes.items(), reverse=True) if e != eps
    )
    got, limit = slopes[eps]
    caption = " ".join(plot.__doc__.partition("\n")[2].split()) + (
        f" Other curves, fitted slope of the theory's: {others}." if others else ""
    )
    return {
        "title": f"The dimension grows like log n, with slope {w.number(got, 3)} of the theory’s {w.number(limit, 3)}",
        "caption": caption,
        "command": command,
        "columns": ["series", "eps", "log_n", "d"],
        "rows": table,
        "alt": f"Dimension against the logarithm of the number of points for ε = {w.number(eps)}: {len(curves[eps])} exact "
        f"and {len(measured)} measured points on "
        f"nearly straight lines. The fitted slope of the exact ones is {w.number(got)}, the theory's limit {w.number(limit)}.",
    }


def theory(eps):
    return 4 / (eps - math.log1p(eps))


def _draw(figure, eps, points, measured):
    small = narrow(figure)
    frame = axes(figure, 330 if small else 400, left=48, x="ln n, n the number of points", y="Smallest dimension d")
    every = points + measured
    x_low, x_high = min(x for x, _ in every), max(x for x, _ in every)
    y_high = max(y for _, y in every)
    frame.set(xlim=(x_low - 0.06 * (x_high - x_low), x_high + 0.06 * (x_high - x_low)), ylim=(0, y_high * 1.12))
    frame.locator_params(nbins=5, integer=True)
    (end_x, end_y), slope = points[-1], theory(eps)
    start = max(x_low, end_x - end_y / slope)
    frame.plot(
        (start, end_x), (end_y - slope * (end_x - start), end_y), color=COLOUR["green"], linewidth=1.6, linestyle=(0, (5, 4)), zorder=2
    )
    mark(frame, *zip(*points), "blue", size=30)
    if measured:
        mark(frame, *zip(*measured), "amber", filled=False, size=30)
    frame.text(
        0.03,
        0.95,
        f"ε = {w.number(eps)}, union bound: slope {w.number(_slope(points))}",
        transform=frame.transAxes,
        color=COLOUR["blue-t"],
        fontsize=12,
        va="top",
    ).set_gid("class h")
    frame.text(
        0.03, 0.885, f"theory: slope {w.number(slope)}", transform=frame.transAxes, color=COLOUR["green-t"], fontsize=12, va="top"
    ).set_gid("class h")
    if len(measured) > 1:
        say(frame, measured[-1][0], measured[-1][1], f"measured: slope {w.number(_slope(measured))}", "amber-t", ha="left", va="top").set(
            position=(measured[-1][0] + 0.02 * (x_high - x_low), measured[-1][1] - 0.04 * y_high)
        )
