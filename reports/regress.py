"""Times two builds against each other and decides, row by row, whether HEAD is slower: what ci/regress runs after building both.

  python -m reports.regress BASE_BUILD HEAD_BUILD [options]

Rows whose machine code is the same in both builds are SAME by proof; some of them are timed as controls. The others are verified, then
timed launch after launch until reports/gate.py decides them or the budget is spent. Exit: 0 nothing is slower, 1 a row is slower or wrong,
2 undecided, 3 a row is missing or nothing could be timed, 4 nothing to compare with, 5 bad input, 6 the machine or a build is unusable.
"""

import collections
import hashlib
import json
import math
import pathlib
import random
import re
import secrets
import sys
import tempfile
import time
import traceback

from reports import gate, records, regress_options, regress_text
from reports.regress_rows import MISSING, NEW, REMOVED, STATUS, WRONG, compare_rows
from reports.sides import BadInput, Crashed, Sides, Unusable

CONTROLS = 5  # proven rows that are timed all the same
SAMPLE_SECONDS = 1e-3  # of one sample, in as many calls as it takes
LONG_SECONDS = 10e-3  # a call that needs no untimed one before it: filling a cache takes a tenth of that
COUNT_SECONDS = 120  # for instruction counts
START_SECONDS = 0.3  # of a launch, before its first row


class Stop(Exception):
    """Ends the run with this exit code and message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Run:
    def __init__(self, options, out=print):
        self.options, self.out = options, out
        self.inputs = tempfile.TemporaryDirectory(prefix="assay-regress-")
        self.sides = Sides(options.base, options.head, pathlib.Path(self.inputs.name), options.sides)
        self.run_id = secrets.token_hex(8)
        self.file = None
        self.rows, self.skipped, self.began = [], [], False
        self.launches = self.visits = self.unsteady = 0
        self.start = time.monotonic()

    def close(self):
        self.inputs.cleanup()
        if self.file:
            self.file.close()

    def emit(self, kind, **row):
        if self.file:
            self.file.write(records.line_of({"kind": kind, "run_id": self.run_id, **row}))
            self.file.flush()

    def left(self):
        return self.options.budget - (time.monotonic() - self.timing)

    # --- before timing ------------------------------------------------------------------------------------------------

    def plan(self):
        options = self.options
        base, head = self.sides.rows(options.filter)
        facts = head["run"]
        self.commits = base["run"]["commit"], facts["commit"]
        self.skipped = head["skipped"]
        self.rows, proven = compare_rows(base, head, options.removed)
        timed = [row for row in self.rows if not row.verdict]
        choice = random.Random(options.seed)
        if options.time_all:
            for row in proven:
                row.verdict = row.reason = ""
            timed = [row for row in self.rows if not row.verdict]
        elif timed:
            for row in choice.sample(proven, min(CONTROLS, len(proven))):
                row.control = True
                timed.append(row)
        self.m = len(timed)
        settings = {"base": self.commits[0], "head": self.commits[1], "timed": self.m, "alpha": gate.ALPHA, "beta": gate.BETA, "looks": list(gate.LOOKS),
                    "red": math.exp(gate.RED) - 1, "tolerance": math.exp(gate.TOLERANCE) - 1, "links": self.sides.links, "budget_s": options.budget,
                    "planted": options.plant, "code": hashlib.sha256(json.dumps([base["rows"], head["rows"]]).encode()).hexdigest()[:16]}
        self.facts = facts
        facts |= {"command": options.command, "seed": str(options.seed), "filter": options.filter, "jobs": 1, "gate": settings}
        self.began = True
        self.emit("run", **{key: value for key, value in facts.items() if key not in ("kind", "run_id")})
        for one in self.skipped:
            self.emit("skip", **one)
        regress_text.head(self, facts)
        if not self.rows:
            raise Stop(3, f"--filter '{options.filter}' matches no row that this machine can time; see assay list")
        if all(row.verdict in (MISSING, NEW, REMOVED) for row in self.rows):
            raise Stop(4, f"no row of HEAD is in BASE ({self.commits[0][:7]}): there is nothing to compare with")
        return timed

    def resume(self, old):
        """Takes over what a run of the same two builds on this machine has measured. The looks belong to the test whether they are reached or
        not, so going on costs nothing; starting again until it is green would."""
        facts = old[0]
        for what in ("filter", "cpu"):
            if facts[what] != self.facts[what]:
                raise Stop(4, f"--continue {self.options.resume}: its {what} is {facts[what]}, now it is {self.facts[what]}")
        for what in ("base", "head", "code", "timed", "planted"):
            before, now = facts.get("gate", {}).get(what), self.facts["gate"][what]
            if before != now:
                raise Stop(4, f"--continue {self.options.resume}: its {what} is {before}, now it is {now}")
        rows = {row.id: row for row in self.rows}
        for launch in (row for row in old if row["kind"] == "launch"):
            self.emit(**{key: value for key, value in launch.items() if key != "run_id"})
            self.launches = max(self.launches, launch["launch"])
            value = gate.launch_value(launch["blocks"])
            if value is not None:
                rows[launch["id"]].values.append(value)

    def verify(self, timed):
        """Both builds must be right before either is timed."""
        answers = self.sides.check([row.id for row in timed], self.options.seed)
        for row in list(timed):
            head, base = answers[row.id, "head"], answers[row.id, "base"]
            if head["status"] != "pass" and not head.get("unasked"):
                row.verdict, row.reason = WRONG, f"{head['status']} in HEAD: {head['message']}"
            elif base["status"] != "pass":
                row.verdict, row.reason = NEW, f"{base['status']} in BASE: {base['message']}"
            if row.verdict in (WRONG, NEW):
                timed.remove(row)
                continue
            row.file, row.seconds = head["file"], max(head["seconds"], base["seconds"])
            row.calls = max(1, math.ceil(SAMPLE_SECONDS / row.seconds))
            size = sum(array["bytes"] for array in row.arrays)
            row.visit = gate.BLOCKS * 4 * (((row.seconds < LONG_SECONDS) + row.calls) * row.seconds + size / 5e9) + 3 * size / 1e9
            if self.options.plant and re.search(self.options.plant[0], row.id):
                row.plant = self.options.plant[1]
        return timed

    def count(self, timed):
        """Instructions of both builds: no noise, but no time either. Of rows whose code differs, as long as COUNT_SECONDS last."""
        start = time.monotonic()
        for row in timed:
            if row.control or self.options.time_all or time.monotonic() - start > COUNT_SECONDS:
                continue
            counts = [self.sides.count(self.request(row), side) for side in ("base", "head")]
            if None not in counts:
                row.instructions = counts

    def request(self, row):
        return {"id": row.id, "file": row.file, "calls": row.calls, "arrays": len(row.arrays), "warm": row.seconds < LONG_SECONDS, "plant": row.plant}

    # --- timing -------------------------------------------------------------------------------------------------------

    def launch(self, rows):
        """One launch of these rows, in random order; what comes of it goes into their values."""
        choice = random.Random(f"{self.options.seed}/{self.launches}")
        offset = 1 + random.Random(self.options.seed).randrange(max(1, self.sides.links - 1))
        links = gate.links(self.launches, self.sides.links, offset)
        order = choice.sample(rows, len(rows))
        asked = [self.request(row) for row in order]
        start = time.monotonic()
        self.launches += 1
        try:
            blocks, crash = self.sides.time(links, asked, choice.getrandbits(63)), None
        except Crashed as found:
            blocks, crash = self.sides.blocks_of(found), found
        passed = time.monotonic() - start
        expected = sum(row.visit for row in order if row.id in blocks) or 1.0
        for row in order:
            if row.id not in blocks:
                continue
            self.emit("launch", id=row.id, launch=self.launches, links=list(links), calls=row.calls, blocks=blocks[row.id])
            row.visit *= 0.5 + 0.5 * min(max(passed - START_SECONDS, 0) / expected, 10)
            self.visits += 1
            value = gate.launch_value(blocks[row.id])
            if value is None:
                self.unsteady += 1
            else:
                row.values.append(value)
        if crash:
            gone = next(row for row in rows if row.id == crash.row_id)
            gone.verdict, gone.reason = MISSING, f"its process {crash.cause} while it was timed"
        if self.visits >= gate.LOOKS[0] * self.m and self.unsteady > self.visits / 4:
            raise Stop(6, f"the clock moved by more than 10 % during {self.unsteady} of {self.visits} visits: the machine is throttled or shared; "
                          "try again when it is quiet")

    def carry(self, rows, target):
        """Launches until each of these rows has `target` values; rows that crash drop out."""
        while short := [row for row in rows if row.verdict in ("", gate.SAME) and len(row.values) < target]:
            self.launch(short)
            regress_text.progress(self, target)

    def decide(self, timed):
        self.timing = time.monotonic()
        first = gate.LOOKS[0]
        wanted = first * (START_SECONDS + sum(row.visit for row in timed))
        if wanted > self.options.budget:
            raise Stop(3, f"{len(timed)} rows x {first} launches take about {wanted:.0f} s, the budget is {self.options.budget:.0f} s: raise --budget, or "
                          "time fewer rows with --filter")
        gate.decide(timed, self.m, self.carry, lambda row: row.visit + START_SECONDS / len(timed), self.left)
        for row in timed:
            if row.judgement and row.verdict != MISSING and not row.control:
                row.verdict = row.judgement.verdict

    # --- after timing -------------------------------------------------------------------------------------------------

    def liars(self):
        """Controls that came out different: then nothing that was timed can be believed."""
        return [row for row in self.rows if row.control and row.judgement and row.judgement.verdict in (gate.SLOWER, gate.FASTER)]

    def exit_code(self):
        verdicts = {row.verdict for row in self.rows}
        if self.liars():
            return 6
        if verdicts & {gate.SLOWER, WRONG}:
            return 1
        if MISSING in verdicts:
            return 3
        return 2 if gate.UNDECIDED in verdicts or "" in verdicts else 0

    def finish(self, code, stopped=False):
        for row in self.rows:
            judged = row.judgement
            numbers = {}
            if judged:
                ratio, low, high = judged.interval()
                numbers = {"ratio": ratio, "low": low, "high": high, "launches": judged.launches, "spread": judged.spread,
                           "needed": gate.needed(judged, self.m) if judged.verdict == gate.UNDECIDED else None}
            if row.instructions:
                numbers["instructions"] = row.instructions
            self.emit("comparison", id=row.id, verdict=row.verdict or gate.UNDECIDED, status=STATUS.get(row.verdict), reason=row.reason, control=row.control, **numbers)
        statuses = collections.Counter(STATUS.get(row.verdict) for row in self.rows)
        counts = {"pass": statuses["pass"], "fail": statuses["fail"], "vacuous": 0, "skipped": len(self.skipped), "error": 0}
        planned = sum(row.verdict not in (NEW, REMOVED) for row in self.rows)
        self.emit("end", id="end", planned=planned, ran=statuses["pass"] + statuses["fail"], counts=counts, seconds=round(time.monotonic() - self.start, 3), exit=code,
                  stopped=stopped)


def run(options, out=print):
    this, old = None, []
    try:
        if options.resume:
            old, problems = records.load([options.resume])
            if problems or not old:
                raise Stop(5, f"--continue {problems[0] if problems else options.resume + ': is empty'}")
            options.seed = int(old[0]["seed"])  # the same controls, inputs and links
        this = Run(options, out)
        if options.records:
            path = pathlib.Path(options.records)
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size:
                path.replace(path.with_stem(path.stem + ".previous"))
            this.file = path.open("w", encoding="utf-8")
        timed = this.plan()
        if old:
            this.resume(old)
        timed = this.verify(timed)
        wrong = [row for row in this.rows if row.verdict == WRONG]
        if timed and not wrong:
            this.count(timed)
            this.decide(timed)
        code = this.exit_code()
        this.finish(code)
        regress_text.summary(this, code)
        return code
    except Stop as stop:
        if this and this.began:
            this.finish(stop.code, stopped=True)
        print(f"ci/regress: {stop}        exit {stop.code}", file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        if this and this.began:
            this.finish(3, stopped=True)
        print(f"ci/regress: stopped; what was measured is in {options.records}        exit 3", file=sys.stderr)
        return 3
    except (BadInput, records.BadRecords) as error:
        print(f"ci/regress: {error}        exit 5", file=sys.stderr)
        return 5
    except Unusable as error:
        print(f"ci/regress: {error}        exit 6", file=sys.stderr)
        return 6
    except OSError as error:
        print(f"ci/regress: {error}        exit 6", file=sys.stderr)
        return 6
    except Exception:  # Python's own status 1 would read as "slower"
        traceback.print_exc()
        return 70
    finally:
        if this:
            this.close()


def main(arguments):
    options = regress_options.parser(__doc__).parse_args(arguments)
    if options.seed is None:
        options.seed = secrets.randbits(32)
    options.command = options.command or "python -m reports.regress " + " ".join(arguments)
    return run(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
