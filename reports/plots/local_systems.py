from reports import wording as w
from reports.drawing import COLOUR, axes, mark, narrow
from reports.statistics import Findings

CLAIM = "claim/local_attention/which-are-local"


def plot(rows, figure):
    """Which systems are local

    One line per system, equal contents: the share of attention beyond 512 keys at the smallest n (open) and at the largest
    (filled). Blue systems have a proven upper bound for every n, red ones a proven lower bound that tends to all of it. The
    number is the effective window e^H at the largest n, in tokens.
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
    ordered = sorted(systems, key=lambda name: (-systems[name][-1]["local"], systems[name][-1]["far"]))
    small = narrow(figure)
    line, left = (40 if small else 26), (14 if small else 214)
    frame = axes(figure, 84 + line * len(ordered), left=left, right=86, x="Share of attention beyond 512 keys", y="" if small else "System")
    frame.set(xlim=(-0.03, 1.03), ylim=(len(ordered) - 0.4, -0.7))
    frame.set_yticks([])
    frame.grid(axis="y", visible=False)
    frame.text(1.06, -0.62, "tokens seen", color=COLOUR["muted"], fontsize=11, va="center", transform=frame.get_yaxis_transform())
    table = []
    for y, name in enumerate(ordered):
        first, last = systems[name][0], systems[name][-1]
        colour = "blue" if last["local"] else "verm"
        frame.plot((first["far"], last["far"]), (y, y), color=COLOUR[colour], linewidth=2, zorder=2)
        mark(frame, [first["far"]], [y], colour, filled=False, size=30)
        mark(frame, [last["far"]], [y], colour, size=36)
        if small:
            frame.text(0, y - 0.42, name, color=COLOUR[colour + "-t"], fontsize=12, va="center").set_gid("class h")
        else:
            frame.text(
                -0.04, y, name, color=COLOUR[colour + "-t"], fontsize=12, va="center", ha="right", transform=frame.get_yaxis_transform()
            )
        seen = 2.718281828459045 ** last["entropy"]
        frame.text(1.06, y, w.number(seen, 3), color=COLOUR["ink"], fontsize=12, va="center", transform=frame.get_yaxis_transform())
        table.append([name, "yes" if last["local"] else "no", first["n"], first["far"], last["n"], last["far"], last["entropy"], seen])
    local = [name for name in ordered if systems[name][-1]["local"]]
    others = [name for name in ordered if name not in local]
    return {
        "title": f"{len(local)} of {w.plural(len(ordered), 'system')} are local at every length",
        "command": command,
        "columns": ["system", "local", "least n", "far mass there", "largest n", "far mass there", "entropy there", "effective window"],
        "rows": table,
        "alt": f"Dot plot of the attention beyond 512 keys. Local, with a bound for every length: {w.listed(local)}. Not local: "
        f"{w.listed(others)}, of which "
        f"{w.listed([name for name in others if systems[name][-1]['far'] > 0.9])} have more than nine tenths beyond 512 keys at the "
        "largest length.",
    }
