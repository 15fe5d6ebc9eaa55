"""What is wrong is said, in full, and can be rerun by pasting one line."""

import html
import os
import re
import shlex
import sys
import unittest

from program import BAD, GOOD, ProgramTest

# What the harness has to make of every bad toy.
EXPECTED = {
    "toy_crash/cpu_crashes/f32/n=4,fill=normal": "pass",
    "toy_crash/cpu_crashes/f32/n=5,fill=normal": "error",
    "toy_crash/cpu_crashes/f32/n=6,fill=normal": "pass",
    "toy_crash/cpu_crashes/f32/n=7,fill=normal": "error",
    "toy_crash/cpu_crashes/f32/n=8,fill=normal": "pass",
    "toy_throw/cpu_throws/f32/n=4,fill=normal": "pass",
    "toy_throw/cpu_throws/f32/n=5,fill=normal": "error",
    "toy_throw/cpu_throws/f32/n=6,fill=normal": "pass",
    "toy_throw/cpu_throws/f32/n=7,fill=normal": "error",
    "toy_refuse/reference/f32/law=power": "pass",
    "toy_refuse/cpu_naive/f32/n=4,fill=normal": "pass",
    "toy_refuse/cpu_naive/f32/n=-1,fill=normal": "error",
    "toy_wrong/reference/f32/law=power": "pass",
    "toy_wrong/cpu_slips/f32/n=31,fill=normal": "pass",
    "toy_wrong/cpu_slips/f32/n=33,fill=normal": "fail",
    "toy_wrong/cpu_slips/f32/law=chunk-invariance": "fail",
    "toy_lax/reference/f32/law=power": "vacuous",
    "toy_lax/cpu_naive/f32/n=33,fill=normal": "pass",
    "toy_undecided/cpu_naive/f32/n=33,fill=normal": "vacuous",
    "claim/toys/false": "fail",
    "claim/toys/control-passes": "vacuous",
    "claim/toys/control-too-close": "vacuous",
    "claim/toys/checks-nothing": "vacuous",
    "claim/toys/no-control": "vacuous",
    "claim/toys/unproven": "pass",
    "claim/toys/throws": "error",
}
MESSAGES = {
    "toy_crash/cpu_crashes/f32/n=5,fill=normal": "its process was ",
    "toy_crash/cpu_crashes/f32/n=7,fill=normal": "ended with exit status 0",
    "toy_throw/cpu_throws/f32/n=5,fill=normal": "five is too much",
    "toy_throw/cpu_throws/f32/n=7,fill=normal": "no std::exception",
    "toy_refuse/cpu_naive/f32/n=-1,fill=normal": "refuses this problem: n is negative",
    "toy_wrong/cpu_slips/f32/n=33,fill=normal": "1 of 33 elements are over the bound",
    "toy_undecided/cpu_naive/f32/n=33,fill=normal": "17 of 33 elements are undecidable",
    "toy_lax/reference/f32/law=power": "'zeros'",
    "claim/toys/false": "two against one: 2 <= 1 + 0 is false by 1",
    "claim/toys/control-passes": "'two instead of one'",
    "claim/toys/control-too-close": "'four standard errors beyond'",
    "claim/toys/checks-nothing": "checks nothing",
    "claim/toys/no-control": "no control",
    "claim/toys/throws": "no convergence",
}
# An interpreter of Python whose only peer takes it down.
FRAIL = """#!{interpreter}
import array, json, os, sys

if sys.argv[2] == "--list":
    print(json.dumps({{"op": "toy_scale", "peer": "frail", "types": ["f32"], "devices": ["cpu"], "available": True, "version": "1", "why": ""}}))
else:
    folder = sys.argv[3]
    print("compiling", flush=True)
    if "{when}" == "before it is ready":
        {ending}
    x = array.array("f", open(folder + "/x.bin", "rb").read())
    factor = json.load(open(folder + "/case.json"))["problem"]["factor"]
    open(folder + "/y.out.bin", "wb").write(array.array("f", [factor * one for one in x]).tobytes())
    print(json.dumps({{"ready": True}}), flush=True)
    if "{when}" == "while it is timed":
        sys.stdin.readline()
    {ending}
"""


class Failures(ProgramTest):
    def test_every_bad_toy_is_found(self):
        for jobs in ("1", "2"):
            rows = {row["id"]: row for row in self.records_of(BAD, "--jobs", jobs, code=1)}
            for name, status in EXPECTED.items():
                self.assertEqual(rows[name]["status"], status, rows[name])
                self.assertIn(MESSAGES.get(name, ""), rows[name]["message"])
            end = rows["end"]
            self.assertEqual(end["ran"], end["planned"], "a crash costs one row, and the run goes on")
            self.assertEqual(rows["claim/toys/unproven"]["unproven"], ["never fails"])

    def test_a_wrong_element_is_explained(self):
        done = self.run_program(BAD, "verify", "--filter", "toy_wrong/cpu_slips/f32/n=33")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(
            done.stdout,
            r"✗ toy_wrong/cpu_slips/f32/n=33,fill=normal\n"
            r" +y\[31\] = [-.\d]+ +truth [-.\d]+ +\|error\| [-.e\d]+ = .*bound 0\n"
            r" +1 of 33 elements are over the bound\n"
            r" +rerun +assay verify --filter '.*' --backend cpu --seed 1\n",
        )

    @unittest.skipIf(os.environ["ASSAY_SIMT"] != "1", "CUDA sources were not built for the CPU")
    def test_a_race_in_a_cuda_source_reaches_console_record_and_page(self):
        arguments = ("--filter", "^toy_racing/", "--backend", "simt")
        done = self.run_program(BAD, "verify", *arguments)
        self.assertEqual(done.returncode, 1)
        said = re.search(r"race: racing, block \(0,0,0\), thread .*, tests/toys/bad/simt/cuda_races.cpp:11: .*under the access checker", done.stdout)
        self.assertIsNotNone(said, done.stdout)
        verdict = next(row for row in self.records_of(BAD, *arguments, code=1) if row["kind"] == "verdict")
        self.assertEqual((verdict["status"], verdict["evidence"], verdict["message"]), ("fail", "emulated", said[0]))
        self.assertEqual(verdict["checkers"][:4], ["schedules", "poison", "guards", "access"])
        done = self.run_program(BAD, "report", str(next(self.folder.glob("*.jsonl"))), "-o", "page")
        page = html.unescape((self.folder / "page/index.html").read_text(encoding="utf-8"))
        self.assertIn(said[0], page)
        self.assertIn("schedules, poison, guards, access", page)

    def test_a_false_claim_is_explained(self):
        done = self.run_program(BAD, "verify", "--filter", "claim/toys/false")
        self.assertIn("two against one:   2 <= 1 + 0   is false by 1", done.stdout)

    def test_every_rerun_command_reproduces_its_row(self):
        commands = re.findall(r"rerun +(.*)", self.run_program(BAD, "verify", "--seed", "7").stdout)
        self.assertEqual(len(commands), sum(status != "pass" for status in EXPECTED.values()) + len(self.other_bad_rows()))
        for command in commands:
            with self.subTest(command):
                words = shlex.split(command)
                self.assertEqual(words[0], "assay")
                done = self.run_program(BAD, *words[1:])
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertRegex(done.stdout, r" 1 of 1 planned")
                self.assertIn(command, done.stdout)

    def test_a_peer_that_dies_without_a_word_is_said_to_have_died(self):
        python = self.folder / "python"
        for when, ending, said in (("before it is ready", "os.kill(os.getpid(), 11)", "killed by signal 11 (Segmentation fault)"),
                                   ("before it is ready", "print('{}\\n' + 9999 * 'more than a pipe holds', flush=True)", "ended with exit status 1"),
                                   ("before it is timed", "os._exit(3)", "ended with exit status 3"),
                                   ("while it is timed", "os._exit(3)", "ended with exit status 3")):
            python.write_text(FRAIL.format(interpreter=sys.executable, when=when, ending=ending))
            python.chmod(0o755)
            done = self.run_program(GOOD, "bench", "--peers", "--filter", "toy_scale/peer_frail", "--backend", "cpu", env=os.environ | {"ASSAY_PYTHON": str(python)})
            if "sanitizers" in done.stderr:
                self.skipTest("timings mean nothing under sanitizers")
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(f"its process was {said}: compiling", done.stdout)

    def other_bad_rows(self):
        rows = self.records_of(BAD, "--seed", "7", code=1)
        return [row["id"] for row in rows if row.get("status", "pass") != "pass" and row["id"] not in EXPECTED]

    def test_the_good_ones_say_what_they_leave_open(self):
        skips = [row for row in self.records_of(GOOD) if row["kind"] == "skip" and row["op"].startswith("toy_")]
        self.assertEqual([(row["id"], row["reason"]) for row in skips], [("toy_axpy/cpu_eights/f32/n=33,a=0.3,fill=normal", "variant does not accept this size")])


if __name__ == "__main__":
    unittest.main()
