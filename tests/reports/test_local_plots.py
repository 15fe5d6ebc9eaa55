"""Figures of local attention: what they say follows the records, and they stand without them."""

import math
import unittest

from reports import figures


def series(claim, name, rows):
    return {
        "kind": "series",
        "run_id": "r",
        "id": f"claim/local_attention/{claim}",
        "name": name,
        "columns": list(rows[0]),
        "rows": [list(row.values()) for row in rows],
    }


def influence(deep, weights):
    mean = sum(t * x for t, x in enumerate(weights))
    deviation = math.sqrt(sum((t - mean) ** 2 * x for t, x in enumerate(weights)))
    return [
        {"layers": deep, "tokens_back": t, "share": x, "standardised": (t - mean) / deviation, "density": x * deviation}
        for t, x in enumerate(weights)
    ]


def masses(end):
    return [{"n": n, "far": end * n / 2**20, "lower": end * n / 2**21, "upper": min(1, end * n / 2**19)} for n in (1024, 2**15, 2**20)]


def system(limit, end):
    return [{"n": n, "far": far, "entropy": entropy, "limit": limit} for n, far, entropy in ((1024, end / 2, 5.0), (2**20, end, 6.0))]


def entropies(position, full):
    kinds = {"full": full, "window": min(full, 4.4), "scaled": full * 0.9}
    row = {"position": position}
    for kind, value in kinds.items():
        row |= {kind: value, kind + "_error": 0.01, kind + "_h": value}
    return row | {"alibi": min(full, 4.6), "alibi_error": 0.01}


PLOTS = {
    "local_far_mass": [
        series("summability-dichotomy", "far mass: KERPLE -ln(1 + t)", masses(0.528)),
        series("summability-dichotomy", "far mass: no bias", masses(0.9995)),
        series("summability-dichotomy", "far mass: ALiBi 1/16", masses(1e-14)),
    ],
    "local_influence": [
        series(
            "influence-convolution",
            "influence",
            influence(1, [0.125] * 8) + influence(2, [k / 64 for k in (*range(1, 9), *range(7, 0, -1))]),
        )
    ],
    "local_row_entropy": [
        series("entropy-ceiling", "row_entropy", [entropies(i, 2 + 0.6 * k) for k, i in enumerate((15, 63, 255, 511, 1023, 8191))])
    ],
    "local_sandwich": [
        series("sandwich-decreases", "curve", [{"distance": 2**k, "curve": 30 - 2 * k, "law": 29 - 2 * k} for k in range(14)]),
        series("sandwich-decreases", "means", [{"from": 2**k, "mean": 29 - 2 * k} for k in range(2, 13)]),
    ],
    "local_subtracted": [
        series(
            "alibi-entropy", "subtracted", [{"distance": t, "window": 0 if t < 8 else math.inf, "alibi": math.e / 8 * t} for t in range(32)]
        )
    ],
    "local_systems": [
        series("which-are-local", "system: hard window", system(0, 0.0)),
        series("which-are-local", "system: T5 buckets", system(1, 0.999)),
        series("which-are-local", "system: KERPLE log", system(1, 0.528)),
        series("which-are-local", "system: sinks", system(4 / 516, 4 / 516)),
    ],
    "local_xpos_scale": [
        series(
            "xpos-overflow",
            "scales",
            [
                {
                    "n": n,
                    "key": n / 512 * math.log10(3.5),
                    "query": -n / 512 * math.log10(3.5),
                    "centred": n / 1024 * math.log10(3.5),
                    "slowest_key": n * 1e-5,
                }
                for n in range(0, 40961, 256)
            ],
        )
    ],
}


class LocalPlots(unittest.TestCase):
    def draw(self, name, rows):
        return figures.draw(figures.PLOTS / f"{name}.py", rows, "assay run")

    def test_all_of_them_are_asked_here(self):
        self.assertEqual(sorted(PLOTS), sorted(path.stem for path in figures.PLOTS.glob("local_*.py")))

    def test_each_draws_its_claim_in_both_widths(self):
        for name, rows in PLOTS.items():
            with self.subTest(name):
                drawn = self.draw(name, rows)
                self.assertEqual((drawn.failure, drawn.absent), ("", ""))
                self.assertIn("<svg", drawn.wide)
                self.assertIn("<svg", drawn.narrow)
                self.assertTrue(drawn.rows and all(len(row) == len(drawn.columns) for row in drawn.rows))
                self.assertIn(rows[0]["id"], drawn.command)

    def test_without_its_claim_a_figure_says_so(self):
        for name in PLOTS:
            with self.subTest(name):
                drawn = self.draw(name, [])
                self.assertTrue(drawn.absent)
                self.assertEqual((drawn.failure, drawn.wide), ("", ""))

    def test_the_same_rows_make_the_same_drawing(self):
        for name, rows in PLOTS.items():
            self.assertEqual(self.draw(name, rows).wide, self.draw(name, rows).wide, name)

    def test_what_is_said_follows_the_numbers(self):
        far = self.draw("local_far_mass", PLOTS["local_far_mass"])
        self.assertIn("1 bias of 3", far.title)
        self.assertIn("KERPLE -ln(1 + t)", far.alt)
        self.assertIn("ALiBi 1/16 stay near 0", far.alt)
        systems = self.draw("local_systems", PLOTS["local_systems"])
        self.assertIn("1 of 4 systems", systems.title)
        self.assertIn("T5 buckets have more than nine tenths", systems.alt)
        self.assertEqual([row[0] for row in systems.rows], ["hard window", "sinks", "KERPLE log", "T5 buckets"])
        self.assertEqual([row[1] for row in systems.rows], ["yes", "no, but for a part", "no", "no"])
        self.assertIn("position 4533", self.draw("local_xpos_scale", PLOTS["local_xpos_scale"]).title)
        self.assertIn("in 10 of 10 steps", self.draw("local_sandwich", PLOTS["local_sandwich"]).alt)
        self.assertIn("8 nearest keys", self.draw("local_subtracted", PLOTS["local_subtracted"]).alt)
        self.assertIn("at 4.4; without it 5", self.draw("local_row_entropy", PLOTS["local_row_entropy"]).title)

    def test_a_mean_that_rises_is_said(self):
        curve, means = PLOTS["local_sandwich"]
        risen = {**means, "rows": [*means["rows"][:-1], [4096, 99.0]]}
        self.assertIn("in 9 of 10 steps", self.draw("local_sandwich", [curve, risen]).alt)


if __name__ == "__main__":
    unittest.main()
