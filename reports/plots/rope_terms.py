from reports import wording as w
from reports.drawing import COLOUR, axes, narrow, say
from reports.statistics import Findings

CLAIM = "claim/rope_bias/term-moments"
TERMS = (("t1", "grey"), ("t2", "amber"), ("t3", "green"))  # query · key, query bias · key, query · key bias


def plot(rows, figure):
    """Of the four terms of a score only the product of the biases has a mean

    The four terms of a score with rotary positions and biases on queries and keys, for each distance averaged over all positions of one
    sequence of 1024 normal queries and keys, d = 64, biases of half their size. Thick: means; thin: one standard deviation about
    them. The product of the biases does not vary.
    """
    points = Findings(rows).tables(CLAIM).get("terms", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No terms were computed: the claim did not run.", "command": command}
    small = narrow(figure)
    frame = axes(figure, 340 if small else 400, left=40, x="Distance, query position less key position", y="Contribution to the score")
    xs = [point["distance"] for point in points]
    edge = 1.25 * max(point["t1_deviation"] for point in points)
    frame.set(xlim=(0, xs[-1]), ylim=(-edge, max(edge, 1.06 * points[0]["t4"])))
    for name, colour in TERMS:
        mean, spread = [point[name] for point in points], [point[f"{name}_deviation"] for point in points]
        frame.plot(xs, mean, color=COLOUR[colour], linewidth=1.6, zorder=2)
        for sign in (-1, 1):
            frame.plot(xs, [m + sign * s for m, s in zip(mean, spread)], color=COLOUR[colour], linewidth=0.7, zorder=1)
    frame.plot(xs, [point["t4"] for point in points], color=COLOUR["blue"], linewidth=2, zorder=3)
    middle = points[len(points) // 2]
    say(frame, xs[-1] * 0.04, points[0]["t4"], "query bias · key bias", "blue-t", va="top").set_ha("left")
    say(frame, xs[-1] * 0.98, 1.07 * middle["t1_deviation"], "± query · key", "muted", ha="right", va="bottom")
    say(frame, xs[-1] * 0.98, -1.12 * middle["t2_deviation"], "± query bias · key and query · key bias", "amber-t", ha="right", va="top")
    first, last = points[0], points[-1]
    largest = max(abs(point[name]) for point in points for name in ("t1", "t2", "t3"))
    return {
        "command": command,
        "columns": list(first),
        "rows": [[float(value) for value in point.values()] for point in points],
        "alt": f"Line plot of the means of four terms against the distance. The product of the biases falls from {w.number(first['t4'], 3)} to "
        f"{w.number(last['t4'], 3)} at {w.whole(round(last['distance']))}; the means of the other three stay within {w.number(largest, 2)} of 0, with standard "
        f"deviations of {w.number(middle['t1_deviation'], 2)}, {w.number(middle['t2_deviation'], 2)} and {w.number(middle['t3_deviation'], 2)}.",
    }
