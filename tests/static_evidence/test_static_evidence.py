"""What is said of compiled kernels: a spilling one is seen to spill, the fused examples do not, occupancy is NVIDIA's."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def evidence(source, *archs):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "object.o"
        targets = [f"-gencode=arch={arch.replace('sm', 'compute')},code={arch}" for arch in archs]
        subprocess.run([sys.executable, ROOT / "kernels/static_evidence.py", "--toolkit", "any", "--occupancy", os.environ["ASSAY_OCCUPANCY"],
                        "--", os.environ["ASSAY_NVCC"], "-std=c++20", "--fmad=false", "-DASSAY_BACKEND=cuda", f"-I{ROOT}", *targets,
                        "-c", ROOT / source, "-o", output], check=True)
        return [json.loads(line) for line in pathlib.Path(f"{output}.jsonl").read_text().splitlines()]


def occupancy(*numbers):
    return subprocess.run([os.environ["ASSAY_OCCUPANCY"], *map(str, numbers)], capture_output=True, text=True, check=True).stdout.strip()


class Evidence(unittest.TestCase):
    def test_a_spilling_kernel_is_seen(self):
        for archs in (["sm_80", "sm_90a"], ["sm_90a"]):
            rows = evidence("tests/static_evidence/spilling.cu", *archs)
            self.assertEqual([row["arch"] for row in rows], archs)
            for row in rows:
                self.assertEqual((row["kernel"], row["threads"], row["registers"]), ("spilling", 1024, 64))
                self.assertGreater(row["spills"], 0)

    def test_the_fused_examples_do_not_spill(self):
        rows = evidence("tests/simt/examples/examples.cu", "sm_80", "sm_90a")
        self.assertEqual(len(rows), 6)
        for row in rows:
            self.assertEqual(row["spills"], 0, row)

    def test_occupancy(self):
        # By hand: 65536 registers in units of 256 a warp; blocks of 256 threads.
        self.assertEqual(occupancy(8, 0, 256, 32, 0), "1")
        self.assertEqual(occupancy(8, 0, 256, 64, 0), "0.5")
        self.assertEqual(occupancy(8, 0, 256, 33, 0), "0.75")  # 40 a thread: 6 blocks
        self.assertEqual(occupancy(9, 0, 1024, 64, 0), "0.5")
        self.assertEqual(occupancy(9, 0, 256, 32, 47 * 1024), "0.5")  # with 1 KiB of the driver 48 of 228 KiB: 4 blocks
        self.assertEqual(occupancy(12, 1, 256, 32, 0), "1")
        self.assertEqual(occupancy(99, 0, 256, 32, 0), "unknown")


if __name__ == "__main__":
    unittest.main()
