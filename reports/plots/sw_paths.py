from reports import wording as w
from reports.drawing import COLOUR, axes, narrow, say
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/shared-noise"


def plot(rows, figure):
    """Shared noise keeps a wrong sampler beside the right one

    Pairs of paths from t = 1 on the right to data at t = 0, from the same start and with the same noise: with the true score (blue) and with
    one off by a factor and a shift (red). Upper half ODE, lower half SDE. Equal noise cancels in the difference, which is what the proof
    bounds.
    """
    tables = Findings(rows).tables(CLAIM)
    points, gaps = tables.get("paths", []), tables.get("gap", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points or not gaps:
        return {"absent": "No path was drawn: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 380 if small else 440, left=44, x="Time t", y="Position")
    reach = 1.1 * max(max(abs(point["x"]), abs(point["y"])) for point in points)
    frame.set(xlim=(0, 1), ylim=(-2 * reach, 2 * reach))
    frame.set_yticks([height + value for height in (-reach, reach) for value in (-2, 0, 2)], [*"−2 0 2".split()] * 2)
    for kappa, name, height in ((0, "ODE", reach), (1, "SDE", -reach)):
        for pair in sorted({point["pair"] for point in points}):
            mine = sorted((point["t"], point["x"], point["y"]) for point in points if point["kappa"] == kappa and point["pair"] == pair)
            t, x, y = zip(*mine)
            frame.plot(t, [height + value for value in x], color=COLOUR["blue"], linewidth=1.1, zorder=2)
            frame.plot(t, [height + value for value in y], color=COLOUR["verm"], linewidth=1.1, zorder=3)
        say(frame, 0.98, height + 0.9 * reach, name, "muted", ha="right")
    frame.axhline(0, color=COLOUR["line2"], linewidth=1.4)
    said = [
        f"{'SDE' if gap['kappa'] else 'ODE'} {w.number(gap['mean'], 3)} ± {w.number(gap['standard_error'], 1)} (expected {w.number(gap['expected'], 3)})"
        for gap in gaps
    ]
    return {
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Pairs of paths, smooth for the ODE and rough for the SDE, each pair side by side. Mean |x − y|² at t = 0 over "
        f"{w.whole(round(gaps[0]['pairs']))} pairs: " + "; ".join(said) + ".",
    }
