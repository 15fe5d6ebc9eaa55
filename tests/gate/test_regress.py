"""Two builds that differ in known ways, timed against each other: reports/regress.py with suites/regress under it, from end to end."""

import contextlib
import io
import json
import os
import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

from reports import gate, records, regress

BUILD = os.environ.get("ASSAY_BUILD", "")


def rows(*ids, code="", arrays=("y",)):
    return {"rows": [{"id": one, "code": code, "arrays": [{"name": name, "bytes": 4} for name in arrays]} for one in ids]}


class Matching(unittest.TestCase):
    def verdicts(self, base, head, removed=""):
        return {row.id: row.verdict for row in regress.compare_rows(base, head, removed)[0]}

    def test_what_is_in_one_build_only(self):
        self.assertEqual(self.verdicts(rows("a", "b"), rows("b", "c")), {"a": "MISSING", "b": "", "c": "NEW"})

    def test_rows_dropped_on_purpose(self):
        self.assertEqual(self.verdicts(rows("a/x", "b/x"), rows(), "^a/"), {"a/x": "REMOVED", "b/x": "MISSING"})

    def test_identical_machine_code_is_proof_and_unknown_code_is_none(self):
        self.assertEqual(self.verdicts(rows("a", code="1"), rows("a", code="1")), {"a": "SAME"})
        self.assertEqual(self.verdicts(rows("a", code="1"), rows("a", code="2")), {"a": ""})
        self.assertEqual(self.verdicts(rows("a", code=""), rows("a", code="")), {"a": ""})

    def test_another_op_under_the_same_name(self):
        self.assertEqual(self.verdicts(rows("a", code="1"), rows("a", code="1", arrays=("y", "z"))), {"a": "MISSING"})


@unittest.skipUnless(os.environ.get("ASSAY_SIDES", "0") in ("1", "ON", "TRUE"), "no ld.lld: ci/setup lld installs it")
class Runs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.records = pathlib.Path(folder.name, "regress.jsonl")

    def run_gate(self, pattern, *more):
        """(exit code, what it printed, {variant: comparison row}); the toys' links have names of their own."""
        out, err = io.StringIO(), io.StringIO()

        def sides(base, head, inputs, name):
            found = regress_sides(base, head, inputs, "assay_toy_sides_0")
            found.head = sorted(pathlib.Path(BUILD, "sides").glob("assay_toy_sides_1_*.so"))
            return found

        regress_sides = regress.Sides
        arguments = [BUILD, BUILD, "--filter", pattern, "--seed", "1", "--records", str(self.records), *more]
        with mock.patch.object(regress, "Sides", sides), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = regress.main(arguments)
        self.assertEqual(records.validate(self.records), [])
        lines = [json.loads(line) for line in self.records.read_text().splitlines()]
        return code, out.getvalue() + err.getvalue(), {row["id"].split("/")[1]: row for row in lines if row["kind"] == "comparison"}, lines

    def test_twice_the_work_is_red_and_half_of_it_is_not(self):
        code, text, found, lines = self.run_gate("cpu_(same|twice|half)")
        self.assertEqual(code, 1, text)
        self.assertEqual(found["cpu_twice"]["verdict"], "SLOWER")
        self.assertGreater(found["cpu_twice"]["low"], 1.5)
        if shutil.which("valgrind"):
            base, head = found["cpu_twice"]["instructions"]
            self.assertAlmostEqual(head / base, 2, delta=0.01)
            self.assertEqual(*found["cpu_same"]["instructions"])
        self.assertEqual(found["cpu_half"]["verdict"], "FASTER")
        self.assertIn(found["cpu_same"]["verdict"], ("SAME", "UNDECIDED"))
        self.assertIn("SLOWER     toy_side/cpu_twice/f32/", text)
        launches = [row for row in lines if row["kind"] == "launch" and row["id"].startswith("toy_side/cpu_twice")]
        self.assertGreaterEqual(len(launches), gate.LOOKS[0])
        self.assertEqual({tuple(row["links"]) for row in launches}, {(0, 1), (1, 0), (0, 0), (1, 1)}, "all pairs of two links")

    def test_a_wrong_kernel_is_red_before_anything_is_timed(self):
        code, text, found, lines = self.run_gate("cpu_(wrong|twice)")
        self.assertEqual(code, 1, text)
        self.assertEqual(found["cpu_wrong"]["verdict"], "WRONG")
        self.assertEqual([row for row in lines if row["kind"] == "launch"], [])

    def test_a_row_that_is_gone_or_dies_is_missing(self):
        code, text, found, _ = self.run_gate("cpu_(gone|new|crash|half)")
        self.assertEqual(code, 3, text)
        self.assertEqual(found["cpu_gone"]["verdict"], "MISSING")
        self.assertEqual(found["cpu_new"]["verdict"], "NEW")
        self.assertEqual(found["cpu_crash"]["verdict"], "MISSING")
        self.assertIn("SIGABRT", found["cpu_crash"]["reason"])
        self.assertEqual(found["cpu_half"]["verdict"], "FASTER", "the others go on")

    def test_a_budget_that_is_too_small_is_refused_before_timing(self):
        code, text, _, lines = self.run_gate("cpu_twice", "--budget", "0.1")
        self.assertEqual(code, 3)
        self.assertIn("raise --budget", text)
        self.assertEqual([row for row in lines if row["kind"] == "launch"], [])

    def test_nothing_to_compare(self):
        code, text, _, _ = self.run_gate("cpu_new")
        self.assertEqual(code, 4)
        self.assertIn("no row of HEAD is in BASE", text)

    def test_a_control_that_differs_voids_the_run(self):
        with mock.patch.object(regress.gate, "RED", -1.0), mock.patch.object(regress, "compare_rows", proven_same):
            code, text, _, _ = self.run_gate("cpu_(same|twice)")
        self.assertEqual(code, 6, text)
        self.assertIn("this machine cannot time now", text)

    def test_a_run_goes_on_from_its_records(self):
        code, text, before, lines = self.run_gate("cpu_(half|twice)")
        kept = self.records.with_name("kept.jsonl")
        kept.write_text(self.records.read_text())
        again, text, after, more = self.run_gate("cpu_(half|twice)", "--continue", str(kept))
        self.assertEqual((code, again), (1, 1), text)
        launches = [[{**row, "run_id": "", "crc": ""} for row in one if row["kind"] == "launch"] for one in (lines, more)]
        self.assertEqual(*launches, "nothing was left to do")
        self.assertEqual(before["cpu_half"]["ratio"], after["cpu_half"]["ratio"])
        code, text, _, _ = self.run_gate("cpu_half", "--continue", str(kept))
        self.assertEqual(code, 4)
        self.assertIn("its filter is cpu_(half|twice)", text)

    def test_a_filter_without_a_match(self):
        out = io.StringIO()
        with contextlib.redirect_stderr(out):
            self.assertEqual(regress.main([BUILD, BUILD, "--sides", "assay_toy_sides_0", "--filter", "nonsense", "--records", str(self.records)]), 3)
        self.assertIn("nonsense", out.getvalue())


def proven_same(base, head, removed):
    """As if cpu_same had the same machine code in both builds."""
    found, proven = regress_compare(base, head, removed)
    for row in found:
        if "cpu_same" in row.id:
            row.verdict = gate.SAME
            proven.append(row)
    return found, proven


regress_compare = regress.compare_rows

if __name__ == "__main__":
    unittest.main()
