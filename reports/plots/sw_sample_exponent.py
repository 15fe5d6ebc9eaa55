from reports import wording as w
from reports.drawing import COLOUR, axes, mark, name_ends, narrow
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/sample-exponent"
COLOURS = {1: "grey", 2: "verm", 3: "blue", 5: "green"}


def plot(rows, figure):
    """Samples approach each other as finite-size laws say, not as bare powers

    W₂² between two samples of n uniform points of the flat torus, from exact assignments, times n (d = 1, 2) or n^(2/d) (d = 3, 5): a bare
    power would be level. Bars: two standard errors. Lines: the laws, 1/6, log n/2π + .1332, .6625 − .4516 n^(−1/3), and for d = 5 one whose
    constant is fitted and whose slope is not.
    """
    points = Findings(rows).tables(CLAIM).get("law", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No distance was computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 320 if small else 360, left=40, right=50, x="n, points of each sample", y="n^min(1, 2/d) E W₂²")
    ends, said, worst = [], [], 0
    for dim in sorted({point["d"] for point in points}):
        mine = sorted((point for point in points if point["d"] == dim), key=lambda point: point["n"])
        n, colour = [point["n"] for point in mine], COLOURS.get(int(dim), "ink")
        frame.plot(n, [point["law"] for point in mine], color=COLOUR[colour], linewidth=1.6, zorder=2)
        for point in mine:
            half = 2 * point["standard_error"]
            frame.plot((point["n"],) * 2, (point["scaled"] - half, point["scaled"] + half), color=COLOUR[colour], linewidth=1.2, zorder=3)
            worst = max(worst, abs(point["scaled"] - point["law"]) / point["standard_error"])
        mark(frame, n, [point["scaled"] for point in mine], colour, size=26)
        ends.append((mine[-1]["law"], f"d = {int(dim)}", "muted" if colour == "grey" else colour + "-t"))
        said.append(f"d = {int(dim)}: from {w.number(mine[0]['scaled'], 3)} to {w.number(mine[-1]['scaled'], 3)}")
    sizes = sorted({point["n"] for point in points})
    frame.set(xscale="log", xlim=(sizes[0] / 1.2, sizes[-1] * 1.2), ylim=(0, 1.08 * max(point["scaled"] + 2 * point["standard_error"] for point in points)))
    frame.set_xticks(sizes, minor=False)
    frame.set_xticks([], minor=True)
    frame.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    name_ends(frame, sizes[-1] * 1.28, ends)
    return {
        "title": "Samples approach each other as finite-size laws say, not as bare powers" if worst < 6 else "Samples do not follow the finite-size laws",
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Marks on lines against n from {w.number(sizes[0])} to {w.number(sizes[-1])}; " + "; ".join(said) + f". No mark is further from its law than {w.number(worst, 2)} standard errors.",
    }
