import math

from reports import wording as w
from reports.drawing import COLOUR, axes, key, log_ticks, mark, narrow
from reports.statistics import Findings

CLAIM = "claim/local_attention/entropy-ceiling"
KINDS = {
    "full": ("full attention", "verm"),
    "scaled": ("scores times log₅₁₂ n", "amber"),
    "window": ("window of 512", "blue"),
    "alibi": ("ALiBi, slope e/512", "green"),
}


def plot(rows, figure):
    """A window stops the growth of the entropy

    Mean entropy of a row against its position, scores N(0, 4). Marks: means over drawn rows, one standard error is smaller than
    they are. Lines: the exact mean by quadrature; ALiBi has none, as its scores are not alike. Dashed: ln 512, which no row with
    a window can exceed.
    """
    points = sorted(Findings(rows).tables(CLAIM).get("row_entropy", []), key=lambda point: point["position"])
    command = f"assay verify --filter '^{CLAIM}$'"
    if len(points) < 2:
        return {"absent": "No entropy was measured: the claim did not run.", "command": command}
    seen = [point["position"] + 1 for point in points]
    frame = axes(
        figure, 320 if narrow(figure) else 380, left=36, x="Position + 1 = keys of full attention", y="Mean entropy of a row (nats)"
    )
    frame.set(xscale="log", xlim=(seen[0] / 1.3, seen[-1] * 1.6), ylim=(0, max(point["full"] for point in points) * 1.12))
    log_ticks(frame.xaxis, seen[0], seen[-1])
    frame.axhline(math.log(512), color=COLOUR["muted"], linewidth=1.2, linestyle=(0, (5, 4)))
    frame.text(seen[0], math.log(512) + 0.12, "ln 512", color=COLOUR["muted"], fontsize=11).set_gid("class h")
    for kind, (_, colour) in KINDS.items():
        if kind + "_h" in points[0]:
            frame.plot(seen, [point[kind + "_h"] for point in points], color=COLOUR[colour], linewidth=1.6, zorder=2)
        mark(frame, seen, [point[kind] for point in points], colour, filled=kind != "alibi", size=26)
    key(frame, [(name, colour + "-t") for name, colour in KINDS.values()], y=0.3)
    before, last = points[-2:]
    return {
        "title": f"A window of 512 holds the entropy at {w.number(last['window'], 3)}; without it {w.number(last['full'], 3)} is "
        f"reached at {last['position'] + 1:g} keys",
        "command": command,
        "columns": list(points[0]),
        "rows": [list(point.values()) for point in points],
        "alt": f"Mean entropy against position for four kinds of attention. At {seen[-1]:g} keys: full {w.number(last['full'], 3)}, "
        f"scaled by log n {w.number(last['scaled'], 3)}, "
        f"window {w.number(last['window'], 3)}, ALiBi {w.number(last['alibi'], 3)} nats. Over the last doubling the window moves by "
        f"{w.number(abs(last['window'] - before['window']), 2)}, full attention by {w.number(abs(last['full'] - before['full']), 2)}.",
    }
