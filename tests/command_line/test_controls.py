"""By how much controls are rejected is said where few are asked, and how near the nearest came where many are."""

import json
import re
import unittest

from program import BAD, GOOD, ProgramTest, rows_of

LINE = re.compile(r"^    control '(.*)' rejected: (\S+) x bound   (.*)$", re.MULTILINE)


class Controls(ProgramTest):
    def said(self, program, *arguments):
        done = self.run_program(program, "verify", *arguments)
        return done.stdout, [row for row in rows_of(self.folder / "out/records.jsonl") if row["kind"] in ("claim", "law")]

    def test_a_claim_says_by_how_much_each_was_rejected(self):
        text, (claim,) = self.said(GOOD, "--filter", "^claim/toys/mean-of-normals$")
        self.assertIn("\n  claim/toys/mean-of-normals\n    control 'the mean is 0.2' rejected", text)
        ((breaks, factor, what),) = LINE.findall(text)
        check = claim["controls"][0]["check"]
        self.assertEqual((breaks, what), ("the mean is 0.2", check["what"]))
        self.assertGreater(float(factor), 1)
        self.assertAlmostEqual(float(factor) / (check["lhs"] / (check["rhs"] + check["slack"])), 1, delta=0.06)
        self.assertIn(f"1 control rejected, the nearest at {factor} x bound", text)

    def test_what_allows_nothing_has_no_factor(self):
        text, _ = self.said(GOOD, "--filter", "^claim/toys/odd-numbers$")
        for control in ("the first number is left out", "even numbers"):
            self.assertIn(f"control '{control}' rejected: ", text)
        self.assertEqual(len(re.findall(r"rejected: \S+ <= \S+ \+ 0 is false   ", text)), 2, text)
        self.assertIn("2 controls rejected\n", text)

    def test_decoys_are_controls(self):
        text, (law,) = self.said(GOOD, "--filter", "^toy_scale/reference/f32/law=power$")
        for control in law["controls"]:
            self.assertTrue(control["rejected"])
            self.assertIn(f"control '{control['breaks']}' rejected: ", text)

    def test_one_that_passes_is_not_among_them(self):
        text, (claim,) = self.said(BAD, "--filter", "^claim/toys/control-passes$")
        passed = [control["breaks"] for control in claim["controls"] if not control["rejected"]]
        self.assertTrue(passed, json.dumps(claim))
        for breaks in passed:
            self.assertNotIn(f"control '{breaks}' rejected", text)

    def test_a_long_run_says_the_nearest_alone(self):
        text, rows = self.said(GOOD)
        self.assertGreater(len(rows), 12)
        self.assertNotIn("    control '", text)
        self.assertRegex(text, r"controls rejected, the nearest at \S+ x bound")


if __name__ == "__main__":
    unittest.main()
