from reports import wording as w
from reports.drawing import COLOUR, axes, mark, narrow
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/mixture-ode"


def plot(rows, figure):
    """Fast waves in the score cost the bound its tightness

    W₂ over its bound for the probability flow ODE of a mixture whose score is off by .1 cos(ωx). The wave adds .1ω to the certified
    Lipschitz constant, while its effects cancel over a path that crosses many periods.
    """
    points = sorted(Findings(rows).tables(CLAIM).get("frequency", []), key=lambda point: point["omega"])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No distance was computed: the claim did not run.", "command": command}
    frame = axes(figure, 280 if narrow(figure) else 320, left=40, x="Angular frequency ω of the error", y="W₂ over its bound")
    omega, ratio = [point["omega"] for point in points], [point["ratio"] for point in points]
    frame.set(xscale="log", xlim=(omega[0] / 1.1, omega[-1] * 1.1), ylim=(0, max(1.05, 1.05 * max(ratio))))
    frame.set_xticks([value for value in (0.5, 1, 2, 4, 8) if omega[0] / 1.1 < value < omega[-1] * 1.1], minor=False)
    frame.set_xticks([], minor=True)
    frame.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    frame.axhline(1, color=COLOUR["verm"], linewidth=1.6)
    frame.plot(omega, ratio, color=COLOUR["blue"], linewidth=1.2, zorder=2)
    mark(frame, omega, ratio, "blue", size=30)
    return {
        "title": "Fast waves in the score cost the bound its tightness" if ratio[-1] < ratio[0] else "Fast waves leave the bound as tight as slow ones",
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Line plot of the ratio of W₂ to its bound against the frequency: {w.number(ratio[0], 2)} at ω = {w.number(omega[0], 2)}, "
        f"{w.number(ratio[-1], 2)} at ω = {w.number(omega[-1], 2)}; the largest is {w.number(max(ratio), 2)}.",
    }
