"""What the rows of a record file must agree on; each rule is one function from (line, row) pairs to problems."""

import collections
import math

STATUSES = ("pass", "fail", "vacuous", "error")
ASKED = ("verdict", "law", "claim")


def share(check):
    """Share of its allowance that a check uses: at most 1 iff it holds, 0 where nothing is used, inf where none was given."""
    lhs, rhs, slack = check["lhs"], check["rhs"], check["slack"]
    if any(math.isnan(value) for value in (lhs, rhs, slack)):
        return math.inf
    if rhs > 0:
        return 0.0 if lhs <= 0 else lhs / (rhs + slack) if math.isfinite(rhs + slack) else 0.0
    beyond = lhs - rhs
    return 0.0 if beyond <= 0 else beyond / slack if slack > 0 else math.inf


def counted(row):
    """True for rows that the end of a run counts: checks of ours or of a peer, budgets, and rows that the gate has decided. Impostors are there to fail."""
    if row["kind"] == "comparison":
        return row["status"] is not None
    return row["kind"] in ASKED and row.get("role") != "impostor" or budgeted(row)


def budgeted(row):
    """True for a compiled kernel that was held against what is recorded of it."""
    return row["kind"] == "static" and row["status"] is not None


def _close(a, b, tolerance):
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-300)


def _key(row):
    return (row["kind"], row["id"], row.get("backend", ""), row.get("cold", ""), row.get("name", ""), row.get("launch", ""))


def order(rows):
    """run first, static before the checks, ceilings before the timings, end last; every row belongs to a run of the file."""
    started, ended = set(), set()
    late = {"static": set(), "ceiling": set()}  # runs in which a row of that kind would stand too late
    seen = {}
    for line, row in rows:
        run, kind = row["run_id"], row["kind"]
        if kind == "run":
            if run in started:
                yield line, f"run {run} starts twice"
            started.add(run)
            continue
        if run not in started:
            yield line, f"{kind} {row['id']} belongs to run {run}, which did not start in this file"
        if run in ended:
            yield line, f"{kind} {row['id']} stands after the end of its run"
        if kind == "end":
            ended.add(run)
        elif kind in late:
            if run in late[kind]:
                yield line, f"{kind} {row['id']} stands after the first {'check' if kind == 'static' else 'timing'} of its run"
        else:
            late["static"].add(run)
            if kind == "measurement":
                late["ceiling"].add(run)
        if kind != "skip":
            first = seen.setdefault((run, *_key(row)), line)
            if first != line:
                yield line, f"{kind} {row['id']} stands twice, first on line {first}"


def _less(now, before):
    return before is not None and (now is None or now < before)


def budgets(rows):
    """A compiled kernel passes exactly if it keeps to what is recorded of it."""
    for line, row in rows:
        if not budgeted(row):
            continue
        recorded = row["recorded"]
        keeps = recorded is not None and row["spills"] <= recorded["spills"] and not _less(row["occupancy"], recorded["occupancy"])
        if keeps != (row["status"] == "pass") or keeps != (not row["message"]):
            yield line, f"static {row['id']} is {row['status']} with message '{row['message']}', its numbers say otherwise"


def names(rows):
    """Ids are built from the parts that the row lists."""
    for line, row in rows:
        kind = row["kind"]
        if kind in ("verdict", "measurement"):
            head, tail = f"{row['op']}/{row['variant']}/{row['types']}/", f"fill={row['fill']}"
        elif kind == "law":
            head, tail = f"{row['op']}/{row['variant']}/{row['types']}/law={row['law']}", ""
        elif kind == "claim":
            head, tail = f"claim/{row['subject']}/", ""
        elif kind == "static":
            head, tail = f"static/{row['op']}/{row['variant']}/{row['arch']}/", ""
        elif kind == "ceiling":
            head, tail = f"ceiling/{row['name']}", ""
        else:
            continue
        if not (row["id"].startswith(head) and row["id"].endswith(tail)):
            yield line, f"{kind} {row['id']} should read {head}...{tail}"


def outcomes(rows):
    """A status agrees with the numbers beside it."""
    for line, row in rows:
        kind = row["kind"]
        if kind not in ASKED:
            continue
        where, passes = f"{kind} {row['id']}", row["status"] == "pass"
        if passes and row["message"]:
            yield line, f"{where} passes with a message"
        if not passes and not row["message"]:
            yield line, f"{where} does not pass and gives no message"
        if kind == "verdict":
            if passes and row["ratio"] is not None and not row["ratio"] <= 1:
                yield line, f"{where} passes with ratio {row['ratio']}"
            if row["undecided"] > row["elements"]:
                yield line, f"{where} leaves more elements undecided than there are"
            continue
        yield from ((line, f"{where}: {problem}") for problem in _inquiry(row, passes))


def _inquiry(row, passes):
    """A law's or claim's checks and controls against what the row makes of them."""
    for check in row["checks"]:
        if check["holds"] != (check["lhs"] <= check["rhs"] + check["slack"]):
            yield f"check '{check['what']}' says holds={check['holds']}, its numbers say otherwise"
    if passes and not all(check["holds"] for check in row["checks"]):
        yield "passes although a check does not hold"
    if passes and not all(control["rejected"] for control in row["controls"]):
        yield "passes although a control was not rejected"
    if passes and not row["controls"]:
        yield "passes without a control"
    for control in row["controls"]:
        if control["rejected"] and control["check"] and control["check"]["holds"]:
            yield f"control '{control['breaks']}' is rejected by a check that holds"
    absent = set(row["unproven"]) - {check["what"] for check in row["checks"]}
    if absent:
        yield f"unproven '{min(absent)}' is none of its checks"
    if row["status"] == "error" or "used" not in row:
        return
    if not _close(row["used"], max((share(check) for check in row["checks"]), default=0.0), 1e-9):
        yield f"used {row['used']} is not the largest share of its checks"
    if not _close(row["margin"], 1 - row["used"], 1e-9):
        yield "margin is not 1 - used"
    if not _close(row["alpha"], sum(check["alpha"] for check in row["checks"]), 1e-9):
        yield "alpha is not the sum over its checks"


def timings(rows):
    """No time without a passing verdict on the same problem in the same run; efficiency is floor over median."""
    passed = {(row["run_id"], row["id"], row["backend"]) for _, row in rows if row["kind"] == "verdict" and row["status"] == "pass"}
    for line, row in rows:
        if row["kind"] != "measurement":
            continue
        where = f"measurement {row['id']}"
        if (row["run_id"], row["id"], row["backend"]) not in passed:
            yield line, f"{where} has no passing verdict in its run"
        if (row["role"] in ("peer", "vendor")) != ("beside" in row):
            yield line, f"{where}: a peer has a time of ours beside it, and nothing else has"
        if "beside" in row and len(row["beside"]["seconds"]) != len(row["seconds"]):
            yield line, f"{where} has {len(row['seconds'])} samples and {len(row['beside']['seconds'])} beside them"
        ordered = sorted(row["seconds"])
        low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]  # either definition of the median
        if not row["floor_s"] / high * (1 - 1e-9) <= row["efficiency"] <= row["floor_s"] / low * (1 + 1e-9):
            yield line, f"{where}: efficiency {row['efficiency']} is not its floor over its median time"


def figures(rows):
    """A series has one value per column, and belongs to a row of its run."""
    asked = {(row["run_id"], row["id"]) for _, row in rows if row["kind"] in ASKED}
    for line, row in rows:
        if row["kind"] != "series":
            continue
        if any(len(values) != len(row["columns"]) for values in row["rows"]):
            yield line, f"series {row['id']} {row['name']}: a row does not have {len(row['columns'])} values"
        if (row["run_id"], row["id"]) not in asked:
            yield line, f"series {row['name']} belongs to {row['id']}, which is not in its run"


def ends(rows):
    """The end row counts what stands before it."""
    tally = collections.defaultdict(collections.Counter)
    for line, row in rows:
        counts = tally[row["run_id"]]
        if counted(row):
            counts[row["status"]] += 1
        elif row["kind"] == "skip":
            counts["skipped"] += 1
        elif row["kind"] == "end":
            for status in (*STATUSES, "skipped"):
                if row["counts"][status] != counts[status]:
                    yield line, f"end counts {row['counts'][status]} {status}, the file holds {counts[status]}"
            asked = sum(counts[status] for status in STATUSES)
            if row["ran"] != asked:
                yield line, f"end says that {row['ran']} ran, the file holds {asked}"
            if row["ran"] > row["planned"]:
                yield line, f"end says that {row['ran']} ran of {row['planned']} planned"
            bad = asked - counts["pass"]
            if bad and row["exit"] in (0, 2, 3, 4):
                yield line, f"exit code {row['exit']} although {bad} checks do not pass"
            if row["exit"] == 0 and (row["ran"] < row["planned"] or asked == 0 or row["stopped"]):
                yield line, "exit code 0 although less than planned ran"


def contradictions(rows):
    """[(line, problem)] in order of lines, for rows with numbers in place of "inf" and "nan"."""
    found = [problem for rule in (order, budgets, names, outcomes, timings, figures, ends) for problem in rule(rows)]
    if rows and rows[0][1]["kind"] != "run":
        found.append((rows[0][0], "the first row is not a run"))
    return sorted(found)
