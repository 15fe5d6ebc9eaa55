import math

from reports import wording as w
from reports.drawing import COLOUR, axes, mark, narrow, say
from reports.statistics import Findings

CLAIM = "claim/local_attention/xpos-overflow"
LIMITS = {"fp16": 65504.0, "fp32": 3.4028234663852886e38}
LEAST_NORMAL_FP16 = 2.0**-14


def plot(rows, figure):
    """Where the scales of xPos leave their format

    Decimal logarithm of the scale of keys and queries at position n, for the fastest of 32 frequency pairs; the slowest (thin)
    barely moves. Lines across: the largest number of fp16 and of fp32, which bf16 almost shares, and the least normal number of
    fp16. Dashed: keys with the scales centred at n/2.
    """
    findings = Findings(rows)
    points = findings.tables(CLAIM).get("scales", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if len(points) < 2:
        return {"absent": "No scale was computed: the claim did not run.", "command": command}
    n = [point["n"] for point in points]
    slope = points[-1]["key"] / n[-1]  # decades a position
    frame = axes(figure, 320 if narrow(figure) else 380, left=44, x="Position n", y="log₁₀ of the scale")
    frame.set(xlim=(0, n[-1] * 1.02), ylim=(-14, max(point["key"] for point in points) * 1.05))
    frame.locator_params(nbins=5)
    for name, limit in LIMITS.items():
        height = math.log10(limit)
        frame.axhline(height, color=COLOUR["verm"], linewidth=1.2)
        left = name == "fp32"  # where no line passes
        say(frame, n[-1] * (0.02 if left else 1), height + 1.7, f"{name} ends", "verm-t", ha="left" if left else "right")
        mark(frame, [height / slope], [height], "verm", size=34)
    least = math.log10(LEAST_NORMAL_FP16)
    frame.axhline(least, color=COLOUR["amber"], linewidth=1.2)
    say(frame, n[-1], least - 1.8, "least normal fp16", "amber-t", ha="right")
    mark(frame, [-least / slope], [least], "amber", size=34)
    frame.plot(n, [point["key"] for point in points], color=COLOUR["blue"], linewidth=2)
    frame.plot(n, [point["query"] for point in points], color=COLOUR["green"], linewidth=2)
    frame.plot(n, [point["centred"] for point in points], color=COLOUR["blue"], linewidth=1.4, linestyle=(0, (5, 4)))
    frame.plot(n, [point["slowest_key"] for point in points], color=COLOUR["grey"], linewidth=1)
    say(frame, n[-1] * 0.52, slope * n[-1] * 0.52 + 3, "keys", "blue-t", ha="right")
    say(frame, n[-1] * 0.7, slope * n[-1] * 0.35 - 3, "keys, centred", "blue-t", ha="left")
    say(frame, n[-1] * 0.3, -slope * n[-1] * 0.25, "queries", "green-t", ha="left")
    crossing = {name: math.log10(limit) / slope for name, limit in LIMITS.items()}
    return {
        "title": f"Keys of xPos overflow fp16 at position {math.ceil(crossing['fp16'])}",
        "command": command,
        "columns": list(points[0]),
        "rows": [list(point.values()) for point in points],
        "alt": "Logarithm of the scales of xPos against the position, straight lines. Keys pass the largest number of fp16 near n = "
        f"{w.number(crossing['fp16'])} and that of fp32 near "
        f"{w.number(crossing['fp32'], 5)}; queries fall below the least normal number of fp16 near {w.number(-least / slope)}.",
    }
