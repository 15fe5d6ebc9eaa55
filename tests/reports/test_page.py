"""The page stands on its own and is the same at every rendering."""

import pathlib
import re
import unittest

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.reports.pages import Pages, Parsed


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


if __name__ == "__main__":
    unittest.main()
