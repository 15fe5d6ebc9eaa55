"""The page stands on its own, says the truth in its headline, and is the same at every rendering."""

import contextlib
import copy
import html.parser
import io
import pathlib
import re
import shutil
import tempfile
import unittest

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports import figures, page, summary
from tests.reports import samples

VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}


class Parsed(html.parser.HTMLParser):
    """Ids, links and drawings of a page, and whether its tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.svgs, self.open, self.wrong, self.text = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.ids.append(found["id"])
        self.links += [found[name] for name in ("href", "src", "xlink:href") if name in found]
        if tag == "svg":
            self.svgs.append(found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        self.text.append(data)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.built = {}

    def files(self, *names):
        paths = [self.folder / f"{name}.jsonl" for name in names]
        for name, path in zip(names, paths):
            path.write_text(samples.text(samples.SAMPLES[name]()), encoding="utf-8")
        return [str(path) for path in paths]

    def make(self, paths, out, *more):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            code = page.main([*paths, "-o", str(out), *more])
        return code, stderr.getvalue()

    def build(self, *names):
        """(html, summary, exit code) of samples, made once."""
        if names not in self.built:
            out = self.folder / "-".join(names)
            code, _ = self.make(self.files(*names), out)
            self.built[names] = ((out / "index.html").read_text(encoding="utf-8"), (out / "summary.md").read_text(encoding="utf-8"), code)
        return self.built[names]

    def headline(self, *names):
        return re.search(r"<h1[^>]*>(.*?)</h1>", self.build(*names)[0])[1]

    def deck(self, *names):
        return "".join(Parsed(re.search(r'<p class="deck">.*?</p>', self.build(*names)[0], re.S)[0]).text).strip()

    def rows_page(self, rows, name):
        path = self.folder / f"{name}.jsonl"
        path.write_text(samples.text(rows), encoding="utf-8")
        code, said = self.make([str(path)], self.folder / name)
        return code, said, (self.folder / name / "index.html").read_text(encoding="utf-8")


class Headlines(Pages):
    def test_all_well(self):
        self.assertEqual(self.headline("finished"), "226 checks pass; 28 not run: no GPU on this machine.")
        self.assertIn("No base given. Exit code 0", self.deck("finished"))

    def test_failures_come_first(self):
        self.assertEqual(self.headline("failing"), "4 fail; 1 broke; 1 vacuous; 219 checks pass.")
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
        self.assertIn("<h1>Stopped after 226 of 300: 226 checks pass", self.rows_page(rows, "stopped")[2])

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
        self.assertTrue(self.headline("finished", "failing").startswith("4 fail; 1 broke; 1 vacuous; "))

    def test_contradicting_records_are_said_to(self):
        rows = samples.finished()
        rows[-1]["counts"]["pass"] = 999
        code, said, text = self.rows_page(rows, "contradiction")
        self.assertEqual(code, 5)
        self.assertIn("contradiction.jsonl:294: end counts 999 pass", said)
        self.assertIn("The records contradict themselves", text)


class Structure(Pages):
    names = [("finished",), ("failing",), ("killed",), ("empty",), ("skipped",), ("first",), ("many",), ("finished", "gpu", "sanitised")]

    def test_two_renderings_are_the_same_bytes(self):
        for name in ("finished", "failing"):
            paths, once, twice = self.files(name), self.folder / f"{name}-1", self.folder / f"{name}-2"
            self.make(paths, once)
            self.make(paths, twice)
            files = sorted(path.relative_to(once) for path in once.rglob("*") if path.is_file())
            self.assertEqual(files, sorted(path.relative_to(twice) for path in twice.rglob("*") if path.is_file()))
            self.assertIn(pathlib.Path("data/roofline.csv"), files)
            for file in files:
                self.assertEqual((once / file).read_bytes(), (twice / file).read_bytes(), file)

    def test_the_page_needs_nothing_else(self):
        for names in self.names:
            text, _, code = self.build(*names)
            with self.subTest(names):
                found = Parsed(text)
                self.assertEqual(code, 0)
                self.assertEqual((found.wrong, found.open), ([], []))
                self.assertEqual([link for link in found.links if "http" in link or link.startswith("//")], [])
                self.assertNotIn("<script", text)
                self.assertNotIn("@import", text)
                self.assertLess(len(text.encode()), 2_000_000)

    def test_links_lead_somewhere_and_ids_are_unique(self):
        for names in self.names:
            found = Parsed(self.build(*names)[0])
            with self.subTest(names):
                self.assertEqual(len(found.ids), len(set(found.ids)))
                self.assertEqual({link[1:] for link in found.links if link.startswith("#")} - set(found.ids), set())

    def test_clips_and_markers_of_drawings_exist(self):
        text = self.build("finished")[0]
        self.assertEqual(set(re.findall(r"url\(#([^)]+)\)", text)) - set(Parsed(text).ids), set())

    def test_drawings_have_words(self):
        for names in self.names:
            for svg in Parsed(self.build(*names)[0]).svgs:
                with self.subTest(names):
                    self.assertTrue(svg.get("aria-hidden") == "true" or len(svg.get("aria-label", "")) > 10, svg)

    def test_drawings_follow_the_theme(self):
        for drawing in re.findall(r'<svg class="(?:wide|narrow)".*?</svg>', self.build("finished")[0], re.S):
            self.assertEqual(re.findall(r"#[0-9a-f]{6}", drawing), [])

    def test_texts_lie_inside_their_drawings(self):
        canvas = FigureCanvasAgg(Figure(dpi=72))
        for names in (("finished",), ("failing",), ("finished", "gpu"), ("many",)):
            for drawing in re.findall(r'<svg class="(?:wide|narrow)".*?</svg>', self.build(*names)[0], re.S):
                width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing).groups())
                for style, x, y, text in placed(drawing):
                    size = float(re.search(r"font-size:([\d.]+)px", style)[1]) if "font-size" in style else 12.0
                    shown = canvas.figure.text(0, 0, text, fontsize=size, family="DejaVu Sans")
                    reach = shown.get_window_extent(canvas.get_renderer()).width
                    left = x - (reach if "end" in style else reach / 2 if "middle" in style else 0)
                    with self.subTest(names=names, text=text):
                        self.assertTrue(
                            -1 <= left and left + reach <= width + 1 and 0 <= y <= height, (left, left + reach, y, width, height)
                        )

    def test_wrong_usage(self):
        bad = self.folder / "bad.jsonl"
        bad.write_text("{\n", encoding="utf-8")
        code, said = self.make([str(bad)], self.folder / "bad")
        self.assertEqual(code, 5)
        self.assertIn("bad.jsonl:1: ", said)
        self.assertFalse((self.folder / "bad").exists())
        self.assertEqual(self.make([], self.folder / "bad")[0], 5)
        code, said = self.make(self.files("empty"), bad / "below a file")
        self.assertEqual(code, 6)
        self.assertIn("cannot write", said)


def placed(drawing):
    """(style, x, y, words) of every level text of a drawing."""
    for style, where, words in re.findall(r'<text style="([^"]*)"([^>]*)>([^<]*)</text>', drawing):
        turned = re.search(r"rotate\((-?[\d.]+)", where)
        if turned and float(turned[1]) != 0:
            continue
        at = re.search(r"translate\((-?[\d.]+)[ ,]+(-?[\d.]+)\)", where)
        x, y = at.groups() if at else (re.search(rf'\b{axis}="(-?[\d.]+)"', where)[1] for axis in "xy")
        yield style, float(x), float(y), words.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")


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


class Plots(Pages):
    def plots(self, name, source):
        folder = self.folder / name
        shutil.copytree(figures.PLOTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "a_new_one.py").write_text(source, encoding="utf-8")
        code, said = self.make(self.files("finished"), self.folder / f"{name}-page", "--plots", str(folder))
        return code, said, self.folder / f"{name}-page"

    def test_a_new_plot_is_one_new_file(self):
        readme = (figures.PLOTS.parent / "README.md").read_text(encoding="utf-8")
        code, said, out = self.plots("new", re.search(r"```python\n(.*?)```", readme, re.S)[1])
        text = (out / "index.html").read_text(encoding="utf-8")
        self.assertEqual((code, said), (0, ""))
        self.assertIn('id="fig-a_new_one"', text)
        self.assertIn("A title that says what is found", text)
        self.assertTrue((out / "data" / "a_new_one.csv").read_text(encoding="utf-8").startswith("id,used\n"))
        self.assertEqual(len(re.findall(r'<svg class="wide"', text)), len(list(figures.PLOTS.glob("*.py"))) + 1)

    def test_a_plot_that_raises_does_not_take_the_page_down(self):
        code, said, out = self.plots("broken", "def plot(rows, figure):\n    return {}[1]\n")
        text = (out / "index.html").read_text(encoding="utf-8")
        self.assertEqual(code, 70)
        self.assertIn("plot a_new_one failed: KeyError: 1 (a_new_one.py:2)", said)
        self.assertIn("This figure failed and shows nothing. KeyError: 1", text)
        self.assertIn('<svg class="wide"', text)

    def test_a_file_that_is_no_plot_is_named(self):
        self.assertIn("plot a_new_one failed: SyntaxError", self.plots("syntax", "def plot(:\n")[1])
        self.assertIn("plot a_new_one failed: AttributeError", self.plots("other", "x = 1\n")[1])

    def test_absent_data_is_one_sentence_and_a_command(self):
        text = self.build("empty")[0]
        for name in (path.stem for path in figures.PLOTS.glob("*.py")):
            found = re.search(rf'<figure id="fig-{name}".*?</figure>', text, re.S)[0]
            self.assertRegex(found, r'<p class="note">[^<]+\. <code class="in">assay ')


if __name__ == "__main__":
    unittest.main()
