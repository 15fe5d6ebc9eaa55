"""Figures of rotary positions with biases: drawn from the rows of their claims, at both widths, with the numbers in words."""

import math
import unittest

from reports import figures


def series(claim, name, rows):
    columns = list(rows[0])
    return {"kind": "series", "id": f"claim/rope_bias/{claim}", "name": name, "columns": columns, "rows": [[row[column] for column in columns] for row in rows]}


TERMS = [
    {"distance": k, "t1": 0.1, "t1_deviation": 8.0, "t2": 0.0, "t2_deviation": 4.0, "t3": -0.25, "t3_deviation": 4.0, "t4": 16 - k / 40}
    for k in range(0, 512, 8)
]
CURVES = [
    {"distance": 2.0**k, "aligned": 16.0 - k, "turned": 2.5, "with_bias": 16.1 - k, "without_bias": 0.125 if k == 3 else 0.0} for k in range(13)
]
CURVE = [
    {"base": base, "distance": 10.0**k, "exact": 30.0 - 4 * k + (9 if k == 4 else 0), "closed": 30.0 - 4 * k, "log_law": 29.0 - 4 * k, "ripple": 2.0}
    for base in (1e4, 5e5)
    for k in range(6)
]
FAR = [{"n": 2.0**k, "0": 1 - 512 / 2.0**k, "1": 0.5, "4": 0.02, "ALiBi 1/256": 0.135} for k in range(10, 19)]
BORDER = [{"d": float(d), "1": math.sqrt(d) / 2, "2": math.sqrt(d), "4": 2 * math.sqrt(d)} for d in range(16, 257, 8)]
ERRORS = [{"position": 2.0**k - 1, "table": 2.0**k * 3e-8, "by_exp": 2.0**k * 6e-8, "reduced": 1.2e-7} for k in range(1, 21)]

FIGURES = {
    "rope_terms": (series("term-moments", "terms", TERMS), ("falls from 16 to 3.4 at 504", "within 0.25 of 0", "8, 4 and 4")),
    "rope_curves": (series("alignment-needed", "curves", CURVES), ("from 16 to 7 at 512", "near 2.5", "0.12 of 0")),
    "rope_closed_form": (series("ci-closed-form", "curve", CURVE), ("base 10\u202f000 80\u00a0%", "base 500\u202f000 83\u00a0%")),
    "rope_far_mass": (series("localisation-exponent", "far_mass", FAR), ("n = 262\u202f144", "50\u00a0% for weight 1", "14\u00a0% for ALiBi")),
    "rope_border": (series("localisation-exponent", "border", BORDER), ("At d = 64", "55 for weight 1", "3000 for weight 2")),
    "rope_angle_error": (series("shift-invariance", "angle_error", ERRORS), ("1\u202f048\u202f575", "0.031 (in fp32)")),
}


class RopePlots(unittest.TestCase):
    def drawn(self, name, rows):
        return figures.draw(figures.PLOTS / f"{name}.py", rows, "assay run")

    def test_each_is_drawn_at_both_widths_from_its_series(self):
        for name, (row, said) in FIGURES.items():
            with self.subTest(name):
                figure = self.drawn(name, [row])
                self.assertEqual((figure.failure, figure.absent), ("", ""))
                self.assertTrue(figure.wide.startswith("<svg") and figure.narrow.startswith("<svg"))
                self.assertNotEqual(figure.wide, figure.narrow)
                for words in said:
                    self.assertIn(words, figure.alt)
                self.assertEqual(len(figure.rows[0]), len(figure.columns))
                self.assertIn(row["id"], figure.command)

    def test_the_same_rows_give_the_same_drawing(self):
        for name, (row, _) in FIGURES.items():
            self.assertEqual(self.drawn(name, [row]).wide, self.drawn(name, [row]).wide, name)

    def test_a_worse_table_made_in_fp32_is_said(self):
        self.assertIn("gives 2 to 2 times the error", self.drawn("rope_angle_error", [FIGURES["rope_angle_error"][0]]).caption)

    def test_without_the_claim_each_says_what_to_run(self):
        for name in FIGURES:
            figure = self.drawn(name, [])
            self.assertRegex(figure.absent, r"the claim did not run\.$")
            self.assertIn("assay verify --filter", figure.command)


if __name__ == "__main__":
    unittest.main()
