"""The table op x variant, and the list of all variants that it chooses from."""

import math

from reports import wording as w
from reports.statistics import EVIDENCE, natural, severity
from reports.timings import axes_of, group_of, median_time, size_text, timed
from reports.verdict import WORDS

SEEN = {"sanitised": ("san", "san"), "ran": ("ran", "ran"), "emulated": ("emu", "emu"), "compiled": ("cmp", "cmp")}
GROUPS = {"plain": "CPU, plain loops", "fast": "CPU, fastest variant", "simt": "CUDA source on the CPU", "cuda": "CUDA on a GPU"}
MOST_UNFOLDED = 40  # ops
ROOMY = 12  # columns beside the name; more leave no room for bars


def _timing(rows):
    """The time of one size: cold caches where both were measured."""
    row = next((row for row in rows if row["cold"]), rows[0] if rows else None)
    if row is None:
        return None
    return {
        "time": w.seconds(median_time(row)),
        "efficiency": row["efficiency"],
        "percent": w.percent(row["efficiency"]),
        "ceiling": row["ceiling"],
        "width": round(100 * min(max(row["efficiency"], 0), 1)) if math.isfinite(row["efficiency"]) else 0,
    }


def _seen(checks):
    """The weakest evidence of several checks, or their worst status."""
    worst = min(checks, key=lambda check: check.worst_first)
    if worst.status != "pass":
        icon, tone, word = WORDS[worst.status]
        return {"icon": icon, "tone": tone, "word": word}
    evidence = min((check.evidence for check in checks), key=EVIDENCE.index)
    return {"icon": SEEN[evidence][0], "tone": SEEN[evidence][1], "word": evidence}


def _accuracy(checks):
    worst = max((check.used for check in checks), key=severity)
    over = severity(worst) > 1
    return {
        "ratio": w.ratio(worst),
        "width": 0 if over and not math.isfinite(severity(worst)) else round(100 * min(severity(worst), 1)),
        "bad": over,
    }


def _checkers(checks):
    """What looked on in every one of the checks, beside the comparison."""
    first, *others = (check.row.get("checkers", []) for check in checks)
    return [name for name in first if all(name in other for other in others)]


def _static(findings, op, variants):
    """Registers, spilled bytes and occupancy of an op's kernels on the newest architecture, the worst of each."""
    rows = [row for row in findings.statics if row["op"] == op and row["variant"] in variants]
    if not rows:
        return None
    newest = max((row["arch"] for row in rows), key=natural)
    rows = [row for row in rows if row["arch"] == newest]
    occupancy = [row["occupancy"] for row in rows if row["occupancy"] is not None]
    return {
        "arch": newest,
        "registers": max(row["registers"] for row in rows),
        "spills": max(row["spills"] for row in rows),
        "occupancy": w.percent(min(occupancy)) if occupancy else "–",
    }


def _cell(findings, op, types, group, verdicts):
    """One backend of one op and type: the fastest variant where several are timed, else the worst of all."""
    checks = [check for check in verdicts if check.row["types"] == types and group_of(check.row) == group]
    if not checks:
        return None
    times = [row for row in timed(findings) if row["op"] == op and row["types"] == types and group_of(row) == group]
    variants = sorted({check.row["variant"] for check in checks}, key=natural)
    chosen = variants
    if times:
        largest = max(times, key=lambda row: (row["bytes"], natural(row["id"])))
        same = [row for row in times if axes_of(row) == axes_of(largest) and row["cold"] == largest["cold"]]
        chosen = [min(same, key=lambda row: (median_time(row), row["variant"]))["variant"]]
        checks = [check for check in checks if check.row["variant"] in chosen]
    return {
        "seen": _seen(checks),
        "accuracy": _accuracy(checks),
        "variants": chosen,
        "more": len(variants) - len(chosen),
        "times": [row for row in times if row["variant"] in chosen],
        "checks": checks,
    }


def _gpu(findings, op):
    """What is known of an op's CUDA variants that did not run."""
    skips = [row for row in findings.skips if row["op"] == op and row["backend"] == "cuda"]
    variants = {row["variant"] for row in skips} | {row["variant"] for row in findings.statics if row["op"] == op}
    static = _static(findings, op, variants)
    if not static and not skips:
        return None
    icon, word = ("cmp", "compiled") if static else ("skip", "not built" if skips[0]["reason"].startswith("not built") else "not run")
    return {"seen": {"icon": icon, "tone": "cmp", "word": word}, "static": static}


def _op(findings, op, verdicts):
    lines = []
    for types in sorted({check.row["types"] for check in verdicts}, key=lambda types: (len(types), natural(types))):
        cells = {group: cell for group in GROUPS if (cell := _cell(findings, op, types, group, verdicts))}
        sizes = {axes_of(row): row["bytes"] for cell in cells.values() for row in cell["times"]}
        ordered = sorted(sizes, key=lambda axes: (-sizes[axes], natural(axes))) or [""]
        lines.append(
            {
                "types": types,
                "cells": cells,
                "sizes": [
                    {
                        "text": size_text(axes) if sizes else "",
                        "times": {group: _timing([row for row in cell["times"] if axes_of(row) == axes]) for group, cell in cells.items()},
                    }
                    for axes in ordered
                ],
            }
        )
    worst = min(verdicts, key=lambda check: check.worst_first)
    return {
        "op": op,
        "lines": lines,
        "gpu": _gpu(findings, op),
        "count": len(verdicts),
        "worst_first": worst.worst_first,
        "used": worst.used,
        "rows": sum(len(line["sizes"]) for line in lines),
    }


def operators(findings):
    """Subjects with their ops, worst first, and which column groups have anything to show."""
    verdicts = {}
    for check in findings.of("verdict"):
        if check.row["role"] == "ours":
            verdicts.setdefault((check.subject, check.row["op"]), []).append(check)
    ops = {}
    for (subject, op), checks in verdicts.items():
        ops.setdefault(subject, []).append(_op(findings, op, checks))
    subjects = [{"subject": subject, "ops": sorted(entries, key=lambda entry: entry["worst_first"])} for subject, entries in ops.items()]
    subjects.sort(key=lambda entry: (entry["ops"][0]["worst_first"], entry["subject"]))
    entries = [entry for subject in subjects for entry in subject["ops"]]
    groups = []
    for group, title in GROUPS.items():
        cells = [line["cells"][group] for entry in entries for line in entry["lines"] if group in line["cells"]]
        gpu = group == "cuda" and not cells and any(entry["gpu"] for entry in entries)
        if not cells and not gpu:
            continue
        names = {name for cell in cells for name in cell["variants"]}
        has_times = any(cell["times"] for cell in cells)
        groups.append(
            {
                "key": group,
                "title": title,
                "name": min(names) if len(names) == 1 else "",
                "timed": has_times,
                "gpu": gpu,
                "span": (
                    (4 if has_times else 2) if not gpu else 2 if any(entry["gpu"] and entry["gpu"]["static"] for entry in entries) else 1
                ),
            }
        )
    archs = sorted({entry["gpu"]["static"]["arch"] for entry in entries if entry["gpu"] and entry["gpu"]["static"]})
    return {
        "subjects": subjects,
        "groups": groups,
        "fold": len(entries) > MOST_UNFOLDED,
        "count": len(entries),
        "archs": w.listed(archs),
        "heading": _heading(findings),
        "tight": sum(group["span"] for group in groups) > ROOMY,
        "counts": _counts(findings),
    }


def _counts(findings):
    names = {"cpu": "CPU", "simt": "emulated", "cuda": "GPU"}
    checks = [check.row["backend"] for check in findings.of("verdict") if check.row["role"] == "ours"]
    return w.listed(f"{w.whole(checks.count(backend))} {name}" for backend, name in names.items() if backend in checks)


def _heading(findings):
    checks = [check for check in findings.of("verdict") if check.row["role"] == "ours"]
    bad = [check for check in checks if check.status != "pass"]
    over = [check.used for check in bad if check.status == "fail" and math.isfinite(severity(check.used)) and check.used > 1]
    if bad:
        text = f"{w.plural(len(bad), 'case')} of {w.whole(len(checks))} {w.verb(len(bad), 'is', 'are')} not right"
        return text + (f"; the worst error is {w.number(max(over), 2)} times its bound" if over else "")
    if not checks:
        return "No operator was verified"
    worst = max((check.used for check in checks if check.used is not None), default=0)
    return f"Every error lies under its bound; the worst uses {w.percent(worst)} of it" if worst else "Every result is exact"


def variants(findings):
    """One row per op, variant, type and backend, worst first: everything that the table above chose from, and peers."""
    groups = {}
    for check in findings.of("verdict"):
        row = check.row
        groups.setdefault((row["op"], row["variant"], row["types"], row["backend"]), []).append(check)
    rows = []
    for (op, variant, types, backend), checks in groups.items():
        worst = min(checks, key=lambda check: check.worst_first)
        rows.append(
            {
                "name": f"{op}/{variant}/{types}",
                "backend": backend,
                "seen": _seen(checks),
                "cases": len(checks),
                "accuracy": _accuracy(checks),
                "idea": worst.row["idea"],
                "checkers": _checkers(checks),
                "undecided": sum(check.row["undecided"] for check in checks),
                "worst": worst,
                "id": worst.id,
            }
        )
    return sorted(rows, key=lambda row: (row["worst"].worst_first, row["name"]))
