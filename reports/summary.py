"""summary.md for a pull request: worst first, within a byte budget."""

from reports import wording as w

MOST_BYTES = 64 * 1024
RESERVE = 200  # bytes for the line that says how many rows were left out


def _cell(text):
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def _code(text):
    return "`" + " ".join(str(text).split()).replace("`", "'").replace("|", "\\|") + "`" if text else ""


def _table(columns, rows):
    """A heading, then one line per row; nothing without rows."""
    return (
        [["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)], ["| " + " | ".join(row) + " |" for row in rows]]
        if rows
        else [[], []]
    )


def _parts(view):
    """(title, heading lines, rows) of each table, worst first."""
    failing = [
        [
            row["word"],
            _code(row["id"]),
            _cell(row["message"]),
            _cell(", ".join(f"{term} {text}" for term, text in row["facts"])),
            _code(row["repro"]),
        ]
        for row in view["failing"]
    ]
    yield "What does not pass", *_table(["", "id", "message", "numbers", "rerun"], failing)
    claims = [
        [
            row["word"],
            _cell(row["statement"]),
            _code(row["id"]),
            row["kind"],
            row["percent"] if row["used"] is not None else "–",
            row["controls"],
            _cell("; ".join(row["unproven"])),
        ]
        for row in view["claims"]["shown"] + view["claims"]["folded"]
    ]
    yield view["claims"]["heading"], *_table(["", "claim", "id", "kind", "allowance used", "controls rejected", "unproven"], claims)
    variants = [
        [_code(row["name"]), row["backend"], row["seen"]["word"], w.whole(row["cases"]), row["accuracy"]["ratio"]]
        for row in view["variants"]
    ]
    yield view["operators"]["heading"], *_table(["variant", "backend", "seen", "cases", "worst error ÷ bound"], variants)
    laws = [
        [row["word"], _cell(row["statement"]), _code(f"{row['op']} {row['law']}"), row["held"], row["controls"]] for row in view["laws"]
    ]
    yield "Laws", *_table(["", "law", "operator", "hold", "controls rejected"], laws)
    timings = [[_code(row["id"]), row["backend"], row["caches"], row["median"], row["interval"], row["bytes"], row["flops"], row["percent"]] for row in view["timings"]]
    yield "Timings", *_table(["id", "backend", "caches", "median", "95 %", "bytes", "flops", "of ceiling"], timings)
    peers = [[_cell(row["peer"]), _code(row["op"]), _cell(row["size"]), row["time"], row["ours"], row["text"]] for row in view["peers"]]
    yield "Next to peers", *_table(["peer", "operator", "size", "its time", "ours", "ratio to ours"], peers)


def _head(view):
    deck = view["deck"]
    lines = [f"## {view['headline']}", "", (f"**{deck['bold']}** " if deck["bold"] else "") + deck["rest"], ""]
    lines += [" · ".join(f"{term} {text}" for term, text in view["facts"]), ""] if view["facts"] else []
    if view["not_run"]:
        asked = view["not_run"]
        todo = " ".join(f"{words} `{command}`" for words, command in asked["commands"])
        lines += [" ".join(f"Why {asked['count']} {asked['verb']} not run: {asked['reasons']} {asked['stand_in']} {todo}".split()), ""]
    return lines


def markdown(view, most=MOST_BYTES):
    lines = _head(view)
    room = most - RESERVE - sum(len(line.encode()) + 1 for line in lines)
    left_out = 0
    for title, heading, rows in _parts(view):
        head = [f"### {title}", "", *heading]
        cost = sum(len(line.encode()) + 1 for line in head) + 1
        taken = []
        for row in rows:
            size = len(row.encode()) + 1
            if left_out or cost + size > room:
                break
            taken.append(row)
            cost += size
        left_out += len(rows) - len(taken)
        if taken:
            lines += [*head, *taken, ""]
            room -= cost
    if left_out:
        lines += [f"{w.plural(left_out, 'more row')} in index.html and in the records.", ""]
    return "\n".join(lines)
