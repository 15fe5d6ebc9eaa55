"""Exit codes: 0 all well, 3 nothing ran, 5 bad input with its place named, 6 the environment is unusable."""

import subprocess
import unittest

from program import GOOD, ProgramTest, rows_of

SEEDS = ["", "abc", "-1", "+1", " 1", "1 ", "0x10", "1.5", "1e3", "18446744073709551616"]


class AllWell(ProgramTest):
    def test_verify(self):
        done = self.run_program(GOOD, "verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\n (\d+) pass · 0 fail · 0 vacuous · \d+ skipped · 0 error +\1 of \1 planned.*\n records: out/records.jsonl\n$")
        self.assertEqual(rows_of(self.folder / "out/records.jsonl")[-1]["exit"], 0)

    def test_piped_output_is_line_oriented(self):
        done = self.run_program(GOOD, "verify", "--filter", "toy_scale")
        self.assertNotIn("\r", done.stdout)
        self.assertNotIn("\033", done.stdout)

    def test_every_listed_row_can_be_asked_for(self):
        listed = self.run_program(GOOD, "list", "--filter", "toy_peak|odd-numbers").stdout.split()
        self.assertIn("claim/toys/odd-numbers", listed)
        for topic in ("toy_peak", "claim/toys/odd-numbers", "toys/odd-numbers"):
            explained = self.run_program(GOOD, "explain", topic)
            self.assertEqual(explained.returncode, 0, explained.stderr)
            self.assertIn("reproduce", explained.stdout)

    def test_doctor_and_help(self):
        for arguments in (["doctor"], ["--help"], ["verify", "--help"], ["--version"]):
            self.assertEqual(self.run_program(GOOD, *arguments).returncode, 0, arguments)

    def test_the_largest_seed_is_a_seed(self):
        self.assertEqual(self.records_of(GOOD, "--filter", "toy_scale", "--seed", str(2**64 - 1))[0]["seed"], str(2**64 - 1))


class NothingRan(ProgramTest):
    def test_a_filter_without_a_match(self):
        self.assert_refused(self.run_program(GOOD, "verify", "--filter", "nothing-matches"), 3, "nothing-matches")
        self.assert_refused(self.run_program(GOOD, "verify", "--filter", "toy_scal3"), 3, "nearest: toy_scale")
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is written")

    def test_only_skipped_rows(self):
        done = self.run_program(GOOD, "verify", "--filter", "toy_axpy/cpu_eights/f32/n=33")
        self.assertEqual(done.returncode, 3)
        self.assertIn("1 row: variant does not accept this size", done.stdout)

    def test_a_backend_without_rows(self):
        self.assertEqual(self.run_program(GOOD, "verify", "--backend", "simt").returncode, 3)


class BadInput(ProgramTest):
    def test_seeds(self):
        for seed in SEEDS:
            for arguments in (["--seed", seed], [f"--seed={seed}"]):
                with self.subTest(arguments):
                    self.assert_refused(self.run_program(GOOD, "verify", *arguments, "--filter", "toy_scale"), 5, "--seed")

    def test_flags(self):
        for arguments, word in (
            (["verify", "--frobnicate"], "--frobnicate"),
            (["verify", "toy_scale"], "toy_scale"),
            (["frobnicate"], "frobnicate"),
            ([], "subcommand"),
            (["verify", "--filter", "("], "'('"),
            (["verify", "--filter"], "--filter"),
            (["list", "--filter", "[z-a]"], "[z-a]"),
            (["verify", "--jobs", "-3"], "--jobs"),
            (["verify", "--jobs", "many"], "many"),
            (["verify", "--effort", "huge"], "huge"),
            (["verify", "--backend", "tpu"], "tpu"),
            (["verify", "--require", "cpu"], "cpu"),
            (["verify", "--shard", "3"], "--shard"),
            (["verify", "--shard", "0/2"], "--shard"),
            (["verify", "--shard", "3/2"], "--shard"),
            (["bench", "--budget", "0"], "--budget"),
            (["bench", "--budget", "nan"], "--budget"),
            (["explain"], "id"),
            (["explain", "toy_scal3"], "nearest: toy_scale"),
            (["verify", "--require", "cuda", "--filter", "("], "regular expression"),
        ):
            with self.subTest(arguments):
                self.assert_refused(self.run_program(GOOD, *arguments), 5, word)
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is written")

    def test_record_files(self):
        good = self.folder / "good.jsonl"
        self.run_program(GOOD, "verify", "--filter", "toy_scale", "--records", str(good))
        lines = good.read_text(encoding="utf-8").splitlines(keepends=True)
        (self.folder / "folder").mkdir()
        (self.folder / "empty.jsonl").touch()
        (self.folder / "bad.jsonl").write_text(lines[0] + lines[1] + "{broken\n" + lines[-1], encoding="utf-8")
        (self.folder / "other.jsonl").write_text('{"name": "no record"}\n', encoding="utf-8")
        for name, word in (
            ("missing.jsonl", "does not exist"),
            ("folder", "is a folder"),
            ("empty.jsonl", "is empty"),
            ("bad.jsonl", "bad.jsonl:3:"),
            ("other.jsonl", "other.jsonl:1:"),
        ):
            with self.subTest(name):
                self.assert_refused(self.run_program(GOOD, "report", str(good), name), 5, name, word)

    def test_records_that_are_a_folder(self):
        self.assert_refused(self.run_program(GOOD, "verify", "--filter", "toy_scale", "--records", "."), 5, "'.'", "folder")


class Unusable(ProgramTest):
    def test_a_demanded_backend_is_absent(self):
        kept = self.folder / "out" / "records.jsonl"
        kept.parent.mkdir()
        kept.write_text("from before\n", encoding="utf-8")
        for arguments in (["--require", "simt"], ["--require", "cuda"], ["--require", "simt", "--filter", "nothing-matches"]):
            if "cuda" in arguments and "✓ CUDA device" in self.run_program(GOOD, "doctor").stdout:
                continue
            with self.subTest(arguments):
                self.assert_refused(self.run_program(GOOD, "verify", *arguments), 6, " ".join(arguments[:2]))
                self.assertEqual(kept.read_text(encoding="utf-8"), "from before\n", "an earlier file is left alone")

    def test_a_full_disk(self):
        done = self.run_program(GOOD, "verify", "--filter", "toy_scale", "--records", "/dev/full")
        self.assert_refused(done, 6, "/dev/full", "No space left on device")

    def test_a_folder_that_cannot_be_made(self):
        (self.folder / "file").touch()
        done = self.run_program(GOOD, "verify", "--filter", "toy_scale", "--records", "file/records.jsonl")
        self.assert_refused(done, 6, "file/records.jsonl")

    def test_standard_output_that_is_full(self):
        for arguments in (["list"], ["verify", "--filter", "toy_scale"], ["explain", "toy_scale"]):
            with self.subTest(arguments), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([GOOD, *arguments], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
                self.assert_refused(self.completed(done), 6, "standard output", "No space left on device")

    @staticmethod
    def completed(done):
        return subprocess.CompletedProcess(done.args, done.returncode, "", done.stderr)

    def test_timing_under_sanitizers(self):
        if self.records_of(GOOD, "--filter", "toy_wait")[0]["sanitised"]:
            self.assert_refused(self.run_program(GOOD, "bench"), 6, "sanitizers")


class Compare(ProgramTest):
    def test_a_baseline_that_is_not_there_or_holds_no_times(self):
        done = self.run_program(GOOD, "compare", "nowhere.jsonl", "nowhere.jsonl")
        self.assert_refused(done, 4, "BASE 'nowhere.jsonl' does not exist")
        self.run_program(GOOD, "verify", "--filter", "toy_peak", "--records", "checks.jsonl")
        self.assert_refused(self.run_program(GOOD, "compare", "checks.jsonl", "checks.jsonl"), 4, "checks.jsonl: holds no times")

    def test_damage_is_named_with_its_line(self):
        self.run_program(GOOD, "verify", "--filter", "toy_peak", "--records", "checks.jsonl")
        path = self.folder / "checks.jsonl"
        path.write_text(path.read_text().replace("toy_peak", "toy_leak", 1))
        self.assert_refused(self.run_program(GOOD, "compare", "checks.jsonl", "checks.jsonl"), 5, "checks.jsonl:1: ", "checksum")

    def test_what_is_missing_on_the_command_line(self):
        self.assert_refused(self.run_program(GOOD, "compare", "one.jsonl"), 5, "new is required")


if __name__ == "__main__":
    unittest.main()
