"""Figures of times and errors of attention and of rotary positions: what they say follows the records."""

import unittest

from reports import figures
from tests.reports.test_scaling import timing


def ceiling(name, value, unit):
    return {"kind": "ceiling", "run_id": "r", "id": f"ceiling/{name}", "name": name, "value": value, "unit": unit, "threads": 1}


CEILINGS = [
    ceiling("copy", 16e9, "B/s"),
    ceiling("stream in=3 out=1 inout=0", 20e9, "B/s"),
    ceiling("fma f32", 1e9, "flop/s"),
    ceiling("exp f32", 1e8, "exp/s"),
]
NUMBERS = {"f32": 2**-24, "f16": 2**-11, "bf16": 2**-8}


def attention(**more):
    return [timing(w, 2e-6 * w, 1e-6 * w, **more) | {"bytes": 4e5, "exps": 4.0 * w, "efficiency": 0.5} for w in (64, 256, 1024)]


def rotation(tokens, seconds, op="rope_fwd", variant="cpu_vec", **more):
    problem = {"tokens": tokens, "heads": 8}
    return {
        "kind": "measurement", "run_id": "r", "id": f"{op}/{variant}/f32/tokens={tokens},heads=8,fill=normal", "op": op, "variant": variant, "types": "f32",
        "backend": "cpu", "role": "ours", "problem": problem, "seconds": [seconds] * 7, "floor_s": seconds / 2, "bytes": 4000.0 * tokens, "flops": 1.0,
        "cold": True, "efficiency": 0.5,
    } | more


def verdict(types, ratio, op="attention_fwd", backend="cpu"):
    return {
        "kind": "verdict", "run_id": "r", "id": f"{op}/x/{types}/window={ratio}", "op": op, "types": types, "backend": backend, "role": "ours", "ratio": ratio,
        "status": "pass" if ratio <= 1 else "fail", "evidence": "ran", "subject": "local_attention", "numerics": {"store": NUMBERS[types]},
    }


ERRORS = [verdict("bf16", 0.9), verdict("bf16", 0.95), verdict("bf16", 0.96), verdict("f32", 0.0), verdict("f32", 0.05, backend="simt"), verdict("f16", 0.8)]
ROTATIONS = [rotation(n, n * 5e-7) for n in (256, 2048, 8192)] + [rotation(2048, 5e-4, "rope_bwd")]
FIGURES = {
    "attention_scaling": CEILINGS + attention() + attention(variant="cpu_naive"),
    "attention_error_by_type": ERRORS,
    "rope_bandwidth": CEILINGS + ROTATIONS,
}


class TimedPlots(unittest.TestCase):
    def drawn(self, name, rows):
        return figures.draw(figures.PLOTS / f"{name}.py", rows, "assay run")

    def test_each_is_drawn_at_both_widths(self):
        for name, rows in FIGURES.items():
            with self.subTest(name):
                figure = self.drawn(name, rows)
                self.assertEqual((figure.failure, figure.absent), ("", ""))
                self.assertTrue(figure.wide.startswith("<svg") and figure.narrow.startswith("<svg"))
                self.assertTrue(figure.rows and all(len(row) == len(figure.columns) for row in figure.rows))
                self.assertEqual(figure.wide, self.drawn(name, rows).wide)

    def test_without_records_each_says_what_to_run(self):
        for name in FIGURES:
            with self.subTest(name):
                figure = self.drawn(name, CEILINGS)
                self.assertEqual((figure.failure, figure.wide), ("", ""))
                self.assertTrue(figure.absent)
                self.assertRegex(figure.command, r"^assay (bench|verify) --filter")

    def test_three_ceilings_stand_beside_the_times(self):
        figure = self.drawn("attention_scaling", FIGURES["attention_scaling"])
        for name in ("bytes", "multiply-adds", "in tiles", "exponentials"):
            self.assertEqual(figure.wide.count(f">{name}<"), 2, name)
        without = self.drawn("attention_scaling", CEILINGS[:3] + attention())
        self.assertNotIn("exponentials<", without.wide)
        self.assertNotIn("exponentials<", self.drawn("attention_scaling", CEILINGS + [row | {"exps": 0} for row in attention()]).wide)
        self.assertIn("within 0\u00a0% of the cost model", figure.title)

    def test_a_device_has_the_figure_to_itself(self):
        ours = attention(backend="cuda")
        for row in ours:
            row["backend"] = "cuda"
        figure = self.drawn("attention_scaling", CEILINGS + attention(variant="cpu_naive") + ours)
        self.assertNotIn(">bytes<", figure.wide)  # what was measured is the host's
        self.assertNotIn("cpu_naive", figure.wide)
        self.assertEqual(len(figure.rows), 6)

    def test_kernels_on_tensor_cores_are_held_against_those(self):
        device = [ceiling("cuda stream in=3 out=1 inout=0", 4e12, "B/s"), ceiling("cuda fma f32", 6e13, "flop/s"), ceiling("cuda mma f16", 9e14, "flop/s")]
        ours = [row | {"backend": "cuda", "types": "bf16"} for row in attention(variant="cuda_mma")]
        figure = self.drawn("attention_scaling", device + ours)
        self.assertIn(">products<", figure.wide)
        self.assertNotIn(">multiply-adds<", figure.wide)
        mixed = self.drawn("attention_scaling", device + ours + [row | {"backend": "cuda"} for row in attention(variant="cuda_streaming")])
        self.assertIn(">multiply-adds<", mixed.wide)

    def test_a_window_beyond_all_keys_is_none(self):
        wide = timing(2**30, 1.0, 1.0) | {"bytes": 4e5, "exps": 4.0, "efficiency": 0.5}
        figure = self.drawn("attention_scaling", CEILINGS + attention() + [wide])
        self.assertEqual([row[4] for row in figure.rows], [64, 256, 1024])

    def test_types_are_told_apart(self):
        figure = self.drawn("attention_error_by_type", ERRORS)
        self.assertEqual(figure.title, "Share of its bound that attention uses: 5\u00a0% in f32, 80\u00a0% in f16 and 95\u00a0% in bf16")
        self.assertEqual([row[:4] for row in figure.rows], [["f32", "cpu", 1, 1], ["f32", "simt", 1, 0], ["f16", "cpu", 1, 0], ["bf16", "cpu", 3, 0]])

    def test_a_case_beyond_its_bound_is_said(self):
        figure = self.drawn("attention_error_by_type", [*ERRORS, verdict("f32", float("inf"))])
        self.assertEqual(figure.title, "1 case of 7 errs beyond the bound")
        self.assertIn(">1 beyond<", figure.wide)

    def test_bandwidth_is_held_against_a_copy(self):
        figure = self.drawn("rope_bandwidth", FIGURES["rope_bandwidth"])
        self.assertEqual(figure.title, "rope_bwd moves 16.4\u00a0GB/s, 1.02× a copy")
        self.assertIn("copy 16.0\u00a0GB/s and bare stream 20.0\u00a0GB/s", figure.alt)


if __name__ == "__main__":
    unittest.main()
