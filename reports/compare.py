"""`assay compare BASE NEW`: two stored files of records, row by row, as far as stored times allow.

Weaker than ci/regress, and it says so: the files were measured one after the other, so a machine that has changed its pace looks like code
that has. What the pace did is read off the rows whose machine code is the same in both files (controls, at least LEAST_CONTROLS of them):
with y = ln(median NEW / median BASE) of k controls, mean c and sd s, and e the standard error of a row's own medians, a row has

  mu = y - c,   half-width = t(p, k - 1) sqrt(s^2 (1 + 1/k) + e^2),   p = ALPHA / rows for SLOWER and FASTER, BETA for SAME

and the red line and tolerance of reports/gate.py. This takes controls and rows for one normal population, which nobody can promise.
Exit: 0 nothing slower, 1 slower, 2 undecided, 3 a row of BASE is missing or NEW has no end, 4 BASE cannot be compared with, 5 bad input.
"""

import collections
import dataclasses
import math
import pathlib
import statistics
import sys
import traceback

from scipy import stats

from reports import gate, records
from reports.statistics import interval, median

LEAST_CONTROLS = 4
MISSING, NEW = "MISSING", "NEW"
SAME_ENVIRONMENT = ("build", "sanitised", "compiler", "flags", "toolkit", "driver", "gpu", "cpu")


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclasses.dataclass
class Row:
    id: str
    caches: str
    verdict: str
    reason: str = ""
    mu: float = math.nan
    half: float = math.nan

    def text(self):
        if math.isnan(self.mu):
            return f"  {self.verdict:<10} {self.id}, {self.caches}\n             {self.reason}"
        shown = (f"{100 * math.expm1(value):+.1f} %" for value in (self.mu, self.mu - self.half, self.mu + self.half))
        estimate, low, high = shown
        return f"  {self.verdict:<10} {self.id}, {self.caches}\n             {estimate} [{low}, {high}]"


def load(path, side):
    """(run row, {(id, backend, caches): rows}) of a file; several runs of it count together."""
    if not pathlib.Path(path).exists():
        raise Refused(4 if side == "BASE" else 5, f"{side} '{path}' does not exist; assay bench --records {path} writes one")
    try:
        rows, problems = records.load([path])
    except records.BadRecords as error:
        raise Refused(5, f"{side} {error}") from None
    if problems:
        raise Refused(5, f"{side} {problems[0]}")
    runs = [row for row in rows if row["kind"] == "run"]
    ends = {row["run_id"] for row in rows if row["kind"] == "end"}
    if not runs:
        raise Refused(4 if side == "BASE" else 5, f"{side} {path}: holds no run")
    for run in runs:
        if run["run_id"] not in ends:
            raise Refused(4 if side == "BASE" else 3, f"{side} {path}: run {run['run_id']} has no end: it was stopped before it was done, after line {len(rows)}")
        if odd := different(runs[0], run):
            raise Refused(5, f"{side} {path}: its runs differ in {odd}")
    timed = collections.defaultdict(list)
    for row in rows:
        if row["kind"] == "measurement" and row["role"] == "ours":
            timed[row["id"], row["backend"], "cold" if row["cold"] else "hot"].append(row)
    if not timed:
        raise Refused(4 if side == "BASE" else 3, f"{side} {path}: holds no times; assay bench measures them")
    return runs[0], dict(timed)


def different(one, two):
    """What makes times of two runs incomparable, with both values; empty if nothing does."""
    for name in SAME_ENVIRONMENT:
        if one[name] != two[name]:
            return f"{name}: {one[name]} and {two[name]}"
    return ""


def log_time(rows):
    """(ln of the median time, its standard error), over the runs of a file."""
    logs, variances = [], []
    for row in rows:
        low, high = interval(row["seconds"])
        logs.append(math.log(median(row["seconds"])))
        variances.append((math.log(high / low) / (2 * 1.96)) ** 2 if low else math.inf)
    return statistics.fmean(logs), math.sqrt(sum(variances)) / len(rows)


def code(rows):
    found = {row["code_hash"] for row in rows}
    return found.pop() if len(found) == 1 else ""


def compare(base, new):
    """[Row], and the number of controls."""
    rows, judged, controls = [], [], []
    for key in [*base, *(key for key in new if key not in base)]:
        row = Row(key[0], key[2], "")
        rows.append(row)
        if key not in base:
            row.verdict, row.reason = NEW, "not in BASE"
            continue
        if key not in new:
            row.verdict, row.reason = MISSING, "not in NEW"
            continue
        (before, e0), (after, e1) = log_time(base[key]), log_time(new[key])
        if code(base[key]) and code(base[key]) == code(new[key]):
            row.verdict, row.reason = gate.SAME, "by proof"
            controls.append(after - before)
        else:
            judged.append((row, after - before, math.hypot(e0, e1)))
    k = len(controls)
    for row, y, error in judged:
        row.verdict = gate.UNDECIDED
        if k < LEAST_CONTROLS:
            row.reason = f"{100 * math.expm1(y):+.1f} %, but only {k} rows with unchanged machine code tell what the machine did; ci/regress decides it"
            continue
        width = math.sqrt(statistics.variance(controls) * (1 + 1 / k) + error**2)
        row.mu = y - statistics.fmean(controls)
        red, same = (stats.t.isf(p, k - 1) * width for p in (gate.ALPHA / len(judged), gate.BETA))
        row.half = red
        if row.mu - red > gate.RED:
            row.verdict = gate.SLOWER
        elif row.mu + red < -gate.RED:
            row.verdict = gate.FASTER
        elif abs(row.mu) + same < gate.TOLERANCE:
            row.verdict, row.half = gate.SAME, same
    return rows, controls


def exit_code(rows):
    verdicts = {row.verdict for row in rows}
    return 1 if gate.SLOWER in verdicts else 3 if MISSING in verdicts else 2 if gate.UNDECIDED in verdicts else 0


def run(base_path, new_path):
    before, base = load(base_path, "BASE")
    after, new = load(new_path, "NEW")
    if odd := different(before, after):
        raise Refused(4, f"BASE {base_path} is of another machine or build, {odd}; times of different machines are not compared")
    if not set(base) & set(new):
        raise Refused(4, f"BASE {base_path} and NEW {new_path} have no row in common")
    rows, controls = compare(base, new)
    print(f"{base_path} ({before['commit'][:7]}, {before['started']}) -> {new_path} ({after['commit'][:7]}, {after['started']})")
    print("  stored times: weaker than `ci/regress BASE HEAD`, which times both builds in turn in one process")
    if len(controls) >= LEAST_CONTROLS:
        print(f"  {len(controls)} rows with unchanged machine code moved by {100 * math.expm1(statistics.fmean(controls)):+.1f} % on average, "
              f"sd {100 * statistics.stdev(controls):.1f} %: that is taken off, and makes the intervals as wide as they are")
    print()
    order = (gate.SLOWER, gate.UNDECIDED, MISSING, gate.FASTER, NEW)
    for verdict in order:
        for row in rows:
            if row.verdict == verdict:
                print(row.text())
    counts = collections.Counter(row.verdict for row in rows)
    proven = sum(row.reason == "by proof" for row in rows)
    words = [f"{counts[gate.SAME]} SAME ({proven} by proof)", *(f"{counts[one]} {one}" for one in order if counts[one] or one != NEW)]
    code = exit_code(rows)
    print(f"\n {' · '.join(words)}        exit {code}")
    return code


def main(arguments):
    if len(arguments) != 2:
        print("usage: python -m reports.compare BASE NEW", file=sys.stderr)
        return 5
    try:
        return run(*arguments)
    except Refused as refused:
        print(f"assay: {refused}        exit {refused.code}", file=sys.stderr)
        return refused.code
    except Exception:  # Python's own status 1 would read as "slower"
        traceback.print_exc()
        return 70


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
