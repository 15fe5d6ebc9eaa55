"""Claims, laws, and the matrix of marks."""

from reports import wording as w
from reports.operators import SEEN
from reports.statistics import WORST_FIRST, natural, severity
from reports.verdict import WORDS, nearest_text

MOST_CLAIMS, MOST_MARKS, MARKS_IN_ONE = 10, 400, 10
HOLDS = {"pass": "holds", "fail": "rejected", "vacuous": "vacuous", "error": "error"}


def _mark(check):
    """A check that does not pass has its own symbol, whatever its evidence."""
    return SEEN[check.evidence] if check.status == "pass" else WORDS[check.status][:2]


def matrix(findings):
    """Subjects by evidence; one mark a check, or ten above 400."""
    compiled = [row for row in findings.skips if findings.compiled(row)]
    absent = [row for row in findings.skips if not findings.compiled(row)]
    gpu = any(check.row.get("backend") == "cuda" for check in findings.checks)
    columns = [
        ("sanitised", "ran under ASan and UBSan"),
        ("ran", f"on the {'device' if gpu else 'CPU'} it is written for"),
        ("emulated", "CUDA source, run on the CPU"),
        ("compiled", "not run: needs a GPU"),
        ("not run", "neither compiled nor run here"),
    ]
    held = {name: {} for name, _ in columns}
    for check in findings.checks:
        held[check.evidence].setdefault(check.subject, []).append((WORST_FIRST[check.status], *_mark(check)))
    for rows, column, icon in ((compiled, "compiled", "cmp"), (absent, "not run", "skip")):
        for row in rows:
            held[column].setdefault(row["subject"] or "other", []).append((4, icon, "cmp"))
    columns = [(name, words) for name, words in columns if held[name]]
    total = sum(len(marks) for cells in held.values() for marks in cells.values())
    each = MARKS_IN_ONE if total > MOST_MARKS else 1
    subjects = sorted(
        {subject for cells in held.values() for subject in cells},
        key=lambda subject: (
            min((mark[0] for cells in held.values() for mark in cells.get(subject, ()))),
            -sum(len(cells.get(subject, ())) for cells in held.values()),
            subject,
        ),
    )

    def cell(name, subject):
        marks = sorted(held[name].get(subject, ()))
        bad = [mark[1:] for mark in marks if mark[0] < WORST_FIRST["pass"]]
        good = [mark[1:] for mark in marks if mark[0] >= WORST_FIRST["pass"]]
        return {"count": len(marks), "bad": len(bad), "marks": bad[:MOST_MARKS] + good[::each]}

    icons = {**SEEN, "not run": ("skip", "cmp")}
    return {
        "columns": [{"name": name, "words": words, "icon": icons[name][0], "tone": icons[name][1]} for name, words in columns],
        "rows": [{"subject": subject, "cells": [cell(name, subject) for name, _ in columns]} for subject in subjects],
        "totals": [sum(map(len, held[name].values())) for name, _ in columns],
        "each": each,
    }


def _controls(row):
    return f"{sum(control['rejected'] for control in row['controls'])} of {len(row['controls'])}"


def _outcome(check):
    icon, tone, _ = WORDS[check.status]
    return {"icon": icon, "tone": tone, "word": HOLDS[check.status]}


def _width(value):
    return round(100 * min(severity(value), 1))


def claims(findings):
    ordered = sorted(findings.of("claim"), key=lambda check: check.worst_first)
    views = []
    for check in ordered:
        row = check.row
        near = nearest_text(row)
        views.append(
            {
                **_outcome(check),
                "id": row["id"],
                "anchor": row["id"].replace("/", "-"),
                "statement": row["statement"],
                "source": row["source"],
                "kind": row["claim_kind"],
                "near": near,
                "used": check.used,
                "percent": "exact" if check.used == 0 else w.percent(check.used),
                "width": _width(check.used),
                "controls": _controls(row),
                "all_rejected": all(control["rejected"] for control in row["controls"]) and row["controls"],
                "broken": [control["breaks"] for control in row["controls"]],
                "unproven": row["unproven"],
                "checks": len(row["checks"]),
                "repro": row["repro"],
            }
        )
    shown = max(MOST_CLAIMS, sum(check.status != "pass" for check in ordered))
    shown = len(views) if len(views) <= shown + 2 else shown
    return {
        "shown": views[:shown],
        "folded": views[shown:],
        "count": len(views),
        "heading": _claims_heading(ordered),
        "note": _claims_note(ordered),
    }


def _claims_heading(checks):
    total, bad = len(checks), {status: sum(check.status == status for check in checks) for status in WORST_FIRST}
    clauses = []
    if bad["fail"]:
        clauses.append(f"{bad['fail']} of {w.plural(total, 'claim')} {w.verb(bad['fail'], 'is', 'are')} rejected")
    if bad["error"]:
        clauses.append(f"{bad['error']} broke")
    if bad["vacuous"]:
        clauses.append(f"{bad['vacuous']} {w.verb(bad['vacuous'], 'proves', 'prove')} nothing")
    if clauses:
        return "; ".join(clauses)
    if not total:
        return "No claim was asked"
    return "The one claim holds, and rejects its controls" if total == 1 else f"{w.whole(total)} claims hold, and each rejects its controls"


def _claims_note(checks):
    kinds = {"exact": "exact", "bound": "bound", "rate": "rate", "sampled": "sampled", "observed": "only observed"}
    counts = [
        f"{sum(check.row['claim_kind'] == kind for check in checks)} {word}"
        for kind, word in kinds.items()
        if any(check.row["claim_kind"] == kind for check in checks)
    ]
    alpha = sum(check.row["alpha"] for check in checks)
    observed = any(check.row["claim_kind"] == "observed" for check in checks)
    return (
        "Nearest to its limit first. By kind: "
        + w.listed(counts)
        + "."
        + (f" The chance of a false alarm over all sampled checks is at most {w.number(alpha, 2)}." if alpha else "")
        + (" What is only observed is not counted as proven." if observed else "")
    )


def laws(findings):
    """One row per op and law, over all variants and types that were asked."""
    groups = {}
    for check in sorted(findings.of("law"), key=lambda check: check.worst_first):
        groups.setdefault((check.row["op"], check.row["law"]), []).append(check)
    views = []
    for (op, law), checks in groups.items():
        worst = checks[0]
        unproven = sorted({what for check in checks for what in check.row["unproven"]})
        fewest = min(
            checks,
            key=lambda check: (
                sum(control["rejected"] for control in check.row["controls"]) - len(check.row["controls"]),
                len(check.row["controls"]),
            ),
        )
        asked = sorted(
            {
                f"{check.row['variant']} {check.row['types']}" + ("" if check.row["backend"] == "cpu" else f" ({check.row['backend']})")
                for check in checks
            },
            key=natural,
        )
        views.append(
            {
                **_outcome(worst),
                "op": op,
                "law": law,
                "statement": worst.row["statement"],
                "asked": w.short(asked, 4),
                "held": f"{sum(check.status == 'pass' for check in checks)} of {len(checks)}",
                "percent": "–" if not worst.row["checks"] else "exact" if worst.used == 0 else w.percent(worst.used),
                "width": _width(worst.used),
                "controls": _controls(fewest.row),
                "decoys": law == "power",
                "unproven": unproven,
                "repro": worst.row["repro"],
                "worst_first": worst.worst_first[:2],
            }
        )
    return sorted(views, key=lambda view: (view["worst_first"], view["law"], view["op"]))
