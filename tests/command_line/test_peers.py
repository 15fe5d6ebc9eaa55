"""suites/peers/run.py as the harness calls it, with a peer that runs on two devices and a stand-in for the device's clock."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = '''
types = ["f64"]
devices = ["cpu", "cuda"]
version = "1"


def prepare(problem, arrays, device):
    if problem["n"] == 0:
        raise NotImplementedError("nothing to do")
    moved = arrays["x"].copy()

    def work():
        moved[:] = problem["factor"] * arrays["x"] + (device == "cuda")

    def store():
        arrays["y"][:] = moved
    return work, store
'''
CLOCK = '''
def clock():
    def seconds(work):
        work()
        return 0.25
    return seconds
'''


class Serving(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-peers-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(ROOT / "suites/peers/run.py", self.folder)
        (self.folder / "scale_toy.py").write_text(PEER)
        (self.folder / "accelerator.py").write_text(CLOCK)

    def call(self, *arguments, said=""):
        done = subprocess.run([sys.executable, str(self.folder / "run.py"), *arguments], input=said, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def serve(self, device, n=3):
        x = np.arange(n, dtype=float)
        x.tofile(self.folder / "x.bin")
        arrays = [{"name": name, "role": role, "type": "f64", "shape": [n], "file": name + ".bin"} for name, role in (("x", "in"), ("y", "out"))]
        case = {"op": "scale", "peer": "toy", "device": device, "problem": {"n": n, "factor": 2}, "arrays": arrays}
        (self.folder / "case.json").write_text(json.dumps(case))
        return self.call("--serve", str(self.folder), said="sample\nsample\n")

    def test_a_list_says_on_which_devices_a_peer_runs(self):
        self.assertEqual(self.call("--list")[0]["devices"], ["cpu", "cuda"])

    def test_on_the_processor_it_is_timed_by_the_clock_of_the_processor(self):
        ready, *times = self.serve("cpu")
        self.assertTrue(ready["ready"])
        self.assertEqual(np.fromfile(self.folder / "y.out.bin").tolist(), [0, 2, 4])
        self.assertEqual(len(times), 2)
        self.assertTrue(all(0 < one["seconds"] < 0.1 for one in times), times)

    def test_on_a_device_it_is_told_so_and_timed_by_that_devices_clock(self):
        _, *times = self.serve("cuda")
        self.assertEqual(np.fromfile(self.folder / "y.out.bin").tolist(), [1, 3, 5])
        self.assertEqual(times, [{"seconds": 0.25}] * 2)

    def test_what_a_peer_does_not_take_is_said(self):
        self.assertEqual(self.serve("cpu", n=0), [{"peer": "toy", "version": "1", "unsupported": "nothing to do"}])


class Listing(unittest.TestCase):
    """The real folder, with stand-ins for libraries that are missing here or too old."""

    def listed(self, modules):
        with tempfile.TemporaryDirectory(prefix="assay-peers-") as folder:
            for name, text in modules.items():
                (pathlib.Path(folder) / f"{name}.py").write_text(text)
            done = subprocess.run([sys.executable, str(ROOT / "suites/peers/run.py"), "--list"], env=os.environ | {"PYTHONPATH": folder},
                                  capture_output=True, text=True, check=True)
        return {(row["op"], row["peer"]): row for row in map(json.loads, done.stdout.splitlines())}

    def test_peers_of_one_device_are_not_offered_for_the_other(self):
        rows = self.listed({})
        for peer in ("cudnn", "flash", "flex"):
            self.assertEqual(rows["attention_fwd", peer]["devices"], ["cuda"])
        self.assertEqual(rows["attention_bwd", "jax"]["devices"], ["cpu"])

    def test_a_library_that_is_too_old_is_named_with_what_is_needed(self):
        rows = self.listed({"torch": "__version__ = '1.13.1'\ndef set_num_threads(count): pass\n"})
        for op, peer in (("attention_fwd", "cudnn"), ("attention_fwd", "flex"), ("attention_bwd", "flex")):
            self.assertFalse(rows[op, peer]["available"])
            self.assertEqual(rows[op, peer]["why"], "PyTorch 1.13.1 is too old, 2.6 has what this peer is made of")
        self.assertTrue(rows["rope_bwd", "torch"]["available"], "older ones are made of less")

    def test_a_library_that_is_missing_makes_its_peers_absent(self):
        rows = self.listed({name: f"raise ModuleNotFoundError(name='{name}')" for name in ("torch", "flash_attn")})
        self.assertEqual(rows["attention_fwd", "flash"]["why"], "no module flash_attn; pip install flash_attn")
        self.assertEqual(rows["attention_fwd", "cudnn"]["why"], "no module torch; .venv/bin/python -m pip install torch")


if __name__ == "__main__":
    unittest.main()
