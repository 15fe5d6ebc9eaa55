"""Stored files against each other: verdicts, error rate under its own assumptions, and baselines that cannot be used."""

import contextlib
import copy
import io
import math
import pathlib
import random
import tempfile
import unittest

from scipy import stats

from reports import compare, gate
from tests.reports import samples
from tests.reports.writer import Writer


def bench(times, codes=None, run_id="run", **more):
    """A file of one run with a measurement for each row: {id: [seconds]}."""
    sample = Writer(run_id, **more)
    sample.ceilings()
    for name, seconds in times.items():
        sample.verdict("tiger_step", name, "f32", "tensors=flat_10m")
        row = copy.deepcopy(next(row for row in samples.finished() if row["kind"] == "measurement"))
        row |= {"run_id": run_id, "id": sample.rows[-1]["id"], "variant": name, "op": "tiger_step", "types": "f32", "seconds": seconds, "role": "ours",
                "problem": sample.rows[-1]["problem"], "fill": "normal", "backend": "cpu", "cold": True, "code_hash": (codes or {}).get(name, "")}
        row["efficiency"] = row["floor_s"] / compare.median(seconds)
        row.pop("peer_of", None)
        sample.rows.append(row)
    count = len(times)
    sample.add("end", "end", planned=count, ran=count, counts={"pass": count, "fail": 0, "vacuous": 0, "skipped": 0, "error": 0}, seconds=1.0, exit=0,
               stopped=False)
    return sample.rows


def around(value, chance, sd=0.002, count=31):
    return [value * math.exp(chance.gauss(0, sd)) for _ in range(count)]


class Compare(unittest.TestCase):
    CODES = {f"same_{k}": f"{k}" for k in range(6)}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else samples.text(content), encoding="utf-8")
        return str(path)

    def compared(self, base, new):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = compare.main([self.write("base.jsonl", base), self.write("new.jsonl", new)])
        return code, out.getvalue() + err.getvalue()

    def pair(self, slower, pace=1.1, names=("mine",)):
        """All of the new run is slower by `pace`, and `names` by `slower` on top."""
        chance = random.Random(1)
        every = [*self.CODES, *names]
        base = bench({name: around(1e-3, chance) for name in every}, self.CODES)
        new = bench({name: around(1e-3 * pace * (1 + (slower if name in names else 0)), chance) for name in every}, self.CODES)
        return base, new

    def test_the_machines_own_pace_is_taken_off(self):
        code, text = self.compared(*self.pair(0.0))
        self.assertEqual(code, 0, text)
        self.assertIn("7 SAME (6 by proof)", text)
        self.assertIn("weaker than `ci/regress", text)
        self.assertIn("moved by +10", text)

    def test_slower_and_faster(self):
        code, text = self.compared(*self.pair(0.2))
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"SLOWER     tiger_step/mine/.*\n +\+2\d\.\d %")
        self.assertEqual(self.compared(*self.pair(-0.2))[0], 0)

    def test_without_controls_nothing_is_decided(self):
        chance = random.Random(1)
        code, text = self.compared(*(bench({"mine": around(value, chance)}) for value in (1e-3, 5e-3)))
        self.assertEqual(code, 2, text)
        self.assertIn("ci/regress decides it", text)

    def test_a_row_that_is_gone(self):
        base, _ = self.pair(0.0)
        _, new = self.pair(0.0, names=())
        code, text = self.compared(base, new)
        self.assertEqual(code, 3, text)
        self.assertIn("MISSING    tiger_step/mine/", text)

    def test_baselines_that_cannot_be_used(self):
        base, new = self.pair(0.0)
        other = copy.deepcopy(base)
        other[0]["cpu"]["model"] = "another machine"
        later = copy.deepcopy(base)
        later[0]["schema"] = 7
        text = samples.text(base)
        lines = text.splitlines(keepends=True)
        cut = "".join(lines[:-2]) + lines[-2][:50]
        for what, bad, code, words in (
            ("of another machine", other, 4, "another machine"),
            ("of a later version", later, 5, "base.jsonl:1: written by a later assay (schema 7"),
            ("with a flipped bit", text.replace("0.001", "0.002", 1), 5, "does not fit its checksum"),
            ("cut off", cut, 4, "has no end"),
            ("cut in the middle", "".join(lines[:9]) + lines[9][:50] + "\n" + "".join(lines[10:]), 5, "base.jsonl:10: "),
            ("without times", samples.text(base[:1] + base[-1:]), 5, "base.jsonl:2"),
        ):
            with self.subTest(what):
                found, said = self.compared(bad, new)
                self.assertEqual(found, code, said)
                self.assertIn(words, said)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(compare.main(["/nowhere/base.jsonl", self.write("new.jsonl", new)]), 4)
        self.assertIn("/nowhere/base.jsonl' does not exist", said.getvalue())

    def test_a_run_of_both_that_is_cut_off_is_incomplete(self):
        base, new = self.pair(0.0)
        self.assertEqual(self.compared(base, new[:-1])[0], 3)

    def test_its_error_rate_under_its_own_assumptions(self):
        """Controls and rows of one normal population, all rows exactly at the red line: runs with a red row."""
        chance, runs, red = random.Random(7), 400, 0
        for _ in range(runs):
            sides = [{}, {}]
            for k in range(20):
                move = 0 if k < 8 else gate.RED
                for side, more in enumerate((0, move)):
                    level = 1e-3 * math.exp(more + chance.gauss(0, 0.01))
                    sides[side]["r%d" % k, "cpu", "cold"] = [{"seconds": [level * math.exp(chance.gauss(0, 0.001)) for _ in range(15)],
                                                             "code_hash": str(k) if k < 8 else f"{k}/{side}"}]
            rows, controls = compare.compare(*sides)
            self.assertEqual(len(controls), 8)
            red += any(row.verdict == gate.SLOWER for row in rows)
        self.assertGreater(stats.binom.sf(red - 1, runs, gate.ALPHA), 1e-4, f"{red} of {runs}")


if __name__ == "__main__":
    unittest.main()
