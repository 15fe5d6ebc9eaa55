"""The gate's error rates on real timings: `python -m tests.gate.campaign BUILD FOLDER [--runs N] [--filter RE]`

Times one build against itself, N runs as it is and N with a slowdown of 5 % planted in every row, in turn, each with its own seed; BUILD is
a build folder that ci/regress left (build/regress/<commit>/build/release). Records go to FOLDER; runs that are there already are kept, so a
campaign can be stopped and gone on with. Prints the table; with --write, the noise of the runs without a slowdown goes to recorded_noise.json, and the
table, with one of runs simulated on that noise, to suites/regress/error_rates.md. Some twenty seconds a run.
"""

import argparse
import contextlib
import io
import json
import math
import pathlib
import sys
import textwrap

import numpy as np
from scipy import stats

from reports import gate, records, regress
from tests.gate import simulate

KINDS = {"none": [], "5": ["--plant", ".:0.05"]}


def run(build, folder, number, kind, pattern):
    path = folder / f"{kind}-{number}.jsonl"
    if path.exists() and any(row["kind"] == "end" for _, row in records.read(path)):
        return
    arguments = [build, build, "--time-all", "--seed", str(1000 + number), "--filter", pattern, "--budget", "300", "--records", str(path), *KINDS[kind]]
    with contextlib.redirect_stdout(io.StringIO()):
        code = regress.main(arguments)
    print(f"{kind} {number}: exit {code}", file=sys.stderr, flush=True)


def rows_of(folder, kind):
    """(comparison rows, launch rows, how it ended) of each run."""
    for path in sorted(folder.glob(f"{kind}-*.jsonl")):
        rows = [row for _, row in records.read(path)]
        if rows and rows[-1]["kind"] == "end":
            yield [row for row in rows if row["kind"] == "comparison"], [row for row in rows if row["kind"] == "launch"], rows[-1]


def at_most(found, tried):
    """Upper end of the one-sided 95 % interval of a share (Clopper and Pearson)."""
    return stats.beta.ppf(0.95, found + 1, tried - found) if found < tried else 1.0


def true_size(folder):
    """What the planted 5 % are, over all launches together: geometric mean of HEAD / BASE, and its 95 % interval by rows."""
    means = {}
    for _, launches, _ in rows_of(folder, "5"):
        for launch in launches:
            value = gate.launch_value(launch["blocks"])
            if value is not None:
                means.setdefault(launch["id"], []).append(value)
    centres = np.array([np.median(values) for values in means.values()])
    half = stats.t.ppf(0.975, len(centres) - 1) * centres.std(ddof=1) / math.sqrt(len(centres))
    return [100 * math.expm1(value) for value in (centres.mean(), centres.mean() - half, centres.mean() + half, centres.min(), centres.max())]


def table(folder):
    lines = ["| real runs | rows | runs with a red row | SAME | SLOWER | FASTER | UNDECIDED | launches per row | exits |", "|---|---|---|---|---|---|---|---|---|"]
    for kind, name in (("none", "A/A"), ("5", "planted 5 %")):
        runs = list(rows_of(folder, kind))
        verdicts = [row["verdict"] for rows, _, _ in runs for row in rows if "launches" in row]
        red = sum(any(row["verdict"] == gate.SLOWER for row in rows) for rows, _, _ in runs)
        unfinished = sum(end["stopped"] for _, _, end in runs)
        launches = sum(len(one) for _, one, _ in runs) / max(len(verdicts), 1)
        exits = {code: sum(end["exit"] == code for _, _, end in runs) for code in sorted({end["exit"] for _, _, end in runs})}
        shares = " | ".join(f"{verdicts.count(one)}" for one in (gate.SAME, gate.SLOWER, gate.FASTER, gate.UNDECIDED))
        lines.append(f"| {name}: {len(runs)}{f', {unfinished} given up (clock moved)' if unfinished else ''} | {len(verdicts)} | {red} | {shares} | "
                     f"{launches:.1f} | {', '.join(f'{count} x {code}' for code, count in exits.items())} |")
        if kind == "none":
            bound = at_most(red, len(runs))
            lines_after = f"False reds: {red} of {len(runs)} real A/A runs, so below {bound:.0%} a run with 95 % confidence; the simulation above narrows that."
        else:
            missed = len(verdicts) - verdicts.count(gate.SLOWER)
            detection = f"Planted rows found: {len(verdicts) - missed} of {len(verdicts)}, so above {1 - at_most(missed, len(verdicts)):.1%} with 95 % confidence."
    mean, low, high, least, most = true_size(folder)
    size = (f"The planted slowdown, over all its launches: {mean:+.2f} % [{low:+.2f}, {high:+.2f}], by rows from {least:+.1f} to {most:+.1f} % "
            "(each call of HEAD is followed by a wait of 5 % of its own time, which counts).")
    return "\n".join([*lines, "", lines_after, detection, size, ""])


def record_noise(folder):
    """Rows of other campaigns stay: the more kinds of rows, the better."""
    target = pathlib.Path(__file__).parent / "recorded_noise.json"
    rows = json.loads(target.read_text())["rows"]
    for name in {row["id"] for found, _, _ in rows_of(folder, "none") for row in found}:
        rows.pop(name, None)
    for _, launches, _ in rows_of(folder, "none"):
        for launch in launches:
            steady = gate.steady_values(launch["blocks"])
            if len(steady) == gate.BLOCKS:
                rows.setdefault(launch["id"], []).append([round(1e4 * value) for value in steady])
    text = ",\n".join(f"  {json.dumps(name)}: {json.dumps(values, separators=(',', ':'))}" for name, values in sorted(rows.items()))
    target.write_text(f'{{"about": "1e4 ln(HEAD/BASE) of each block of each launch of real A/A runs, by row; tests/gate/campaign.py writes it", "rows": {{\n{text}\n}}}}\n')


def wrapped(text):
    """Lines of 140 columns; rows of a table stay one line."""
    wrap = textwrap.TextWrapper(140, break_long_words=False, break_on_hyphens=False)
    return "\n".join(line if line.startswith("|") else wrap.fill(line) for line in text.split("\n"))


def document(folder, simulated=300):
    machine = next(row for path in sorted(folder.glob("*.jsonl")) for _, row in records.read(path) if row["kind"] == "run")
    cpu = machine["cpu"]
    return f"""# Error rates of the gate

Written by `python -m tests.gate.campaign BUILD FOLDER --write`; the first table alone: `python -m tests.gate.simulate --runs {simulated}`.
Promised: at most 1 % of runs with a false red, also when every row is exactly 2 % slower; at most 2 % of rows that are exactly 3 % slower called SAME. Aim: 5 % found in at least 95 %.

## Simulated

{simulated} runs of 100 rows for each entry ({max(simulated // 4, 1)} where all rows are exactly 2 or 3 % slower), at most {simulate.VISITS} launches a row on average, the whole procedure of `reports/gate.py`. "Some slow": {', '.join(f'{count} rows {slower:.0%}' for slower, count in simulate.MIXED.items())}. `tests/gate/simulate.py` says what the kinds of noise are.

{simulate.table(simulated, 1)}
## Real

{cpu['model']}, {cpu['cores']} cores shared with other work, {machine['compiler']}; both builds the same commit, nine links each. Times, verdicts and what was done are in the records of each run; the machine was compiling or measuring something else during many of them.

{table(folder)}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--filter", default="many_1000", help="rows to time (some calls a millisecond)")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, args.runs + 1):
        for kind in KINDS:
            run(args.build, args.folder, number, kind, args.filter)
    if args.write:
        record_noise(args.folder)
        (pathlib.Path(__file__).parents[2] / "suites/regress/error_rates.md").write_text(wrapped(document(args.folder)))
    print(table(args.folder), end="")


if __name__ == "__main__":
    main()
