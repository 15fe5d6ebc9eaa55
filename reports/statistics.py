"""What the rows say together: checks merged over runs, worst cases, medians. No wording and no markup."""

import dataclasses
import math
import re

from reports.rules import ASKED, budgeted, counted, share

EVIDENCE = ("compiled", "emulated", "ran", "sanitised")
WORST_FIRST = {"fail": 0, "error": 1, "vacuous": 2, "pass": 3}
BACKENDS = ("cpu", "simt", "cuda")


def natural(text):
    """Sort key that puts sm_90 behind sm_80 and n=2 before n=10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def interval(values):
    """(low, high) order statistics that hold the median with at least 95 %; (None, None) below six samples."""
    ordered, n = sorted(values), len(values)
    tail, below = 0.0, -1
    for k in range(n // 2):
        tail += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2))
        if tail > 0.025:
            break
        below = k
    return (ordered[below], ordered[n - 1 - below]) if below >= 0 else (None, None)


def used(row):
    """How near a check is to its limit: 0 nothing used, 1 at the limit, None where nobody can say."""
    if row["kind"] == "verdict":
        return row["ratio"]
    if row["kind"] == "static":
        return 0.0
    if row["status"] == "error":
        return None
    return max((share(check) for check in row["checks"]), default=0.0)


def severity(value):
    """Sort key: NaN and None worse than any number."""
    return math.inf if value is None or math.isnan(value) else value


def nearest_check(row):
    """The check of a law or claim that uses most of its allowance; None where there is none."""
    return max(row["checks"], key=lambda check: (not check["holds"], severity(share(check))), default=None)


@dataclasses.dataclass
class Check:
    """One verdict, law, claim or budget of a compiled kernel; the same one of several runs is one check with its worst status and best evidence."""

    row: dict
    status: str
    evidence: str

    @property
    def id(self):
        return self.row["id"]

    @property
    def kind(self):
        return self.row["kind"]

    @property
    def used(self):
        return used(self.row)

    @property
    def subject(self):
        return self.row["subject"]

    @property
    def worst_first(self):
        return (WORST_FIRST[self.status], -severity(self.used), natural(self.id), self.row.get("backend", ""))


def badness(row):
    return (-WORST_FIRST[row["status"]], severity(used(row)))


class Findings:
    """Rows of one or several runs, looked at once."""

    def __init__(self, rows):
        self.rows = rows
        self.runs = [row for row in rows if row["kind"] == "run"]
        self.ends = [row for row in rows if row["kind"] == "end"]
        self.sanitised = {run["run_id"] for run in self.runs if run["sanitised"]}
        self.killed = len(self.runs) - len(self.ends)
        self.checks = self._merge([row for row in rows if row["kind"] in ASKED and counted(row)])
        self.impostors = [row for row in rows if row["kind"] in ASKED and not counted(row)]
        self.statics = self._latest("static", "id")
        self.budgets = [Check(row, row["status"], "compiled") for row in self.statics if budgeted(row)]
        self.ceilings = self._latest("ceiling", "id")
        self.series = self._latest("series", "id", "name")
        self.measurements = self._latest("measurement", "id", "backend", "cold")
        self.skips = self._skips()

    def of(self, kind):
        return [check for check in self.checks if check.kind == kind]

    def tables(self, claim):
        """Series of a claim by their names, each a list of rows as dictionaries."""
        return {row["name"]: [dict(zip(row["columns"], values)) for values in row["rows"]] for row in self.series if row["id"] == claim}

    def count(self, status):
        return sum(check.status == status for check in self.checks + self.budgets)

    @property
    def failing(self):
        return sorted((check for check in self.checks + self.budgets if check.status != "pass"), key=lambda check: check.worst_first)

    def _merge(self, rows):
        groups = {}
        for row in rows:
            groups.setdefault((row["kind"], row["id"], row.get("backend", "")), []).append(row)
        merged = []
        for group in groups.values():
            worst = max(group, key=badness)
            passing = [row for row in group if row["status"] == "pass"] or group
            merged.append(Check(worst, worst["status"], max(map(self._evidence, passing), key=EVIDENCE.index)))
        return merged

    def _evidence(self, row):
        return row.get("evidence") or ("sanitised" if row["run_id"] in self.sanitised else "ran")

    def _latest(self, kind, *key):
        """Rows of one kind; the last file has the say. Times under a sanitizer are no times."""
        rows = [row for row in self.rows if row["kind"] == kind and not (kind == "measurement" and row["run_id"] in self.sanitised)]
        return list({tuple(row[part] for part in key): row for row in rows}.values())

    def _skips(self):
        """What no run did: a row that another file's machine could run is not missing."""
        done = {(row.get("op"), row.get("variant"), row.get("backend")) for row in self.rows if row["kind"] in ASKED}
        exactly = {(row["id"], row.get("backend")) for row in self.rows if row["kind"] in ASKED}
        skips = {}
        for row in self.rows:
            if row["kind"] != "skip" or (row["id"], row["backend"]) in exactly:
                continue
            if about_machine(row["reason"]) and (row["op"], row["variant"], row["backend"]) in done:
                continue
            skips[(row["id"], row["op"], row["variant"], row["backend"], row["reason"])] = row
        return list(skips.values())

    def compiled(self, row):
        """True for a skipped row whose kernel was compiled all the same."""
        return any(static["op"] == row["op"] and static["variant"] == row["variant"] for static in self.statics)


def about_machine(reason):
    """True where another machine or installation could run the row."""
    return reason.startswith(("not built", "no CUDA", "peer absent", "timings need"))
