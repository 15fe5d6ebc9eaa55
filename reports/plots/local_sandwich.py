from reports import wording as w
from reports.drawing import COLOUR, axes, key, log_ticks, narrow
from reports.statistics import Findings

CLAIM = "claim/local_attention/sandwich-decreases"


def plot(rows, figure):
    """The product of sinusoidal positions decreases with distance

    Thin: Σ cos(t θᵢ) over 32 frequencies against the distance t. Steps: its means over [2ᵏ, 2ᵏ⁺¹). Dashed: the integral over the
    logarithm of the frequency, 32 (1 − (ln t + γ)/ln 10000), valid for distances between 1 and 10000.
    """
    tables = Findings(rows).tables(CLAIM)
    command = f"assay verify --filter '^{CLAIM}$'"
    curve, means = tables.get("curve", []), tables.get("means", [])
    if not curve or not means:
        return {"absent": "No curve was computed: the claim did not run.", "command": command}
    distance = [point["distance"] for point in curve]
    frame = axes(figure, 300 if narrow(figure) else 340, left=40, x="Distance t", y="Σ cos(t θᵢ)")
    frame.set(xscale="log", xlim=(distance[0], distance[-1]), ylim=(min(p["curve"] for p in curve) - 2, max(p["curve"] for p in curve) + 2))
    log_ticks(frame.xaxis, distance[0], distance[-1])
    frame.axhline(0, color=COLOUR["line2"], linewidth=1)
    frame.plot(distance, [p["curve"] for p in curve], color=COLOUR["grey"], linewidth=0.9, zorder=2)
    frame.plot(distance, [p["law"] for p in curve], color=COLOUR["green"], linewidth=1.6, linestyle=(0, (5, 4)), zorder=3)
    for step in means:
        frame.plot(
            (step["from"], 2 * step["from"]),
            (step["mean"], step["mean"]),
            color=COLOUR["blue"],
            linewidth=3,
            zorder=4,
            solid_capstyle="butt",
        )
    key(frame, [("means over octaves", "blue-t"), ("logarithmic law", "green-t")])
    values = [step["mean"] for step in means]
    falls = sum(b < a for a, b in zip(values, values[1:]))
    steps = len(values) - 1
    return {
        "title": f"The product of sinusoidal positions decreases with distance, in {falls} of {steps} octaves",
        "command": command,
        "columns": ["distance", "curve", "law"],
        "rows": [[p["distance"], p["curve"], p["law"]] for p in curve],
        "alt": f"Curve that oscillates and falls from {w.number(curve[0]['curve'], 3)} towards 0 over four decades of distance. Its "
        "means over octaves fall from "
        f"{w.number(values[0])} to {w.number(values[-1], 2)}, in {falls} of {steps} steps.",
    }
