from reports import wording as w
from reports.drawing import COLOUR, axes, mark, name_ends, narrow
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/sde-forgets"


def plot(rows, figure):
    """A longer process harms the ODE and not the SDE

    Data N(1,¼), start N(0,1), a score off by a factor 1.1 and a shift .1, against the length T of the process, b = .1 + 19.9t. Marks: the
    true distance. Lines: the bound; dashed, its part I(T)W₂(p_T,q_T) that the start contributes.
    """
    points = Findings(rows).tables(CLAIM).get("horizon", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No distance was computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 320 if small else 360, left=40, right=44, x="Length T of the process", y="W₂ (data units)")
    said, ends, best = [], [], {}
    for kappa, name, colour in ((0, "ODE", "blue"), (1, "SDE", "green")):
        mine = sorted((point for point in points if point["kappa"] == kappa), key=lambda point: point["T"])
        length = [point["T"] for point in mine]
        frame.plot(length, [point["bound"] for point in mine], color=COLOUR[colour], linewidth=1.8, zorder=2)
        frame.plot(length, [point["offset"] for point in mine], color=COLOUR[colour], linewidth=1.4, linestyle=(0, (5, 4)), zorder=2)
        mark(frame, length, [point["w2"] for point in mine], colour, size=26)
        best[kappa] = min(mine, key=lambda point: point["bound"])["T"], mine[-1]["bound"] / min(point["bound"] for point in mine)
        ends.append((mine[-1]["bound"], name, colour + "-t"))
        said.append(
            f"{name}: W₂ {w.number(mine[-1]['w2'], 3)}, bound {w.number(mine[-1]['bound'], 3)}, of which the start is {w.number(mine[-1]['offset'], 2)}"
        )
    lengths = [point["T"] for point in points]
    frame.set(xlim=(min(lengths) - 0.03, max(lengths) + 0.03), ylim=(0, 1.08 * max(point["bound"] for point in points)))
    name_ends(frame, max(lengths) + 0.05, ends)
    (turn, rise), (_, still) = best[0], best[1]
    harmed = rise > 1.1 and still < 1.1
    return {
        "title": f"Beyond T = {w.number(turn, 3)} a longer process harms the ODE and not the SDE" if harmed else "Both samplers depend on T alike",
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Lines and marks against the length T. At T = {w.number(max(lengths), 3)}, " + "; ".join(said) + ".",
    }
