"""The schema accepts what the samples hold and rejects what a wrong writer would write; so do the rules across lines."""

import contextlib
import copy
import io
import json
import pathlib
import random
import tempfile
import unittest

from reports import records, rules
from tests.reports import samples


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, content, name="records.jsonl"):
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def problems(self, rows):
        return records.validate(self.write(samples.text(rows)))


class Baselines(unittest.TestCase):
    def test_what_is_kept_is_valid_and_ran_on_what_it_is_called_by(self):
        kept = list((pathlib.Path(records.__file__).parent / "baselines").glob("*.jsonl"))
        self.assertTrue(kept)
        for path in kept:
            with self.subTest(path.name):
                rows, problems = records.load([path])
                self.assertEqual(problems, [])
                runs = [row for row in rows if row["kind"] == "run"]
                self.assertTrue(runs and all(path.stem in row["gpu"]["name"].lower() and not row["dirty"] for row in runs))
                self.assertEqual({row["evidence"] for row in rows if row["kind"] == "verdict"}, {"ran"})


class Damage(Files):
    """Whatever happens to a file after it was written is said, with its line."""

    def test_every_flipped_bit_is_found(self):
        good = samples.text(samples.regression()).encode()
        chance = random.Random(1)
        for _ in range(200):
            at = chance.randrange(len(good))
            bad = bytearray(good)
            bad[at] ^= 1 << chance.randrange(8)
            path = self.folder / "flipped.jsonl"
            path.write_bytes(bad)
            problems = records.validate(path)
            line = good[:at].count(b"\n") + 1
            self.assertTrue(problems, f"byte {at}")
            self.assertRegex(problems[0], f"^{path}:({line}|{line + 1}|{line - 1}): ", f"byte {at}")

    def test_a_line_cut_off_in_the_middle_is_found(self):
        lines = samples.text(samples.regression()).splitlines(keepends=True)
        path = self.write("".join(lines[:3]) + lines[3][:40] + "\n" + "".join(lines[4:]))
        self.assertIn(f"{path}:4: no checksum ends this line", records.validate(path)[0])

    def test_a_later_schema_is_named(self):
        rows = samples.regression()
        rows[0]["schema"] = 2
        self.assertIn(":1: written by a later assay (schema 2; this one reads 1)", self.problems(rows)[0])


class Schema(Files):
    def test_every_sample_is_valid(self):
        for name, make in samples.SAMPLES.items():
            with self.subTest(name):
                self.assertEqual(self.problems(make()), [])

    def test_every_kind_is_in_the_samples(self):
        kinds = {row["kind"] for row in samples.finished() + samples.regression()}
        schema = json.loads((pathlib.Path(records.__file__).parent / "schema.json").read_text())
        self.assertEqual(kinds, set(schema["properties"]["kind"]["enum"]))

    def one_of_each(self):
        kinds = {row["kind"]: row for row in samples.regression() + samples.finished()}
        return [(kind, copy.deepcopy(row)) for kind, row in kinds.items()]

    def rejected(self, row, what):
        written = json.loads(samples.text([row]))
        del written["crc"]  # records.read checks it and takes it off
        problem = records._shape("file", 7, written)
        self.assertTrue(problem.startswith("file:7: "), f"{what} was accepted")

    def test_a_missing_field_is_rejected(self):
        optional = {"law": {"idea", "role", "used", "margin", "alpha"}, "comparison": {"ratio", "low", "high", "launches", "spread", "needed"}, "measurement": {"idea", "why", "peer_of", "beside"}}
        for kind, row in self.one_of_each():
            for field in set(row) - optional.get(kind, set()):
                with self.subTest(kind=kind, field=field):
                    self.rejected({key: value for key, value in row.items() if key != field}, f"{kind} without {field}")

    def test_an_unknown_field_is_rejected(self):
        for kind, row in self.one_of_each():
            with self.subTest(kind):
                self.rejected({**row, "surprise": 1}, f"{kind} with an unknown field")

    def test_a_value_of_another_type_is_rejected(self):
        for kind, row in self.one_of_each():
            for field in row:
                with self.subTest(kind=kind, field=field):
                    self.rejected({**row, field: {"an": ["object", {}]}}, f"{kind}.{field} as an object")

    def test_a_wrong_word_is_rejected(self):
        words = {
            "verdict": {
                "status": "passed",
                "evidence": "seen",
                "backend": "gpu",
                "role": "mine",
                "fill": "zeros",
                "ratio": "NaN",
                "got": "Infinity",
            },
            "claim": {"claim_kind": "theorem", "status": "skipped"},
            "ceiling": {"unit": "GB/s"},
            "run": {"effort": "much", "commit": "9b2e4c7", "started": "today"},
            "end": {"exit": 7, "id": "the end"},
        }
        for kind, row in self.one_of_each():
            for field, word in words.get(kind, {}).items():
                with self.subTest(kind=kind, field=field):
                    self.rejected({**row, field: word}, f"{kind}.{field} = {word}")

    def test_a_nested_field_is_checked(self):
        row = next(row for kind, row in self.one_of_each() if kind == "claim")
        del row["checks"][0]["slack"]
        self.assertIn("checks[0]", records._shape("file", 7, row))


class Budgets(Files):
    def changed(self, **numbers):
        rows = samples.finished()
        row = next(row for row in rows if row["kind"] == "static")
        row.update(numbers)
        return self.problems(rows)

    def test_a_kernel_over_its_budget_cannot_pass(self):
        recorded = {"registers": 40, "spills": 0, "occupancy": 0.5}
        keeps = dict(recorded=recorded, spills=0, occupancy=0.5)
        self.assertEqual(self.changed(**keeps), [])
        for worse in ({"spills": 4}, {"occupancy": 0.25}, {"occupancy": None}, {"recorded": None}, {"message": "odd"}):
            with self.subTest(worse):
                self.assertIn("its numbers say otherwise", self.changed(**{**keeps, **worse})[0])
        self.assertNotEqual(self.changed(**keeps, status="fail", message="spills"), [])


class Reading(Files):
    def message(self, path):
        with self.assertRaises(records.BadRecords) as caught:
            records.load([path])
        return str(caught.exception)

    def test_bad_json_names_file_and_line(self):
        lines = samples.text(samples.empty()).splitlines()
        for bad in ("{", "[1]", "", '{"a": NaN}', '{"a": 1, "a": 2}', "null"):
            with self.subTest(bad):
                path = self.write("\n".join([lines[0], bad, lines[1]]) + "\n")
                self.assertIn(f"{path}:2: ", self.message(path))

    def test_a_file_that_cannot_be_read_is_named(self):
        self.assertIn("missing.jsonl: No such file", self.message(self.folder / "missing.jsonl"))
        self.assertIn("Is a directory", self.message(self.folder))

    def test_a_line_cut_off_by_a_kill_is_dropped(self):
        content = samples.text(samples.finished())
        path = self.write(content[: len(content) // 2])
        rows, problems = records.load([path])
        self.assertEqual(problems, [])
        self.assertNotIn("end", {row["kind"] for row in rows})

    def test_non_finite_numbers_become_numbers_and_text_stays_text(self):
        rows = samples.failing()
        next(row for row in rows if row["kind"] == "verdict")["why"] = "inf"
        loaded, _ = records.load([self.write(samples.text(rows))])
        self.assertIn(float("inf"), [row["ratio"] for row in loaded if row["kind"] == "verdict"])
        self.assertEqual(next(row for row in loaded if row["kind"] == "verdict")["why"], "inf")

    def test_the_command_line(self):
        good, bad = self.write(samples.text(samples.killed())), self.write("{}\n", "bad.jsonl")
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(records.main(["validate", str(good)]), 0)
            self.assertEqual(records.main(["validate", str(good), str(bad)]), 5)
            self.assertEqual(records.main([]), 5)
        self.assertIn("without its end", out.getvalue())
        self.assertIn(f"{bad}:1: ", err.getvalue())


class Rules(Files):
    """Each rule is broken once, in rows that are otherwise right."""

    def broken(self, expected, change, rows=None):
        rows = copy.deepcopy(rows or samples.finished())
        change(rows)
        problems = [problem for _, problem in rules.contradictions(records.numeric_rows(list(enumerate(rows, 1))))]
        self.assertTrue(any(expected in problem for problem in problems), f"nobody saw it: {problems[:3]}")

    @staticmethod
    def first(rows, kind, **where):
        return next(row for row in rows if row["kind"] == kind and all(row[key] == value for key, value in where.items()))

    def test_the_run_comes_first(self):
        self.broken("did not start in this file", lambda rows: rows.append(rows.pop(0)))

    def test_nothing_follows_the_end(self):
        self.broken("after the end of its run", lambda rows: rows.insert(len(rows), rows.pop(-2)))

    def test_static_facts_and_ceilings_come_before_what_needs_them(self):
        for kind, expected in (("static", "after the first check"), ("ceiling", "after the first timing")):
            self.broken(expected, lambda rows: rows.insert(-1, rows.pop(rows.index(self.first(rows, kind)))))

    def test_a_row_stands_once(self):
        self.broken("stands twice", lambda rows: rows.insert(-1, copy.deepcopy(self.first(rows, "claim"))))

    def test_ids_are_made_of_their_parts(self):
        self.broken("should read", lambda rows: self.first(rows, "verdict").update(variant="cpu_other"))

    def test_a_pass_keeps_its_bound(self):
        self.broken("passes with ratio 1.01", lambda rows: self.first(rows, "verdict").update(ratio=1.01))
        self.broken("passes with ratio nan", lambda rows: self.first(rows, "verdict").update(ratio="nan"))

    def test_a_failure_says_why(self):
        self.broken("gives no message", lambda rows: self.first(rows, "verdict").update(status="fail"))

    def test_a_check_agrees_with_its_numbers(self):
        self.broken("its numbers say otherwise", lambda rows: self.first(rows, "claim")["checks"][0].update(lhs=1e9))

    def test_a_pass_rejects_its_controls(self):
        self.broken("control was not rejected", lambda rows: self.first(rows, "claim")["controls"][0].update(rejected=False))
        self.broken("without a control", lambda rows: self.first(rows, "claim").update(controls=[]))
        self.broken("by a check that holds", lambda rows: self.first(rows, "claim")["controls"][0]["check"].update(lhs=0.0, holds=True))

    def test_sums_over_checks(self):
        self.broken("used 0.5 is not", lambda rows: self.first(rows, "claim").update(used=0.5))
        self.broken("margin is not", lambda rows: self.first(rows, "claim").update(margin=0.9))
        self.broken("alpha is not", lambda rows: self.first(rows, "claim").update(alpha=0.9))
        self.broken("none of its checks", lambda rows: self.first(rows, "claim").update(unproven=["something else"]))

    def test_no_time_without_a_verdict(self):
        def fail(rows):
            timed = self.first(rows, "measurement")
            self.first(rows, "verdict", id=timed["id"]).update(status="fail", message="wrong")

        self.broken("has no passing verdict", fail)

    def test_efficiency_is_floor_over_median(self):
        self.broken("is not its floor", lambda rows: self.first(rows, "measurement").update(efficiency=0.2))

    def test_a_series_is_rectangular_and_belongs_to_a_claim(self):
        self.broken("does not have 2 values", lambda rows: self.first(rows, "series")["rows"][0].append(1.0))
        self.broken("which is not in its run", lambda rows: self.first(rows, "series").update(id="claim/nobody/knows"))

    def test_the_end_counts_the_rows(self):
        self.broken("pass, the file holds", lambda rows: rows[-1]["counts"].update({"pass": 1}))
        self.broken("ran, the file holds", lambda rows: rows[-1].update(ran=1))
        self.broken("exit code 0 although less than planned", lambda rows: rows[-1].update(planned=10**6))
        self.broken("checks do not pass", lambda rows: rows[-1].update(exit=0), samples.failing())

    def test_shares(self):
        def share(lhs, rhs, slack):
            return rules.share({"lhs": lhs, "rhs": rhs, "slack": slack})

        self.assertEqual(
            [share(0.5, 1, 0), share(-1, 1, 0), share(3, 0, 4), share(0, 0, 0), share(1, 0, 0), share(-3, -2, 0)],
            [0.5, 0, 0.75, 0, float("inf"), 0],
        )
        self.assertEqual(share(float("nan"), 1, 1), float("inf"))


if __name__ == "__main__":
    unittest.main()
