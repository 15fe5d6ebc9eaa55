"""The programs under test, run as a user runs them: by their command line, in a folder of their own."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

GOOD, BAD = os.environ["ASSAY_GOOD_PROGRAM"], os.environ["ASSAY_BAD_PROGRAM"]


class ProgramTest(unittest.TestCase):
    """Each test has an empty working folder."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def run_program(self, program, *arguments, **options):
        return subprocess.run([program, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=300, check=False, **options)

    def records_of(self, program, *arguments, code=0):
        """Rows of one run. Files of several runs in one test do not meet."""
        path = self.folder / f"{len(list(self.folder.iterdir()))}.jsonl"
        done = self.run_program(program, "verify", *arguments, "--records", str(path))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return rows_of(path)

    def assert_refused(self, done, code, *words):
        """One line on stderr that names what is wrong, and the exit code."""
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("assay: ") and lines[0].endswith(f"exit {code}"), lines[0])
        for word in words:
            self.assertIn(word, lines[0])


def rows_of(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]
