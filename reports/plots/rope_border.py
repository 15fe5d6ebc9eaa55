import math

from reports import wording as w
from reports.drawing import COLOUR, axes, label_points, log_ticks, mark, narrow, say
from reports.statistics import Findings

CLAIM = "claim/rope_bias/localisation-exponent"
TOP = 9  # decades of the base
SETUPS = ((64, 1e4, "d 64, base 10⁴"), (128, 1e4, "d 128, base 10⁴"), (128, 5e5, "d 128, base 5 × 10⁵"))
COLOURS = {"1": ("amber", "amber-t"), "2": ("green", "green-t"), "4": ("blue", "blue-t")}


def plot(rows, figure):
    """Larger bases ask for larger biases

    Where expected attention falls as Δ^(−p) with p = 1, for three mean pair weights of the biases. Below a line p exceeds 1, and the share of far
    positions stays small up to the base; above it grows with the length. Marks: common head sizes and bases.
    """
    points = Findings(rows).tables(CLAIM).get("border", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No border was computed: the claim did not run.", "command": command}
    frame = axes(figure, 340 if narrow(figure) else 400, left=44, x="Head dimension d", y="Base of the rotary positions")
    xs = [point["d"] for point in points]
    frame.set(yscale="log", xlim=(xs[0], xs[-1]), ylim=(10, 10**TOP))
    log_ticks(frame.yaxis, 10, 10**TOP, 9)
    frame.set_xticks([x for x in (16, 64, 128, 192, 256) if xs[0] <= x <= xs[-1]])
    lines = []
    for name, (colour, text) in COLOURS.items():
        drawn = [(point["d"], math.exp(point[name])) for point in points if point[name] < TOP * math.log(10)]
        frame.plot(*zip(*drawn), color=COLOUR[colour], linewidth=1.8, zorder=2)
        lines += drawn
        x, y = drawn[-2]
        say(frame, x - 4, y * 1.3, f"weight {name}", text, ha="right", va="bottom" if drawn[-1][0] == xs[-1] else "center")
    mark(frame, [d for d, _, _ in SETUPS], [base for _, base, _ in SETUPS], "verm", size=34)
    label_points(frame, [(d, base, label, "verm-t") for d, base, label in SETUPS], lines)
    at = min(points, key=lambda point: abs(point["d"] - 64))
    return {
        "command": command,
        "columns": ["d", "ln base, weight 1", "ln base, weight 2", "ln base, weight 4"],
        "rows": [[float(point[name]) for name in ("d", "1", "2", "4")] for point in points],
        "alt": f"Three rising lines in the plane of head dimension and base. At d = {w.whole(round(at['d']))} the exponent is 1 at base "
        + w.listed(f"{w.number(math.exp(at[name]), 2)} for weight {name}" for name in COLOURS)
        + ". Of the marked set-ups none lies below the line of weight 1.",
    }
