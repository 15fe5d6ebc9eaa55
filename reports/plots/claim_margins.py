from reports import wording as w
from reports.rules import share
from reports.statistics import Findings, severity
from reports.strip import Line, Mark, draw

MOST_LINES = 20


def plot(rows, figure):
    """Every claim keeps to its allowance

    One mark per check of a claim: the share of its allowance, right side plus slack, that it uses. Crosses are the same claims
    with one ingredient broken on purpose; each must lie beyond its allowance, else the claim proves nothing.
    """
    claims = sorted((check for check in Findings(rows).of("claim") if check.row["checks"]), key=lambda check: check.worst_first)
    if not claims:
        return {"absent": "No claim was asked, so there is no margin to draw.", "command": "assay verify --filter '^claim/'"}
    lines, table = [], []
    for claim in claims:
        row, name = claim.row, claim.id.split("/", 2)[2]
        marks = [Mark(share(check), "cpu" if check["holds"] else "failed") for check in row["checks"]]
        broken = [share(control["check"]) for control in row["controls"] if control["check"]]
        lines.append(Line(name, marks + [Mark(value, "control") for value in broken]))
        table.append(
            [
                claim.id,
                len(marks),
                float(max(severity(mark.share) for mark in marks)),
                len(broken),
                "–" if not broken else float(min(map(severity, broken))),
            ]
        )
    shown = lines[:MOST_LINES]
    draw(figure, shown, "Share of the allowance", {"cpu": "check", "control": "broken on purpose", "failed": "failed"})

    failed = [claim for claim in claims if claim.status != "pass"]
    largest = table[0][2]
    title = (
        f"{w.plural(len(failed), 'claim')} of {len(claims)} {w.verb(len(failed), 'does', 'do')} not stand"
        if failed
        else f"Every claim keeps to its allowance; the tightest uses {w.percent(largest)}" if largest else "Every claim holds exactly"
    )
    more = f" The {MOST_LINES} claims nearest to their limit are drawn; the table has all {len(lines)}." if len(lines) > MOST_LINES else ""
    caption = " ".join(plot.__doc__.partition("\n")[2].split()) + more
    return {
        "title": title,
        "caption": caption,
        "columns": ["claim", "checks", "largest share", "controls", "nearest control"],
        "rows": table,
        "alt": f"Strip plot on a logarithmic axis of the share of its allowance that each check of "
        f"{w.plural(len(claims), 'claim')} uses. The largest is "
        f"{w.number(largest, 3)}, of {claims[0].id}; {w.plural(len(failed), 'claim')} did not pass.",
        "command": "assay verify --filter '^claim/'",
    }
