"""Figures of score matching against W2: drawn from the rows of their claims, at both widths, with the numbers in words."""

import math
import unittest

from reports import figures


def series(claim, name, rows):
    columns = list(rows[0])
    return {"kind": "series", "id": f"claim/score_wasserstein/{claim}", "name": name, "columns": columns, "rows": [[row[column] for column in columns] for row in rows]}


LOSS = [
    {"shape": float(shape), "root_j": size, "w2": share * 0.7 * size, "bound": share * 0.7 * size, "corollary": 0.7 * size}
    for shape, share in enumerate((0.5, 1.0, 0.25, 0.8))
    for size in (0.01, 0.1, 1.0)
]
GROWTH = [{"t": k / 10, "kappa": float(kappa), "h_I_eps": (k / 10 if kappa == 0 else k * (10 - k) / 100)} for kappa in (0, 1) for k in range(11)]
LIPSCHITZ = [{"t": k / 10, "constant": 12.0 - 2.6 * k} for k in range(6)]
FREQUENCY = [{"omega": 2.0**k, "w2": 0.4 / 2.0**k, "bound": 1.0, "ratio": 0.4 / 2.0**k} for k in range(-1, 4)]
HORIZON = [
    {"T": k / 4, "kappa": float(kappa), "w2": 0.1 * abs(k - 3) + 0.2 if kappa == 0 else 0.07, "bound": 0.1 * abs(k - 3) + 0.25 if kappa == 0 else 0.1, "offset": math.exp(-k)}
    for kappa in (0, 1)
    for k in range(1, 7)
]
PATHS = [{"kappa": float(kappa), "pair": float(pair), "t": k / 4, "x": pair - 0.5, "y": pair - 0.25} for kappa in (0, 1) for pair in (0, 1) for k in range(5)]
GAP = [{"kappa": float(kappa), "pairs": 4000.0, "mean": 0.0625, "standard_error": 0.001, "expected": 0.0625} for kappa in (0, 1)]
SIZES = [
    {"d": float(dim), "n": 64.0 * 4**k, "scaled": level + 0.1 * k + 0.01, "standard_error": 0.01, "law": level + 0.1 * k}
    for dim, level in ((1, 0.1), (2, 0.8), (3, 0.5), (5, 0.6))
    for k in range(3)
]
BIAS = [
    {"eps": eps, "raw": eps, "debiased": -eps * eps / 64, "leading": 1.1 * eps, "debiased_leading": -eps * eps / 64} for eps in (0.25, 0.5, 1.0, 2.0)
]

FIGURES = {
    "sw_loss": ([series("corollary", "loss", LOSS)], ("Of 12 distances 0 are above", "between 0.25 and 1 of the bound")),
    "sw_contribution": ([series("sde-forgets", "growth", GROWTH)], ("has the area 0.5 and its top at t = 1;", "has the area 0.165")),
    "sw_lipschitz": ([series("mixture-ode", "lipschitz", LIPSCHITZ)], ("12 at t = 0", "negative from t = 0.50 on")),
    "sw_frequency": ([series("mixture-ode", "frequency", FREQUENCY)], ("0.8 at ω = 0.5", "0.05 at ω = 8")),
    "sw_horizon": ([series("sde-forgets", "horizon", HORIZON)], ("At T = 1.5, ODE: W₂ 0.5, bound 0.55",)),
    "sw_sample_exponent": ([series("sample-exponent", "law", SIZES)], ("d = 2: from 0.81 to 1.01", "further from its law than 1 standard errors")),
    "sw_sinkhorn_bias": ([series("sinkhorn-rate-in-eps", "bias", BIAS)], ("slope is 1 for the optimum and 2 after", "are 0.25 and 0.00098.")),
    "sw_paths": ([series("shared-noise", "paths", PATHS), series("shared-noise", "gap", GAP)], ("over 4000 pairs", "SDE 0.0625")),
}


class ScoreWassersteinPlots(unittest.TestCase):
    def drawn(self, name, rows):
        return figures.draw(figures.PLOTS / f"{name}.py", rows, "assay run")

    def test_each_is_drawn_at_both_widths_from_its_series(self):
        for name, (rows, said) in FIGURES.items():
            with self.subTest(name):
                figure = self.drawn(name, rows)
                self.assertEqual((figure.failure, figure.absent), ("", ""))
                self.assertTrue(figure.wide.startswith("<svg") and figure.narrow.startswith("<svg"))
                self.assertNotEqual(figure.wide, figure.narrow)
                for words in said:
                    self.assertIn(words, figure.alt)
                self.assertEqual(len(figure.rows[0]), len(figure.columns))
                self.assertIn(rows[0]["id"], figure.command)

    def test_titles_follow_the_numbers(self):
        over = [{**row, "w2": 2 * row["corollary"]} if row["shape"] == 0 else row for row in LOSS]
        self.assertIn("3 distances of 12 are above", self.drawn("sw_loss", [series("corollary", "loss", over)]).title)
        self.assertIn("Beyond T = 0.75 ", self.drawn("sw_horizon", FIGURES["sw_horizon"][0]).title)
        flat = [{**row, "bound": 1.0} for row in HORIZON]
        self.assertIn("alike", self.drawn("sw_horizon", [series("sde-forgets", "horizon", flat)]).title)
        far = [{**row, "law": 2 * row["law"]} for row in SIZES]
        self.assertIn("do not follow", self.drawn("sw_sample_exponent", [series("sample-exponent", "law", far)]).title)
        linear = [{**row, "debiased": -row["raw"]} for row in BIAS]
        self.assertIn("of order 1 ", self.drawn("sw_sinkhorn_bias", [series("sinkhorn-rate-in-eps", "bias", linear)]).title)
        tight = [{**row, "ratio": 1 - row["ratio"]} for row in FREQUENCY]
        self.assertIn("as tight", self.drawn("sw_frequency", [series("mixture-ode", "frequency", tight)]).title)

    def test_without_the_claim_each_says_what_to_run(self):
        for name in FIGURES:
            figure = self.drawn(name, [])
            self.assertRegex(figure.absent, r"the claim did not run\.$")
            self.assertIn("assay verify --filter", figure.command)


if __name__ == "__main__":
    unittest.main()
