from reports import wording as w
from reports.drawing import COLOUR, axes, narrow
from reports.statistics import Findings

CLAIM = "claim/local_attention/alibi-entropy"


def plot(rows, figure):
    """ALiBi is a soft window

    What is subtracted from the score of query i and key j. Left: a window of 8 keys subtracts nothing inside and ∞ outside.
    Right: ALiBi with the slope e/8, which sees as many tokens, in steps of depth; white is 0. Nothing is drawn where a key lies
    after its query.
    """
    points = sorted(Findings(rows).tables(CLAIM).get("subtracted", []), key=lambda point: point["distance"])
    command = f"assay verify --filter '^{CLAIM}$'"
    if not points:
        return {"absent": "No bias was computed: the claim did not run.", "command": command}
    n, small = len(points), narrow(figure)
    width = figure.get_figwidth() * 72
    side = (width - 24 - 14 - (24 if small else 60)) / 2
    height = side + 34 + 40
    first = axes(figure, height, left=24, right=width - 24 - side, top=34, bottom=40)
    second = figure.add_axes((1 - (14 + side) / width, 40 / height, side / width, side / height))
    second.set_facecolor("none")
    for frame, name in ((first, "hard window"), (second, "ALiBi")):
        for spine in frame.spines.values():
            spine.set_visible(True)
            spine.set_color(COLOUR["line2"])
        frame.grid(visible=False)
        frame.set(xlim=(0, n), ylim=(n, 0), xticks=[], yticks=[])
        frame.set_title(name, color=COLOUR["ink"], fontsize=12, loc="left")
        frame.set_xlabel("key j", color=COLOUR["muted"], fontsize=12)
        frame.fill(*_stair(n, -1), color=COLOUR["band"], linewidth=0)  # keys after their query
    first.set_ylabel("query i", color=COLOUR["muted"], fontsize=12, labelpad=2)
    cut = next(int(point["distance"]) for point in points if point["window"] > 0)
    first.fill(*_stair(n, cut), color=COLOUR["blue"], linewidth=0)
    first.text(n * 0.18, n * 0.8, "∞", color=COLOUR["bg"], fontsize=22, ha="center", va="center")
    first.text(n * 0.47, n * 0.55, "0", color=COLOUR["ink"], fontsize=12, ha="center", va="center")
    # A step per distance; each adds what brings the depth in all to t / n.
    for t in range(1, n):
        second.fill(*_stair(n, t), color=COLOUR["blue"], alpha=1 / (n - t + 1), linewidth=0)
    deepest = points[-1]["alibi"]
    second.text(n * 0.02, n * 0.95, w.number(deepest, 3), color=COLOUR["bg"], fontsize=12, ha="left", va="center")
    second.text(n * 0.47, n * 0.51, "0", color=COLOUR["ink"], fontsize=12, ha="center", va="center")
    return {
        "command": command,
        "columns": ["distance", "hard window", "ALiBi"],
        "rows": [[point["distance"], point["window"], point["alibi"]] for point in points],
        "alt": f"Two triangular heat maps of {n} queries by {n} keys. The hard window is 0 for the {cut} nearest keys and infinite "
        "beyond; ALiBi grows evenly with "
        f"distance up to {w.number(deepest, 3)}.",
    }


def _stair(n, least):
    """Outline of the cells with i - j >= least, or of those with j > i for least = -1: columns j, rows i."""
    if least < 0:
        xs, ys = [0], [0]
        for i in range(n):
            xs += [i + 1, i + 1]
            ys += [i, i + 1]
        return [*xs, n], [*ys, 0]
    xs, ys = [0], [least]
    for j in range(n - least):
        xs += [j + 1, j + 1]
        ys += [least + j, least + j + 1]
    return [*xs, 0], [*ys, n]
