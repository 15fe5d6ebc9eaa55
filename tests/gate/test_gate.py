"""The gate's promises, on simulated runs whose truth is known, and gates that break them: each must be found out."""

import math
import unittest
from unittest import mock

from scipy import stats

from reports import gate
from tests.gate import simulate

RUNS, ROWS = 40, 60
EDGE = math.exp(gate.RED) - 1
RARE = 1e-4  # how improbable a result has to be before a promise counts as broken
WIDTHS = gate._widths


def broken_promises():
    """Each promise is asked where it is hardest to keep."""
    for model in simulate.MODELS:
        layout = 0.0 if model == "drift" else simulate.LAYOUT
        edge = simulate.counts(model, [EDGE] * ROWS, RUNS, 1, layout)
        if stats.binom.sf(edge["red runs"] - 1, RUNS, gate.ALPHA) < RARE:
            yield (f"{model}: {edge['red runs']} of {RUNS} runs red, all rows exactly at the red line")
        slow = simulate.counts(model, [0.05, 0.0, 0.0], RUNS, 2, layout)
        if stats.binom.cdf(slow[0.05, gate.SLOWER], RUNS, 0.95) < RARE:
            yield (f"{model}: 5 % found in {slow[0.05, gate.SLOWER]} of {RUNS} runs")
        limit = simulate.counts(model, [math.exp(gate.TOLERANCE) - 1] * ROWS, 5, 3, layout)
        same = limit[math.exp(gate.TOLERANCE) - 1, gate.SAME]
        if stats.binom.sf(same - 1, 5 * ROWS, gate.BETA) < RARE:
            yield (f"{model}: {same} of {5 * ROWS} rows called SAME, all exactly at the tolerance")


class Promises(unittest.TestCase):
    def test_are_kept(self):
        self.assertEqual(list(broken_promises()), [])

    def test_blocks_counted_as_if_they_were_launches_are_found_out(self):
        with mock.patch.object(gate, "_widths", lambda n, rows: WIDTHS(5 * n, rows)):
            self.assertTrue(any("exactly at the red line" in one for one in broken_promises()))

    def test_rows_and_looks_that_are_not_paid_for_are_found_out(self):
        with mock.patch.object(gate, "_widths", lambda n, rows: WIDTHS(n, 1)):
            self.assertTrue(any("exactly at the red line" in one for one in broken_promises()))

    def test_a_generous_equivalence_is_found_out(self):
        with mock.patch.object(gate, "_widths", lambda n, rows: (WIDTHS(n, rows)[0], WIDTHS(n, rows)[1] / 2)):
            self.assertTrue(any("exactly at the tolerance" in one for one in broken_promises()))

    def test_swapped_builds_are_found_out(self):
        with mock.patch.object(gate.np, "sort", lambda values: -gate.np.asarray(sorted(values, reverse=True))):
            self.assertTrue(any("5 % found in 0 of" in one for one in broken_promises()))


class Pieces(unittest.TestCase):
    BLOCK = {"base": [1.0, 1.1], "head": [1.2, 1.05], "probe": [1.0, 1.0]}

    def test_a_block_compares_the_faster_of_two(self):
        self.assertAlmostEqual(gate.launch_value([self.BLOCK] * 5), math.log(1.05))

    def test_blocks_in_which_the_clock_moved_are_dropped_whatever_they_say(self):
        moved = {**self.BLOCK, "head": [9.0, 9.0], "probe": [1.0, 1.2]}
        self.assertAlmostEqual(gate.launch_value([moved, self.BLOCK, self.BLOCK, self.BLOCK, self.BLOCK]), math.log(1.05))
        self.assertIsNone(gate.launch_value([moved, moved, self.BLOCK, self.BLOCK, self.BLOCK]), "two of five are too many")

    def test_a_clock_too_coarse_to_tell_leaves_it_undecided(self):
        self.assertEqual(gate.judge([0.0] * 6, 100).verdict, gate.SAME)
        self.assertEqual(gate.judge([0.0] * 6, 100, resolution=0.1).verdict, gate.UNDECIDED)

    def test_one_wild_launch_in_nine_is_trimmed(self):
        quiet = [0.06, 0.061, 0.059, 0.06, 0.06, 0.061, 0.059, 0.06]
        self.assertEqual(gate.judge([*quiet, 0.5], 10).verdict, gate.SLOWER)
        self.assertEqual(gate.judge([-one for one in (*quiet, 0.5)], 10).verdict, gate.FASTER)

    def test_the_published_half_widths(self):
        """In units of s, for SLOWER with 20, 100 and 300 rows and for SAME: those that suites/regress/README.md gives."""
        self.assertEqual([[round(float(WIDTHS(n, m)[0]), 2) for n in (6, 13, 90)] for m in (20, 100, 300)],
                         [[4.36, 2.0, 0.57], [6.06, 2.42, 0.63], [7.58, 2.75, 0.67]])
        self.assertEqual([round(float(WIDTHS(n, 1)[1]), 2) for n in (6, 13, 90)], [1.95, 1.18, 0.41])

    def test_links_rotate_and_never_pair_alike_in_the_first_round(self):
        pairs = [gate.links(launch, 9, 4) for launch in range(72)]
        self.assertEqual(len(set(pairs)), 72)
        self.assertTrue(all(a != b for a, b in pairs[:9]))
        self.assertEqual(gate.links(5, 1, 1), (0, 0))

    def test_needed_says_when_it_would_be_decided(self):
        undecided = gate.judge([0.03, 0.05, 0.07, 0.04, 0.06, 0.05], 10)
        self.assertEqual(undecided.verdict, gate.UNDECIDED)
        self.assertIn(gate.needed(undecided, 10), gate.LOOKS)
        self.assertIsNone(gate.needed(gate.judge([0.005, 0.045, 0.025, 0.01, 0.04, 0.025], 10), 10), "between red line and tolerance")


if __name__ == "__main__":
    unittest.main()
