"""The headline says the truth, and the tables hold what the records hold."""

import copy
import re
import unittest

from reports import summary
from tests.reports import samples
from tests.reports.pages import Pages, Parsed


class Headlines(Pages):
    def test_a_kernel_that_starts_to_spill_is_the_headline(self):
        rows = samples.finished()
        kernel = next(row for row in rows if row["kind"] == "static")
        kernel.update(spills=8, recorded={**kernel["recorded"], "spills": 0}, status="fail", message="spills 8 bytes; 0 are recorded")
        end = rows[-1]
        end["counts"].update({"pass": end["counts"]["pass"] - 1, "fail": 1})
        end["exit"] = 1
        page = self.rows_page(rows, "spilling")[2]
        self.assertIn("<h1>1 fail; 245 checks pass", page)
        self.assertIn("spills 8 bytes; 0 are recorded", page)
        self.assertIn(f"assay explain {kernel['op']}/{kernel['variant']}", page)

    def test_all_well(self):
        self.assertEqual(self.headline("finished"), "246 checks pass; 28 not run: no GPU on this machine.")
        self.assertIn("No base given. Exit code 0", self.deck("finished"))

    def test_failures_come_first(self):
        self.assertEqual(self.headline("failing"), "4 fail; 1 broke; 1 vacuous; 235 checks pass.")
        self.assertIn("a NaN where the truth is finite", self.deck("failing"))
        self.assertIn("Exit code 1", self.deck("failing"))
        text = self.build("failing")[0]
        self.assertLess(text.index('id="failing"'), text.index('class="seen"'))
        for part in (
            "0.0182541",
            "0.0182034",
            "2.4\u00a0×\u00a010⁻⁸",
            "--filter &#39;^tiger_step/cpu_naive/bf16/tensors=ragged_7,fill=normal$&#39;",
            "unproven",
        ):
            self.assertIn(part, text)

    def test_nothing_ran(self):
        self.assertEqual(self.headline("empty"), "Nothing ran: the records hold no check.")
        self.assertEqual(self.headline("skipped"), "Nothing ran: no GPU on this machine.")
        self.assertIn('<h1 class="bad">', self.build("skipped")[0])

    def test_a_killed_run_is_no_success(self):
        self.assertTrue(self.headline("killed").startswith("The run was killed: "))
        self.assertIn("no end", self.deck("killed"))
        self.assertNotIn("Exit code 0", self.build("killed")[0])

    def test_a_stopped_run_says_how_far_it_came(self):
        rows = samples.finished()
        rows[-1].update(planned=300, stopped=True, exit=3)
        self.assertIn("<h1>Stopped after 246 of 300: 246 checks pass", self.rows_page(rows, "stopped")[2])

    def test_reasons_without_a_toolkit(self):
        self.assertEqual(self.headline("first"), "125 checks pass; 9 not run: mainly no CUDA toolkit.")
        self.assertIn('<code class="in">ci/run</code>', self.build("first")[0])

    def test_another_machine_fills_the_gap(self):
        self.assertNotIn("not run", self.headline("finished", "gpu"))
        self.assertIn("NVIDIA H100", self.build("finished", "gpu")[0])

    def test_one_check_of_two_runs_is_one_check_with_its_best_evidence(self):
        text = self.build("finished", "sanitised")[0]
        self.assertEqual(self.headline("finished", "sanitised"), self.headline("finished"))
        self.assertIn(">sanitised</b>", re.sub(r"<svg.*?</svg> ", "", text))

    def test_a_failure_in_one_run_stays_a_failure(self):
        for names in (("finished", "failing"), ("failing", "finished")):
            self.assertTrue(self.headline(*names).startswith("4 fail; 1 broke; 1 vacuous; "))

    def test_contradicting_records_are_said_to(self):
        rows = samples.finished()
        rows[-1]["counts"]["pass"] = 999
        code, said, text = self.rows_page(rows, "contradiction")
        self.assertEqual(code, 5)
        self.assertIn("contradiction.jsonl:302: end counts 999 pass", said)
        self.assertIn("The records contradict themselves", text)


class Contents(Pages):
    def test_the_operator_table(self):
        text = self.build("finished")[0]
        row = re.search(r'<tr id="op-tiger-tiger_accumulate".*?</tr>', text, re.S)[0]
        for part in ("flat_10m", "ms</td>", "emulated", "compiled", "%"):
            self.assertIn(part, row)
        self.assertIn('<b class="und">16</b>', re.search(r'<tr id="op-tiger-tiger_step".*?</tr>', text, re.S)[0])

    def test_peers_stand_next_to_ours(self):
        words = " ".join("".join(Parsed(re.search(r'id="peers".*?</section>', self.build("finished")[0], re.S)[0]).text).split())
        self.assertIn("numpy 2.4.6", words)
        self.assertIn("cpu_simd", words)
        self.assertRegex(words, r"9\.\d+×")

    def test_claims_show_their_controls(self):
        row = re.search(r'<tr role="row" id="claim-score_wasserstein-tight-translation".*?</tr>', self.build("finished")[0], re.S)[0]
        for part in ("3 of 3", "For a constant offset", "kexue.fm 9467", "48\u00a0%", "exact"):
            self.assertIn(part, row)

    def test_more_than_ten_claims_are_folded(self):
        rows = samples.finished()
        claim = next(row for row in rows if row["kind"] == "claim")
        for k in range(20):
            rows.insert(-1, {**copy.deepcopy(claim), "id": f"{claim['id']}-{k}"})
        rows[-1]["counts"]["pass"] += 20
        rows[-1].update(planned=rows[-1]["planned"] + 20, ran=rows[-1]["ran"] + 20)
        self.assertIn("<summary>The other 18 claims</summary>", self.rows_page(rows, "claims")[2])

    def test_sanitised_times_are_no_times(self):
        rows = samples.finished()
        rows[0]["sanitised"] = True
        text = self.rows_page(rows, "slow")[2]
        self.assertNotIn("All 11 timings", text)
        self.assertIn("Nothing was timed", text)

    def test_many_checks_share_a_mark(self):
        text = self.build("many")[0]
        self.assertIn("Each mark is ten checks", text)
        self.assertIn('<details open><summary><span class="mono">tiger</span>: 50 operators', text)

    def test_words_from_records_are_escaped(self):
        rows = samples.finished()
        claim = next(row for row in rows if row["kind"] == "claim")
        claim["statement"] = "<script>alert(1)</script> & more"
        text = self.rows_page(rows, "escaped")[2]
        self.assertNotIn("<script", text)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", text)


class Summary(Pages):
    def test_it_stays_within_its_budget(self):
        text = self.build("many")[1]
        self.assertLess(len(text.encode()), summary.MOST_BYTES)
        self.assertRegex(text, r"\d+ more rows in index.html")
        self.assertTrue(text.startswith("## 300 fail; 4700 checks pass."))

    def test_it_is_complete_where_it_fits(self):
        text = self.build("failing")[1]
        self.assertNotIn("more row", text)
        self.assertLess(text.index("What does not pass"), text.index("holds"))
        self.assertLess(text.index("| FAIL |"), text.index("| VACUOUS |"))

    def test_cells_do_not_break_the_table(self):
        text = self.build("many")[1]
        for line in text.splitlines():
            if line.startswith("| FAIL"):
                self.assertEqual(len(re.findall(r"(?<!\\)\|", line)), 6, line)


if __name__ == "__main__":
    unittest.main()
