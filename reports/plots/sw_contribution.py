from reports import wording as w
from reports.drawing import COLOUR, axes, narrow, say
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/sde-forgets"


def plot(rows, figure):
    """The SDE forgets what went wrong early on its way

    What each time contributes to the bound, h I ε, for Gaussian data of variance 1/4 and a score off by .1 everywhere. Sampling runs from
    t = 1 on the right to t = 0. Areas are the bounds.
    """
    points = Findings(rows).tables(CLAIM).get("growth", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "Nothing was computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 300 if small else 340, left=44, x="Time t", y="Contribution to the bound, h I ε")
    areas, tops = [], []
    for kappa, colour in ((0, "blue"), (1, "green")):
        mine = sorted((point["t"], point["h_I_eps"]) for point in points if point["kappa"] == kappa)
        t, height = zip(*mine)
        frame.fill_between(t, height, color=COLOUR[colour], alpha=0.18, linewidth=0, zorder=1 + kappa)
        frame.plot(t, height, color=COLOUR[colour], linewidth=1.8, zorder=3)
        areas.append(sum((b - a) * (x + y) / 2 for (a, x), (b, y) in zip(mine, mine[1:])))
        tops.append(max(mine, key=lambda pair: pair[1]))
    frame.set(xlim=(0, 1), ylim=(0, 1.12 * max(height for _, height in tops)))
    say(frame, 0.42, 0.8 * max(height for _, height in tops), f"ODE, area {areas[0]:.3g}", "blue-t", ha="left")
    say(frame, 0.01, tops[1][1] * 1.45, f"SDE, area {areas[1]:.3g}", "green-t", ha="left")
    title = "The SDE forgets what went wrong early on its way" if areas[1] < areas[0] else "The SDE adds up more errors than the ODE"
    return {
        "title": title,
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Two curves of h I ε against time. That of the ODE has the area {areas[0]:.3g} and its top at t = {w.number(tops[0][0], 2)}; that "
        f"of the SDE has the area {areas[1]:.3g} and its top at t = {w.number(tops[1][0], 2)}.",
    }
