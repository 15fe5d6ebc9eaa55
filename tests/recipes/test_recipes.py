"""Walks the recipes of CONTRIBUTING.md in a copy of the tree: a variant, a claim and a figure are one new file each.

The copy keeps one op and one subject, so that it builds in a minute; of what it keeps, nothing is edited."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = re.compile(r"CMakeLists\.txt|reference/(?:[^/]+$|math/estimate\.hpp|optimizer/)|kernels/(?:[^/]+$|simt/|optimizer/(?:[^/]+$|[^/]+/cpu_naive\.cpp))|suites/(?:harness|peers|regress)/|suites/tiger/cases\.cpp|reports/")
PLOT = '''"""One bar for each verdict's ratio."""


def plot(records, figure):
    figure.subplots().plot([0, 1], [0, 1])
    return {"title": "A figure that is one new file", "alt": "a line from 0 to 1", "columns": ["x"], "rows": [[0], [1]]}
'''


def examples():
    """The C++ blocks of CONTRIBUTING.md, by the path in their first line."""
    blocks = re.findall(r"```cpp\n// (\S+\.cpp)\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.S)
    return dict(blocks)


class Recipes(unittest.TestCase):
    def call(self, *command, **more):
        done = subprocess.run(command, cwd=self.tree, capture_output=True, text=True, **more)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-3000:])
        return done.stdout

    def setUp(self):
        self.tree = pathlib.Path(tempfile.mkdtemp(prefix="assay-recipes-"))
        self.addCleanup(shutil.rmtree, self.tree)
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(KEPT.match, listed.stdout.splitlines()):
            if (ROOT / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.tree / name)
        (self.tree / "tests").mkdir()
        (self.tree / "tests/CMakeLists.txt").touch()

    def test_one_new_file_each(self):
        added = examples()
        variant, claim = "kernels/optimizer/sum_of_squares/cpu_pair.cpp", "suites/tiger/claims/lamb_ratio.cpp"
        self.assertEqual(set(added), {variant, claim})
        added["reports/plots/one_new_file.py"] = PLOT
        for name, text in added.items():
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(text)
        self.call("cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DASSAY_CUDA=OFF", "-DCMAKE_CXX_FLAGS_RELEASE=-O0",
                  "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON")
        self.call("cmake", "--build", "build", "--parallel", str(len(os.sched_getaffinity(0))), "--target", "assay")
        listed = self.call("build/assay", "list")
        self.assertIn("sum_of_squares/cpu_pair/f32/", listed)
        self.assertIn("claim/tiger/lamb-ratio", listed)
        summary = self.call("build/assay", "verify", "--filter", "cpu_pair|lamb-ratio", "--records", "new.jsonl")
        self.assertRegex(summary, r" 0 fail · 0 vacuous · 0 skipped · 0 error")
        self.call("build/assay", "report", "new.jsonl", "-o", "page", env=os.environ)
        self.assertIn("A figure that is one new file", (self.tree / "page/index.html").read_text())


if __name__ == "__main__":
    unittest.main()
