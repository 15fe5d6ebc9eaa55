"""Exponents of time in sizes."""

import contextlib
import io
import pathlib
import tempfile
import unittest

from reports import records, scaling


def timing(window, seconds, floor, n=4096, variant="cpu_blocked", samples=31, **more):
    problem = {"heads": 1, "queries": n, "keys": n, "window": window, "scale": 0.0, "padded": False, "layout": "bhsd"} | more
    times = [seconds * (1 + 0.001 * (k % 7 - 3)) for k in range(samples)]
    name = ",".join(f"{axis}={value}" for axis, value in problem.items())
    return {"kind": "measurement", "run_id": "r", "id": f"attention_fwd/{variant}/f32/{name}", "op": "attention_fwd", "variant": variant, "types": "f32",
            "backend": "cpu", "role": "ours", "problem": problem, "seconds": times, "floor_s": floor, "flops": 1e9 * floor, "exps": 1e7 * floor, "bytes": 1e6, "cold": True}


class Scaling(unittest.TestCase):
    def fits(self, rows):
        return {axes: scaling.fit(axes, points) for _, axes, points in scaling.series(rows)}

    def test_a_power_law_is_found(self):
        one = self.fits([timing(w, 3e-6 * w**1.5, 1e-6 * w) for w in (64, 128, 512)])[("window",)]
        self.assertAlmostEqual(one["exponent"], 1.5, 9)
        self.assertAlmostEqual(one["model"], 1, 9)
        self.assertTrue(1.49 < one["low"] < 1.5 < one["high"] < 1.51)
        self.assertAlmostEqual(one["deviation"], 8**0.25 - 1, 9)

    def test_sizes_that_are_equal_vary_together(self):
        fits = self.fits([timing(64, 1e-6 * n, 5e-7 * n, n) for n in (1024, 2048, 4096)])
        self.assertEqual(list(fits), [("keys", "queries")])
        self.assertAlmostEqual(fits["keys", "queries"]["exponent"], 1, 9)
        self.assertAlmostEqual(fits["keys", "queries"]["deviation"], 0, 9)

    def test_other_problems_and_variants_stay_apart(self):
        rows = [timing(w, 1e-6 * w, 1e-6 * w) for w in (64, 128)]
        self.assertEqual(self.fits(rows + [timing(256, 1, 1, heads=2), timing(512, 1, 1, variant="cpu_naive"), timing(1024, 1, 1, layout="bshd")]), {})
        self.assertEqual(list(self.fits(rows + [timing(256, 1, 1)])), [("window",)])

    def test_few_samples_have_no_interval(self):
        one = self.fits([timing(w, w, w, samples=5) for w in (64, 128, 256)])[("window",)]
        self.assertIsNone(one["low"])

    def test_work_in_turn_is_the_sum_of_its_parts(self):
        rates = {"fma f32": 1e9, "exp f32": 1e8, "copy": 1e9}
        ceilings = [{"kind": "ceiling", "run_id": "r", "id": f"ceiling/{name}", "name": name, "value": value} for name, value in rates.items()]
        parts = scaling.in_turn(ceilings)
        row = timing(64, 1, 1) | {"flops": 3e9, "exps": 5e8, "bytes": 2e9}
        self.assertAlmostEqual(parts(row), 3 + 5 + 2, 9)
        self.assertAlmostEqual(parts(row | {"cold": False}), 3 + 5, 9)
        self.assertIsNone(parts(row | {"types": "f64"}))
        self.assertIsNone(parts(row | {"backend": "cuda"}))
        rows = [timing(w, 9e-6 * w + 4.8e-4, 1e-6 * w) | {"flops": 2e3 * w, "exps": 1e2 * w, "bytes": 1.6e5} for w in (64, 128, 256)]
        self.assertAlmostEqual(scaling.fit(("window",), rows, parts)["deviation"], 0, 9)
        self.assertGreater(scaling.fit(("window",), rows)["deviation"], 0.1)
        self.assertIsNone(scaling.fit(("window",), rows, scaling.in_turn([])))

    def test_command_line(self):
        def said(rows):
            with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
                path = pathlib.Path(folder, "records.jsonl")
                path.write_text("".join(map(records.line_of, rows)))
                return scaling.main([str(path)]), out.getvalue(), err.getvalue()

        code, out, _ = said([timing(w, 1e-6 * w, 1e-6 * w) for w in (64, 128, 256)])
        self.assertEqual(code, 0)
        self.assertIn("| attention_fwd | cpu_blocked, f32, cpu, cold | window | 64, 128, 256 | 1.000 (0.99", out)
        code, out, err = said([timing(64, 1, 1)])
        self.assertEqual((code, out), (3, ""))
        self.assertIn("assay bench", err)


if __name__ == "__main__":
    unittest.main()
