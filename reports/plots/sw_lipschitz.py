from reports import wording as w
from reports.drawing import COLOUR, axes, narrow, say
from reports.statistics import Findings

CLAIM = "claim/score_wasserstein/mixture-ode"


def plot(rows, figure):
    """Errors grow between the modes only, at the end of sampling

    One-sided Lipschitz constant L_s of the score of ½N(−1,¼) + ½N(1,¼) along the noising process, b = .1 + 9.9t. Where it is positive,
    nearby paths are driven apart; −1 is that of pure noise.
    """
    points = Findings(rows).tables(CLAIM).get("lipschitz", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No constant was computed: the claim did not run.", "command": command}
    frame = axes(figure, 280 if narrow(figure) else 320, left=36, x="Time t", y="L_s, one-sided constant of the score")
    t, constant = [point["t"] for point in points], [point["constant"] for point in points]
    frame.set(xlim=(0, 1), ylim=(min(constant) - 2, max(constant) * 1.1))
    frame.axhline(0, color=COLOUR["line2"], linewidth=1)
    frame.plot((0, 1), (-1, -1), color=COLOUR["grey"], linewidth=1.4, linestyle=(0, (5, 4)))
    frame.fill_between(t, constant, 0, where=[value > 0 for value in constant], color=COLOUR["verm"], alpha=0.15, linewidth=0)
    frame.plot(t, constant, color=COLOUR["blue"], linewidth=1.8)
    turn = next((point["t"] for point in points if point["constant"] < 0), None)
    say(frame, 0.99, -1.9, "noise, −1", "muted", ha="right", va="center")
    if turn is not None:
        say(frame, turn + 0.03, max(constant) / 4, f"changes sign at t = {turn:.2f}", ha="left")
    return {
        "command": command,
        "columns": list(points[0]),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Curve of L_s against time: {w.number(constant[0], 3)} at t = 0, {w.number(constant[-1], 3)} at t = 1"
        + (f", negative from t = {turn:.2f} on." if turn is not None else ", never negative."),
    }
