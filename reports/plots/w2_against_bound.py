import math

from reports import wording as w
from reports.drawing import COLOUR, axes, label_points, log_ticks, mark, narrow, padded
from reports.rules import share
from reports.statistics import Findings

FAMILIES = {"claim/score_wasserstein/mixture-ode": ("mixture", True), "claim/score_wasserstein/tight-translation": ("translation", False)}

BROKEN = " Crosses are the same theorem with an ingredient broken on purpose, which must lie in the shaded region where no true case may."


def plot(rows, figure):
    """The Wasserstein distance never exceeds its bound

    Both sides of the theorem, computed by quadrature without sampling. Filled: a sine error in the score of a mixture.
    Open: a constant offset, for which the theorem is an equality, so that its marks lie on the line.
    """
    findings = Findings(rows)
    points, broken = [], []
    for series in findings.series:
        if series["name"] == "w2" and series["id"] in FAMILIES and {"w2", "bound"} <= set(series["columns"]):
            w2, bound = (series["columns"].index(name) for name in ("w2", "bound"))
            points += [(series["id"], row[bound], row[w2]) for row in series["rows"] if row[bound] > 0 and row[w2] > 0]
    for claim in findings.of("claim"):
        if claim.id in FAMILIES:
            broken += [
                (claim.id, control["check"]["rhs"], control["check"]["lhs"], control["breaks"])
                for control in claim.row["controls"]
                if control["check"]
                and 0 < control["check"]["rhs"]
                and 0 < control["check"]["lhs"] < math.inf
                and share(control["check"]) > 1
            ]
    command = "assay verify --filter '^claim/score_wasserstein/(mixture-ode|tight-translation)$'"
    if not points:
        return {"absent": "No distance was computed: its two claims did not run.", "command": command}
    small = narrow(figure)
    low, high = padded([value for _, *pair in points for value in pair] + [value for _, x, y, _ in broken for value in (x, y)], 2.5)
    frame = axes(figure, 350 if small else 420, left=44, x="Bound: right side of the theorem", y="True distance W₂ (data units)")
    frame.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    log_ticks(frame.xaxis, low, high)
    log_ticks(frame.yaxis, low, high)
    frame.fill_between((low, high), (low, high), (high, high), color=COLOUR["forbid"], linewidth=0, zorder=0)
    frame.plot((low, high), (low, high), color=COLOUR["verm"], linewidth=1.6, zorder=1)
    frame.text(
        0.03,
        0.965,
        "No true case may lie here.",
        transform=frame.transAxes,
        color=COLOUR["verm-t"],
        fontweight="bold",
        va="top",
        fontsize=12,
    ).set_gid("class hf")
    if broken:
        frame.text(
            0.03, 0.905, "Broken forms do: rejected.", transform=frame.transAxes, color=COLOUR["verm-t"], va="top", fontsize=12
        ).set_gid("class hf")
    for id, (_, filled) in FAMILIES.items():
        mine = [(x, y) for family, x, y in points if family == id]
        if mine:
            mark(frame, *zip(*mine), "blue" if filled else "green", filled=filled, size=30)
    if broken:
        mark(frame, [x for _, x, _, _ in broken], [y for _, _, y, _ in broken], "verm", shape="x", size=36)
    labels = []
    for id, (name, filled) in FAMILIES.items():
        mine = sorted((x, y) for family, x, y in points if family == id)
        if mine:
            labels.append((*(mine[-1] if filled else mine[len(mine) // 2]), name, "blue-t" if filled else "green-t"))
    label_points(frame, labels + [(x, y, breaks, "verm-t") for _, x, y, breaks in broken], [(x, y) for _, x, y in points])

    over = [point for point in points if point[2] > point[1] * (1 + 1e-6)]
    least = min(y / x for _, x, y in points)
    reached = sum(y >= x * (1 - 1e-6) for _, x, y in points)
    title = (
        f"{w.plural(len(over), 'distance')} of {len(points)} {w.verb(len(over), 'exceeds', 'exceed')} the bound"
        if over
        else "The distance never exceeds the bound" + (f", and {reached} of {len(points)} cases reach it" if reached else "")
    )
    return {
        "title": title,
        "command": command,
        "caption": " ".join(plot.__doc__.partition("\n")[2].split()) + (BROKEN if broken else ""),
        "columns": ["claim", "bound", "w2", "w2 over bound"],
        "rows": [[id, float(x), float(y), y / x] for id, x, y in points],
        "alt": f"Scatter plot, both axes logarithmic, of the true Wasserstein distance against its bound "
        f"for {w.plural(len(points), 'case')}. {len(over)} lie above the line "
        f"where both are equal, {reached} on it; the smallest ratio is {w.number(least, 2)}. "
        f"{w.plural(len(broken), 'broken form')} lie above it and are rejected.",
    }
