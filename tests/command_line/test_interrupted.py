"""A run that is killed or interrupted leaves whole records of what was done, and no process behind."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

from program import GOOD, ProgramTest, rows_of

from reports import records

SLOW = ["verify", "--effort", "thorough", "--filter", "toy_wait", "--jobs", "2", "--records", "records.jsonl"]  # about 1 s


def alive(pid):
    """True while the process runs; one that is dead and unclaimed does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


class Interrupted(ProgramTest):
    def start(self):
        """A run in its own process group with four rows written and others still to come."""
        process = subprocess.Popen([GOOD, *SLOW], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(process.kill)
        path = self.folder / "records.jsonl"
        self.assertTrue(wait_until(lambda: path.exists() and path.read_bytes().count(b"\n") >= 4, 60))
        self.workers = [int(pid) for pid in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()]
        self.assertTrue(self.workers)
        return process

    def assert_stopped(self, process, code):
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, output + errors)
        self.assertTrue(wait_until(lambda: not any(map(alive, self.workers)), 10), "a worker is left behind")
        return output

    def assert_orderly_stop(self, process):
        output = self.assert_stopped(process, 3)
        self.assertEqual(records.validate(self.folder / "records.jsonl"), [])
        end = rows_of(self.folder / "records.jsonl")[-1]
        self.assertEqual((end["kind"], end["stopped"], end["exit"]), ("end", True, 3))
        self.assertLess(end["ran"], end["planned"])
        self.assertIn(f"stopped after {end['ran']} of {end['planned']}", output)

    def test_killed(self):
        process = self.start()
        process.kill()
        self.assert_stopped(process, -signal.SIGKILL)
        content = (self.folder / "records.jsonl").read_bytes()
        self.assertTrue(content.endswith(b"\n"), "the last line is whole")
        self.assertNotIn("end", [row["kind"] for row in rows_of(self.folder / "records.jsonl")])
        self.assertEqual(records.validate(self.folder / "records.jsonl"), [], "a killed run's file is valid")

    def test_interrupted_by_the_terminal(self):  # Ctrl-C reaches the whole group
        process = self.start()
        os.killpg(process.pid, signal.SIGINT)
        self.assert_orderly_stop(process)

    def test_interrupted_alone(self):
        process = self.start()
        process.send_signal(signal.SIGINT)
        self.assert_orderly_stop(process)

    def test_terminated(self):
        process = self.start()
        process.terminate()
        self.assert_orderly_stop(process)


if __name__ == "__main__":
    unittest.main()
