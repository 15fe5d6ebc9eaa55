"""Records: valid by the schema, in plan order, the same for the same seed whatever the number of jobs."""

import unittest

from program import BAD, GOOD, ProgramTest

from reports import records

RUN_DEPENDENT = {"crc", "run_id", "started", "command", "jobs", "seconds", "repro"}


def comparable(rows):
    return [{key: value for key, value in row.items() if key not in RUN_DEPENDENT} for row in rows]


class Records(ProgramTest):
    def assert_valid(self, path):
        self.assertEqual(records.validate(path), [])

    def test_they_are_valid(self):
        for program, name in ((GOOD, "good.jsonl"), (BAD, "bad.jsonl")):
            self.run_program(program, "verify", "--records", name)
            self.assert_valid(self.folder / name)

    def test_timed_ones_are_valid(self):
        done = self.run_program(GOOD, "bench", "--budget", "1", "--filter", "toy_scale|toy_row_norm", "--records", "timed.jsonl")
        if "sanitizers" in done.stderr:
            self.skipTest("timings need the release build")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assert_valid(self.folder / "timed.jsonl")
        rows = records.load([self.folder / "timed.jsonl"])[0]
        self.assertGreaterEqual(sum(row["kind"] == "measurement" for row in rows), 3)

    def test_runs_in_one_file_are_valid(self):
        text = ""
        for seed in ("1", "2"):
            self.run_program(GOOD, "verify", "--filter", "toy_peak", "--seed", seed, "--records", "one.jsonl")
            text += (self.folder / "one.jsonl").read_text(encoding="utf-8")
        (self.folder / "both.jsonl").write_text(text, encoding="utf-8")
        self.assert_valid(self.folder / "both.jsonl")

    def test_the_same_seed_gives_the_same_records_in_the_same_order(self):
        for program, code in ((GOOD, 0), (BAD, 1)):
            one, two = (self.records_of(program, "--jobs", jobs, "--seed", "5", code=code) for jobs in ("1", "2"))
            self.assertEqual([row["id"] for row in one], [row["id"] for row in two])
            for a, b in zip(comparable(one), comparable(two)):
                self.assertEqual(a, b)

    def test_another_seed_gives_other_inputs(self):
        one, two = (self.records_of(GOOD, "--seed", seed) for seed in ("1", "2"))
        for a, b in zip(one, two):
            self.assertEqual(a["id"], b["id"])
            if a["kind"] == "verdict":
                self.assertNotEqual(a["input_hash"], b["input_hash"], a["id"])

    def test_variants_and_order_of_a_case_see_the_same_inputs(self):
        seen = {}
        for row in self.records_of(GOOD, "--filter", "toy_axpy|toy_sort"):
            if row["kind"] == "verdict":
                seen.setdefault((row["op"], str(row["problem"]), row["fill"]), set()).add((row["input_hash"], row["truth_hash"]))
        self.assertTrue(all(len(hashes) == 1 for hashes in seen.values()), seen)

    def test_shards_are_the_whole(self):
        whole = [row["id"] for row in self.records_of(GOOD, "--filter", "toy_scale|claim")][1:-1]
        shards = [[row["id"] for row in self.records_of(GOOD, "--filter", "toy_scale|claim", "--shard", f"{i}/3")][1:-1] for i in (1, 2, 3)]
        series = [name for name in whole if whole.count(name) > 1]  # the rows of a claim stay together
        self.assertEqual(sorted(whole), sorted(sum(shards, [])))
        self.assertEqual([name for name in whole if name in shards[0]], shards[0], series)

    def test_every_listed_row_is_recorded(self):
        listed = [line.split()[1] for line in self.run_program(GOOD, "list").stdout.splitlines()]
        recorded = [row["id"] for row in self.records_of(GOOD) if row["kind"] not in ("run", "static", "series", "end")]
        self.assertEqual(listed, recorded)

    def test_the_end_counts_what_is_there(self):
        rows = self.records_of(BAD, code=1)
        end = rows[-1]
        self.assertEqual(end["kind"], "end")
        for status in ("pass", "fail", "vacuous", "error"):
            self.assertEqual(end["counts"][status], sum(row.get("status") == status for row in rows))
        self.assertEqual(end["counts"]["skipped"], sum(row["kind"] == "skip" for row in rows))
        self.assertEqual((end["exit"], end["stopped"]), (1, False))


if __name__ == "__main__":
    unittest.main()
