"""What ci/regress prints: the plan before timing, one live line, and a summary whose last line is the verdict."""

import collections
import sys
import time

from reports import gate

ORDER = ("WRONG", gate.SLOWER, gate.UNDECIDED, "MISSING", gate.FASTER, "NEW", "REMOVED")  # of rows in the summary: worst first


def _short(commit):
    return commit[:7] if len(commit) == 40 else commit


def _seconds(value):
    return f"{value:.1f} s" if value < 60 else f"{value // 60:.0f} min {value % 60:02.0f} s"


def _percent(ratio):
    return f"{100 * (ratio - 1):+.2f} %"


def head(run, facts):
    base, new = (_short(one) for one in run.commits)
    dirty = " (dirty)" if facts["dirty"] else ""
    run.out(f"assay {facts['assay']} · regress {base} -> {new}{dirty} · {facts['cpu']['model']} · one pinned core · seed {run.options.seed}")
    proven = sum(row.reason.startswith("by proof") for row in run.rows)
    timed = sum(not row.verdict or row.control for row in run.rows)
    controls = sum(row.control for row in run.rows)
    parts = [f"{len(run.rows)} rows", f"{proven} proven SAME by identical machine code", f"{timed} to time"]
    run.out("  " + " · ".join(parts) + (f", {controls} of them controls" if controls else ""))
    reasons = collections.Counter(one["reason"] for one in run.skipped)
    for reason, count in reasons.items():
        run.out(f"  skipped {count}: {reason}")
    if run.options.plant:
        run.out(f"  planted: {100 * run.options.plant[1]:g} % more work in HEAD, in rows that match '{run.options.plant[0]}'")
    run.out("")


def progress(run, target):
    if not sys.stdout.isatty():
        return
    open_rows = sum(row.verdict == "" or row.control for row in run.rows)
    print(f"\r\033[K  launch {run.launches}, to {target} per row · {open_rows} rows · {_seconds(max(run.left(), 0))} of the budget left", end="", flush=True)


def _line(row):
    if not row.judgement:
        return f"  {row.verdict or gate.UNDECIDED:<10} {row.id}\n             {row.reason or 'not timed: the budget was spent'}"
    ratio, low, high = row.judgement.interval()
    counted = f", instructions {_percent(row.instructions[1] / row.instructions[0])}" if row.instructions else ""
    return (f"  {row.judgement.verdict:<10} {row.id}\n             {_percent(ratio)} [{_percent(low)}, {_percent(high)}]   "
            f"{row.judgement.launches} launches, sd {100 * row.judgement.spread:.2f} %{counted}{'   control' if row.control else ''}")


def _advice(run, row):
    judged = row.judgement
    look = judged and gate.needed(judged, run.m)
    if look:
        more = f"decided at {look} launches if it goes on like this; the same command with --continue {run.options.records} goes on"
    elif judged and abs(judged.mu) > gate.RED:
        more = "between the red line and the tolerance: no number of launches up to 90 would decide it"
    else:
        more = "too noisy for 90 launches: a longer case, or a quieter machine"
    return f"             {more}"


def summary(run, code):
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    shown = [row for verdict in ORDER for row in run.rows if (row.verdict or gate.UNDECIDED) == verdict]
    for row in shown:
        run.out(_line(row))
        if (row.verdict or gate.UNDECIDED) == gate.UNDECIDED:
            run.out(_advice(run, row))
    liars = run.liars()
    for row in liars:
        run.out(_line(row) + "\n             its machine code is the same in both builds: this machine cannot time now, and no red is believed")
    timed = [row for row in run.rows if row.judgement]
    quiet = [row for row in timed if row.judgement.verdict == gate.SAME]
    if quiet:
        worst = max(quiet, key=lambda row: row.judgement.same + abs(row.judgement.mu))
        ratio, low, high = worst.judgement.interval()
        run.out(f"  {len(quiet)} timed rows are SAME within 3 %; the widest: {worst.id}  {_percent(ratio)} [{_percent(low)}, {_percent(high)}]")
    if timed:
        ordered = sorted(100 * row.judgement.spread for row in timed)
        run.out(f"  sd of launches: median {ordered[len(ordered) // 2]:.2f} %, worst {ordered[-1]:.2f} %; {run.launches} launches, "
                f"{run.unsteady} of {run.visits} visits dropped because the clock moved")
        run.out(f"  intervals hold for all {run.m} timed rows and all looks at once: a red by accident has chance {gate.ALPHA:.0%} a run at most")
    counts = collections.Counter(row.verdict or gate.UNDECIDED for row in run.rows)
    proven = sum(row.reason.startswith("by proof") for row in run.rows)
    words = [f"{counts[gate.SAME]} SAME ({proven} by proof)", *(f"{counts[one]} {one}" for one in ORDER if counts[one] or one in (gate.SLOWER, gate.UNDECIDED, "MISSING"))]
    run.out(f"\n {' · '.join(words)}        {_seconds(time.monotonic() - run.start)}        exit {code}")
    if run.options.records:
        run.out(f" records: {run.options.records}")
