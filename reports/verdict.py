"""The first screen in words: headline, worst thing known, failing rows, what did not run and why."""

import collections
import math

from reports import wording as w
from reports.rules import share
from reports.statistics import nearest_check, severity

WORDS = {
    "fail": ("bad", "bad", "FAIL"),
    "error": ("err", "bad", "ERROR"),
    "vacuous": ("vac", "vac", "VACUOUS"),
    "pass": ("ok", "ok", "pass"),
}
EXIT = {
    0: "all as it should be",
    1: "a check failed, proves nothing or broke",
    2: "undecided within the budget",
    3: "less than planned ran",
    4: "the baseline is missing or incompatible",
    5: "bad input",
    6: "the environment is unusable",
    70: "internal error",
}
EXIT_PRECEDENCE = (70, 5, 6, 1, 4, 3, 2, 0)

# Beginning of a skip's reason: as the headline says it, one row, several rows, what to do, the command.
REASONS = {
    "no CUDA device": (
        "no GPU on this machine",
        "needs a GPU, and the driver reports none",
        "need a GPU, and the driver reports none",
        "With a GPU, add a second record file:",
        "assay verify --require cuda --records gpu.jsonl",
    ),
    "not built": (
        "no CUDA toolkit",
        "was not built: no CUDA toolkit was found",
        "were not built: no CUDA toolkit was found",
        "With a toolkit in /usr/local/cuda or on the PATH, build and run again:",
        "ci/run",
    ),
    "peer absent": (
        "peers not installed",
        "is a peer that is not installed here",
        "are peers that are not installed here",
        "To install and time peers:",
        "ci/setup --peers && assay bench --peers",
    ),
    "peer does not take": (
        "problems that a peer does not take",
        "is a problem that its peer does not take",
        "are problems that their peers do not take",
        "",
        "",
    ),
    "timings need": (
        "timings need the release build",
        "is a timing, which a sanitised build cannot give",
        "are timings, which a sanitised build cannot give",
        "In the release build:",
        "assay bench",
    ),
    "variant does not accept": (
        "sizes that a variant does not accept",
        "is of a size that its variant does not accept",
        "are of sizes that their variant does not accept",
        "",
        "",
    ),
}


def _explain(reason):
    for start, words in REASONS.items():
        if reason.startswith(start):
            return words
    return (reason, f"was left out: {reason}", f"were left out: {reason}", "", "")


def _reasons(findings):
    counts = collections.Counter(_explain(row["reason"]) for row in findings.skips)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def stopped(findings):
    """Why the records are not complete, as a clause; empty if they are."""
    if findings.killed:
        return (
            "the run was killed"
            if len(findings.runs) == 1
            else f"{findings.killed} of {len(findings.runs)} runs {w.verb(findings.killed, 'was', 'were')} killed"
        )
    early = [end for end in findings.ends if end["stopped"] or end["ran"] < end["planned"]]
    return f"stopped after {sum(end['ran'] for end in early)} of {sum(end['planned'] for end in early)}" if early else ""


def headline(findings):
    """(sentence, tone): [N fail;] [N vacuous;] N checks pass; M not run: reason."""
    reasons = _reasons(findings)
    why = ("" if len(reasons) < 2 else "mainly ") + reasons[0][0][0] if reasons else ""
    early = stopped(findings)
    if not findings.checks:
        return f"Nothing ran: {why or early or 'the records hold no check'}.", "bad"
    parts = [
        f"{w.whole(findings.count(status))} {word}"
        for status, word in (("fail", "fail"), ("error", "broke"), ("vacuous", "vacuous"))
        if findings.count(status)
    ]
    parts.append(
        f"{w.plural(findings.count('pass'), 'check')} {w.verb(findings.count('pass'), 'passes', 'pass')}"
        if findings.count("pass")
        else "no check passes"
    )
    if findings.skips:
        parts.append(f"{w.whole(len(findings.skips))} not run: {why}")
    sentence = "; ".join(parts) + "."
    return (early[0].upper() + early[1:] + ": " + sentence if early else sentence[0].upper() + sentence[1:]), (
        "bad" if findings.failing else ""
    )


def label(row):
    """What a row is called in a sentence."""
    if row["kind"] == "claim":
        return row["id"].removeprefix("claim/")
    if row["kind"] == "static":
        return f"{row['kernel']} of {row['op']}/{row['variant']} for {row['arch']}"
    return f"{row['op']}, {row['variant']} {row['types']}" + (f", law {row['law']}" if row["kind"] == "law" else "")


def _worst(check):
    row = check.row
    if check.status == "fail" and check.kind == "verdict" and 1 < severity(check.used) < math.inf:
        return f"The worst error is {w.number(check.used, 2)} times its bound ({label(row)})."
    does = {"fail": "is rejected" if check.kind in ("law", "claim") else "fails", "error": "broke", "vacuous": "proves nothing"}[check.status]
    return f"{label(row)} {does}: {row['message'].rstrip('.')}."


def worst_use(findings, kind):
    values = [check.used for check in findings.of(kind) if check.status == "pass" and check.used is not None]
    return max(values, default=None)


def deck(findings, contradictions):
    """(icon, tone, bold clause, rest): the worst thing known, the comparison, the exit code with its cause."""
    tail = ["No base given."]
    codes = {end["exit"] for end in findings.ends}
    if codes:
        code = next(code for code in EXIT_PRECEDENCE if code in codes)
        tail.append(f"Exit code {code}: {EXIT[code]}.")
    unproven = sum(len(check.row.get("unproven", ())) for check in findings.checks)
    if unproven:
        tail.insert(
            0,
            f"{w.plural(unproven, 'check')} of claims or laws {w.verb(unproven, 'is', 'are')} unproven: "
            f"no control fails {w.verb(unproven, 'it', 'them')}.",
        )
    if contradictions:
        return (
            "err",
            "bad",
            f"The records contradict themselves in {w.plural(len(contradictions), 'place')}: {contradictions[0]}.",
            " ".join(tail),
        )
    if findings.failing:
        worst = findings.failing[0]
        icon, tone, _ = WORDS[worst.status]
        return icon, tone, _worst(worst), " ".join(tail)
    clauses = []
    if (error := worst_use(findings, "verdict")) is not None:
        clauses.append(f"the worst error uses {w.percent(error)} of its bound" if error else "every result is exact")
    if (claim := worst_use(findings, "claim")) is not None:
        clauses.append(f"the tightest claim uses {w.percent(claim)} of its allowance")
    text = ", ".join(clauses)
    early = (
        ("und", "und", f"The records have no end, so read them as a part{' and without an exit code' if not codes else ''}.")
        if findings.killed
        else ("", "", "")
    )
    return *early, " ".join(([text[0].upper() + text[1:] + "."] if text else []) + tail)


def _row_view(check):
    row = check.row
    icon, tone, word = WORDS[check.status]
    view = {
        "icon": icon,
        "tone": tone,
        "word": word,
        "id": row["id"],
        "backend": row.get("backend", ""),
        "message": row["message"],
        "repro": row["repro"],
        "facts": [],
        "why": row.get("why", ""),
    }
    if check.kind == "verdict" and check.status != "error":
        place = f"{row['output']}[{w.whole(row['at'])}]" if row["output"] and row["at"] >= 0 else row["output"]
        view["facts"] = [("at", place)] if place else []
        view["facts"] += [
            ("got", w.number(row["got"], 9)),
            ("wanted", w.number(row["want"], 9)),
            ("bound", w.number(row["bound"], 3)),
            ("error ÷ bound", w.ratio(row["ratio"])),
        ]
    elif check.kind in ("law", "claim") and (near := nearest_check(row)) and not near["holds"]:
        view["facts"] = [("check", near["what"]), ("got", w.number(near["lhs"], 6)), ("allowed", allowance(near))]
    passed = [control["breaks"] for control in row.get("controls", ()) if not control["rejected"]]
    if passed:
        view["facts"].append(("passes too", w.listed(passed)))
    return view


def allowance(check):
    """The right side of an inequality: "≤ 0.6677", or with the slack where it is no small part of it."""
    rhs, slack = check["rhs"], check["slack"]
    if slack == 0 or abs(slack) < 5e-4 * abs(rhs):
        return f"≤ {w.number(rhs)}"
    return f"≤ {w.number(slack, 3)}" if rhs == 0 else f"≤ {w.number(rhs)} + {w.number(slack, 2)}"


def failing_rows(findings):
    return [_row_view(check) for check in findings.failing]


def nearest(findings, most=5):
    """Passing checks nearest to their limit, one per variant and types or per claim."""
    best = {}
    for check in findings.checks:
        if check.status != "pass" or check.used is None:
            continue
        row = check.row
        key = row["id"] if check.kind != "verdict" else (row["op"], row["variant"], row["types"])
        if key not in best or check.worst_first < best[key].worst_first:
            best[key] = check
    ordered = [check for check in sorted(best.values(), key=lambda check: check.worst_first) if check.used > 0][:most]
    return [
        {
            "id": check.id,
            "used": check.used,
            "percent": w.percent(check.used),
            "at": round(8 + 188 * min(check.used, 1), 1),
            "of": "of its bound" if check.kind == "verdict" else "of its allowance",
        }
        for check in ordered
    ]


def not_run(findings):
    """Counts by reason, what stands in for it, and [(what to do, command)]."""
    if not findings.skips:
        return None
    reasons = _reasons(findings)
    counts = [f"{w.whole(count)} {w.verb(count, words[1], words[2])}" for words, count in reasons]
    compiled = [row for row in findings.skips if findings.compiled(row)]
    stand_in = []
    if compiled:
        stand_in.append("compile for " + w.listed(sorted({static["arch"] for static in findings.statics})))
    if any(check.evidence == "emulated" and check.status == "pass" for check in findings.checks):
        stand_in.append("pass emulated on the CPU")
    return {
        "count": w.whole(len(findings.skips)),
        "verb": w.verb(len(findings.skips), "was", "were"),
        "reasons": "; ".join(counts) + ".",
        "stand_in": (
            f"The same sources {w.listed(stand_in)}." if stand_in and any(row["backend"] == "cuda" for row in findings.skips) else ""
        ),
        "commands": [words[3:] for words, _ in reasons if words[4]],
    }


def nearest_text(row):
    """(check, observed, allowed, share) of the check of a law or claim that is nearest to its limit."""
    check = nearest_check(row)
    if check is None:
        return None
    return {"what": check["what"], "observed": w.number(check["lhs"]), "allowed": allowance(check), "share": share(check)}
