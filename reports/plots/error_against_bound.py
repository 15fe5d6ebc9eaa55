from reports import wording as w
from reports.statistics import Findings, median, natural, severity
from reports.strip import Line, Mark, draw


def plot(rows, figure):
    """Every error lies under its bound

    One mark per case: the largest error over its bound, on a log axis. Bounds come from the rounding analysis of each
    operator, not from tuning. Crosses are decoys, wrong answers made on purpose, which must lie beyond the bound of at least
    one case. Above 60 cases a line spans 5 to 95 % of them, with their median, and only the worst ones are drawn.
    """
    findings = Findings(rows)
    checks = [check for check in findings.of("verdict") if check.row["role"] == "ours" and check.used is not None]
    if not checks:
        return {"absent": "No operator was verified, so there is no error to draw.", "command": "assay verify"}
    ops = {}
    for check in checks:
        kind = check.row["backend"] if check.status == "pass" else "failed"
        ops.setdefault(check.row["op"], []).append(Mark(check.used, kind))
    worst = {op: max(severity(mark.share) for mark in marks) for op, marks in ops.items()}
    decoys = {}
    for law in findings.of("law"):
        if law.row["law"] == "power":
            decoys.setdefault(law.row["op"], []).extend(control["check"]["lhs"] for control in law.row["controls"] if control["check"])
    ordered = sorted(ops, key=lambda op: (-worst[op], natural(op)))
    lines = [Line(op, ops[op] + [Mark(ratio, "control") for ratio in decoys.get(op, ())]) for op in ordered]
    draw(
        figure,
        lines,
        "Largest error of a case ÷ its bound",
        {"cpu": "CPU", "simt": "CUDA source, emulated", "cuda": "GPU", "control": "decoy", "failed": "failed"},
    )

    failed = [check for check in checks if check.status != "pass"]
    top = max(worst.values())
    title = (
        f"{w.plural(len(failed), 'case')} of {w.whole(len(checks))} {w.verb(len(failed), 'is', 'are')} not right"
        if failed
        else f"Every error lies under its bound; the largest uses {w.percent(top)} of it" if top else "Every result is exact"
    )
    table = []
    for line in lines:
        shares = [severity(mark.share) for mark in line.marks if mark.kind != "control"]
        near = min((mark.share for mark in line.marks if mark.kind == "control"), default=None)
        table.append(
            [
                line.name,
                len(shares),
                sum(share == 0 for share in shares),
                float(median(shares)),
                float(max(shares)),
                "–" if near is None else float(near),
            ]
        )
    return {
        "title": title,
        "columns": ["operator", "cases", "exact", "median", "worst", "nearest decoy"],
        "rows": table,
        "alt": f"Strip plot on a logarithmic axis of error over bound for {w.plural(len(checks), 'case')} "
        f"of {w.plural(len(ops), 'operator')}. "
        f"The largest ratio is {w.number(top, 3)}, of {ordered[0]}. {w.plural(len(failed), 'case')} did not pass.",
        "command": f"assay verify --filter '^({'|'.join(sorted(ops))})/'",
    }
