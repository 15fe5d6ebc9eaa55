from reports import wording as w
from reports.drawing import COLOUR, axes, mark, narrow, say
from reports.statistics import Findings

CLAIM = "claim/local_attention/which-are-local"
KINDS = (  # by what lies beyond every window in the end
    (lambda limit: limit == 0, "blue", "yes", "Local: bounded for every n"),
    (lambda limit: 0 < limit < 1, "amber", "no, but for a part", "A part stays far, the same for every n"),
    (lambda limit: limit == 1, "verm", "no", "In the end all lies far"),
)


def plot(rows, figure):
    """Which systems are local

    One line per system, equal contents: the share of attention beyond 512 keys at the smallest n (open) and at the largest
    (filled). Blue: local, with a proven upper bound for every n. Red: in the end all of it lies beyond every window, by a proven
    lower bound. Amber: a part of it does, at every length the same. The number is the effective window e^H at the largest n, in tokens.
    """
    tables = Findings(rows).tables(CLAIM)
    systems = {
        name.removeprefix("system: "): sorted(table, key=lambda row: row["n"])
        for name, table in tables.items()
        if name.startswith("system: ")
    }
    command = f"assay verify --filter '^{CLAIM}$'"
    if not systems:
        return {"absent": "No system was asked whether it is local.", "command": command}
    kinds = [(*kind, sorted((name for name in systems if of(systems[name][-1]["limit"])), key=lambda name: systems[name][-1]["far"])) for of, *kind in KINDS]
    kinds = [kind for kind in kinds if kind[-1]]
    ordered = [name for *_, names in kinds for name in names]
    small = narrow(figure)
    line, left, heading = (40, 14, 0.8) if small else (26, 214, 1.1)  # heading: height in lines
    lines = len(ordered) + heading * len(kinds)
    frame = axes(figure, 84 + line * lines, left=left, right=86, x="Share of attention beyond 512 keys", y="" if small else "System")
    frame.set(xlim=(-0.03, 1.03), ylim=(lines - 0.4, -0.7 if small else -0.3))
    frame.set_yticks([])
    frame.grid(axis="y", visible=False)
    across = frame.get_yaxis_transform()  # x in shares of the axes
    frame.text(1.06, -0.2 if small else 0.25, "tokens seen", color=COLOUR["muted"], fontsize=11, va="center", transform=across)
    table, y = [], 0
    for colour, local, text, names in kinds:
        say(frame, 0, y + (-0.2 if small else 0.25), text, colour + "-t", fontweight="bold")
        y += heading
        for name in names:
            first, last = systems[name][0], systems[name][-1]
            frame.plot((first["far"], last["far"]), (y, y), color=COLOUR[colour], linewidth=2, zorder=2)
            mark(frame, [first["far"]], [y], colour, filled=False, size=30)
            mark(frame, [last["far"]], [y], colour, size=36)
            if small:
                say(frame, 0, y - 0.42, name, colour + "-t")
            else:
                say(frame, -0.04, y, name, colour + "-t", halo="", ha="right", transform=across)
            seen = 2.718281828459045 ** last["entropy"]
            say(frame, 1.06, y, w.rate(seen, ""), halo="", transform=across)
            table.append([name, local, first["n"], first["far"], last["n"], last["far"], last["entropy"], seen])
            y += 1
    kept = [name for name in ordered if systems[name][-1]["limit"] == 0]
    others = [name for name in ordered if name not in kept]
    return {
        "title": f"{len(kept)} of {w.plural(len(ordered), 'system')} are local at every length",
        "command": command,
        "columns": ["system", "local", "least n", "far mass there", "largest n", "far mass there", "entropy there", "effective window"],
        "rows": table,
        "alt": f"Dot plot of the attention beyond 512 keys. Local, with a bound for every length: {w.listed(kept)}. Not local: "
        f"{w.listed(others)}, of which "
        f"{w.listed([name for name in others if systems[name][-1]['far'] > 0.9])} have more than nine tenths beyond 512 keys at the "
        "largest length.",
    }
