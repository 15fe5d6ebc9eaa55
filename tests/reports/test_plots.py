"""A plot is one new file; one that fails does not take the page down."""

import re
import shutil
import unittest

from reports import figures
from tests.reports.pages import Pages


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
        self.assertEqual(len(re.findall(r'<svg class="wide"', text)), len(re.findall(r'<svg class="wide"', self.build("finished")[0])) + 1)

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
