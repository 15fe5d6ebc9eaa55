from reports import wording as w
from reports.drawing import COLOUR, axes, log_ticks, mark, narrow, say
from reports.statistics import Findings

CLAIM = "claim/rope_bias/alignment-needed"


def plot(rows, figure):
    """Only aligned biases make scores fall with the distance

    Expected score at each distance, d = 64, base 10⁴, biases with 1/2 in every component. Lines: key bias equal to the query bias,
    opposite to it, and turned by a quarter in every pair. Marks: means over one sequence of 8192 normal queries and keys, with
    equal biases (open circles) and without any (dots). The vertical line is the length to which the source trained; scores to its right are
    extrapolation.
    """
    points = Findings(rows).tables(CLAIM).get("curves", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No curve was computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 340 if small else 400, left=40, x="Distance, query position less key position", y="Expected score")
    xs = [point["distance"] for point in points]
    top = 1.1 * max(point["aligned"] for point in points)
    frame.set(xscale="log", xlim=(xs[0], xs[-1]), ylim=(-top, top))
    log_ticks(frame.xaxis, xs[0], xs[-1])
    frame.plot((512, 512), (-top, top), color=COLOUR["line2"], linewidth=1.4, zorder=1)
    for values, colour in (
        ([point["aligned"] for point in points], "blue"),
        ([-point["aligned"] for point in points], "verm"),
        ([point["turned"] for point in points], "green"),
    ):
        frame.plot(xs, values, color=COLOUR[colour], linewidth=1.8, zorder=2)
    thin = points[:: 4 if small else 2]
    mark(frame, [point["distance"] for point in thin], [point["with_bias"] for point in thin], "blue", filled=False, size=20)
    mark(frame, [point["distance"] for point in thin], [point["without_bias"] for point in thin], "grey", size=10)
    say(frame, 3, top * 0.93, "key bias = query bias", "blue-t", ha="left")
    say(frame, 3, -top * 0.93, "key bias = −query bias", "verm-t", ha="left")
    say(frame, 5, 0.3 * top, "turned by a quarter", "green-t", ha="left", va="center")
    say(frame, 1.2, -0.08 * top, "no bias", "muted", ha="left", va="center")
    say(frame, 560, top * 0.93, "512", "muted", ha="left")
    first, end = points[0], points[-1]
    at = min(points, key=lambda point: abs(point["distance"] - 512))
    return {
        "command": command,
        "columns": list(first),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Line plot of the expected score against the logarithm of the distance. With equal biases it falls from {w.number(first['aligned'], 3)} to "
        f"{w.number(at['aligned'], 3)} at {w.whole(round(at['distance']))} and {w.number(end['aligned'], 2)} at {w.whole(round(end['distance']))}; with opposite biases it rises alike; "
        f"turned by a quarter it stays near {w.number(at['turned'], 2)}. Without biases means stay within "
        f"{w.number(max(abs(point['without_bias']) for point in points), 2)} of 0.",
    }
