from reports import wording as w
from reports.drawing import COLOUR, axes, log_ticks, name_ends, narrow
from reports.statistics import Findings

CLAIM = "claim/local_attention/summability-dichotomy"
SMALL = 0.01  # curves that stay below it share a label
COLOURS = ("verm", "amber", "purple", "grey", "green")  # of those that still grow


def plot(rows, figure):
    """Which biases keep attention near, whatever the length

    F₅₁₂(n): the share of attention on keys more than 512 away, for a relative bias and equal contents. Shaded: what it can be
    with contents within ±1/2, which change it by a factor of at most e; dashed lines are these rigorous bounds. Blue no longer
    grows.
    """
    tables = Findings(rows).tables(CLAIM)
    curves = {name.removeprefix("far mass: "): table for name, table in tables.items() if name.startswith("far mass: ")}
    command = f"assay verify --filter '^{CLAIM}$'"
    if not curves:
        return {"absent": "No far mass was computed: the claim did not run.", "command": command}
    ordered = sorted(curves, key=lambda name: -curves[name][-1]["far"])
    high = [name for name in ordered if curves[name][-1]["far"] >= SMALL]
    low = [name for name in ordered if name not in high]
    every = [row["n"] for table in curves.values() for row in table]
    small = narrow(figure)
    frame = axes(figure, 360 if small else 420, left=40, right=14, x="Keys n", y="Share of attention beyond 512 keys")
    # Ends right of the last length, where the names stand.
    frame.set(xscale="log", xlim=(min(every), max(every) ** (1.45 if small else 1.28)), ylim=(-0.02, 1.05))
    log_ticks(frame.xaxis, min(every), max(every) * 1.1)
    ends = []
    growing = [name for name in high if curves[name][-1]["far"] > curves[name][-2]["far"] * 1.0001]
    for name in ordered:
        colour = COLOURS[growing.index(name) % len(COLOURS)] if name in growing else "blue"
        n, far = [row["n"] for row in curves[name]], [row["far"] for row in curves[name]]
        lower, upper = [row["lower"] for row in curves[name]], [row["upper"] for row in curves[name]]
        frame.fill_between(n, lower, upper, color=COLOUR[colour], alpha=0.07, linewidth=0, zorder=1)
        for bound in (lower, upper):
            frame.plot(n, bound, color=COLOUR[colour], linewidth=0.8, linestyle=(0, (4, 3)), zorder=2)
        frame.plot(n, far, color=COLOUR[colour], linewidth=2, zorder=3)
        if name in high:
            ends.append((far[-1], name, colour if colour in ("purple", "grey") else colour + "-t"))
    if low:
        ends.append((0, f"{len(low)} more, ≤ {w.number(max(curves[name][-1]['far'] for name in low), 2)}", "blue-t"))
    name_ends(frame, max(every) * 1.15, ends)
    never = [name for name in ordered if curves[name][-1]["far"] > 0.5]
    return {
        "title": f"{w.plural(len(low), 'bias', 'biases')} of {len(curves)} keep less than {w.percent(SMALL)} of attention far away at n "
        "= 2²⁰",
        "caption": " ".join(plot.__doc__.partition("\n")[2].split()) + (f" Below, in one colour: {w.listed(low)}." if low else ""),
        "command": command,
        "columns": ["bias", "n", "far", "lower", "upper"],
        "rows": [[name, row["n"], row["far"], row["lower"], row["upper"]] for name in ordered for row in curves[name]],
        "alt": f"Far mass against the number of keys, {w.plural(len(curves), 'curve')}. At the largest n more than half lies beyond 512 "
        f"keys for {w.listed(never)}; "
        f"{w.listed(low)} stay near 0.",
    }
