import math

from reports import wording as w
from reports.drawing import COLOUR, axes, key, narrow
from reports.statistics import Findings

CLAIM = "claim/local_attention/influence-convolution"
COLOURS = ("verm", "amber", "green", "purple", "blue")


def plot(rows, figure):
    """Through many windowed layers, influence becomes Gaussian and narrow

    Share of every earlier token in the output of L windowed layers with equal scores and w = 8, against the distance in standard
    deviations from the mean L (w − 1)/2. Dashed: the normal density. The standard deviation grows like √L while the receptive
    field grows like L.
    """
    points = Findings(rows).tables(CLAIM).get("influence", [])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No influence was computed: the claim did not run.", "command": command}
    depths = sorted({point["layers"] for point in points})
    curves = {deep: [(p["standardised"], p["density"]) for p in points if p["layers"] == deep] for deep in depths}
    frame = axes(
        figure,
        300 if narrow(figure) else 340,
        left=44,
        x="Distance from the mean, in standard deviations",
        y="Share times standard deviation",
    )
    top = max(density for curve in curves.values() for _, density in curve)
    frame.set(xlim=(-4, 4), ylim=(0, 1.15 * top))
    grid = [k / 20 - 4 for k in range(161)]
    frame.plot(
        grid,
        [math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in grid],
        color=COLOUR["ink"],
        linewidth=1.4,
        linestyle=(0, (5, 4)),
        zorder=4,
    )
    for deep, colour in zip(depths, COLOURS):
        frame.plot(*zip(*curves[deep]), color=COLOUR[colour], linewidth=1.6, marker="o" if len(curves[deep]) < 40 else None, markersize=3)
    key(frame, [(f"L = {deep:g}", colour if colour == "purple" else colour + "-t") for deep, colour in zip(depths, COLOURS)])
    key(frame, [("Gaussian", "ink")], x=0.03, ha="left")
    far = {
        deep: max(abs(density - math.exp(-x * x / 2) / math.sqrt(2 * math.pi)) for x, density in curve) for deep, curve in curves.items()
    }
    deepest = depths[-1]
    return {
        "command": command,
        "columns": ["layers", "tokens_back", "share"],
        "rows": [[p["layers"], p["tokens_back"], p["share"]] for p in points],
        "alt": f"Curves of influence for {w.listed([f'{deep:g}' for deep in depths])} layers. They approach the normal density: the "
        "largest distance "
        f"from it is {w.number(far[depths[0]], 2)} for one layer and {w.number(far[deepest], 2)} for {deepest:g}.",
    }
