"""Pages of samples for the tests, made once, and a parser of what they need to know."""

import contextlib
import html.parser
import io
import pathlib
import re
import tempfile
import unittest

from reports import page
from tests.reports import samples

FOLDER = tempfile.TemporaryDirectory()  # removed when the tests end
BUILT = {}  # pages by the names of their samples
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
    folder, built = pathlib.Path(FOLDER.name), BUILT

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
        return re.search(r"<h1[^>]*>(.*?)</h1>", self.build(*names)[0])[1].replace("\u00a0", " ")

    def deck(self, *names):
        return "".join(Parsed(re.search(r'<p class="deck">.*?</p>', self.build(*names)[0], re.S)[0]).text).strip()

    def rows_page(self, rows, name):
        path = self.folder / f"{name}.jsonl"
        path.write_text(samples.text(rows), encoding="utf-8")
        code, said = self.make([str(path)], self.folder / name)
        return code, said, (self.folder / name / "index.html").read_text(encoding="utf-8")
