"""Figures of the page: every file of plots/ is one, drawn twice (wide and narrow) as SVG that follows the page's colours."""

import csv
import dataclasses
import importlib.util
import inspect
import io
import pathlib
import re
import traceback

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports import wording as w
from reports.drawing import COLOUR

PLOTS = pathlib.Path(__file__).parent / "plots"
WIDE, NARROW = 560, 350  # pixels
MOST_ROWS = 200  # of a data table on the page; the CSV has all
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "assay",
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.unicode_minus": True,
    "path.simplify": False,
    "axes.linewidth": 1,
    "svg.image_inline": True,
}


@dataclasses.dataclass
class Drawn:
    name: str
    title: str
    caption: str = ""
    alt: str = ""
    wide: str = ""
    narrow: str = ""
    columns: list = dataclasses.field(default_factory=list)
    rows: list = dataclasses.field(default_factory=list)
    command: str = ""
    absent: str = ""
    failure: str = ""
    most_rows: int = MOST_ROWS

    @property
    def shown(self):
        return [[w.number(value, 6) if isinstance(value, float) else value for value in row] for row in self.rows[: self.most_rows]]

    @property
    def left_out(self):
        return len(self.rows) - len(self.shown)

    def csv(self):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([self.columns, *self.rows])
        return text.getvalue()


def _load(path):
    spec = importlib.util.spec_from_file_location(f"reports.plots.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.plot


def _svg(plot, rows, width, prefix):
    """(what the plot returned, SVG text or nothing)."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width / 72, 400 / 72), dpi=72)
        FigureCanvasAgg(figure)  # measures text while a plot places its labels
        result = plot(rows, figure) or {"absent": "These records hold nothing for this figure."}
        if "absent" in result:
            return result, ""
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return result, clean(out.getvalue(), prefix)


def _text_style(found):
    """Keeps what the page's stylesheet does not say: size, weight and anchor of a text."""
    kept = []
    for part in found[1].split(";"):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            kept += [f"font-size:{float(size[1]):g}px"] if size else []
            kept += ["font-weight:600"] if re.match(r"(bold|[6-9]00)\b", value) else []
        elif name == "font-size":
            kept.append(f"font-size:{float(value.removesuffix('px')):g}px")
        elif name == "font-weight":
            kept.append("font-weight:600")
        elif name in ("text-anchor", "fill", "opacity"):
            kept.append(f"{name}:{value}")
    return f'<text style="{";".join(kept)}"'


def clean(svg, prefix):
    """Inline SVG for HTML: no prolog, sizes, fonts or unused ids; colours are the page's variables; two decimals are enough."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r'<defs>\s*<style type="text/css">.*?</style>\s*</defs>', "", svg, flags=re.S)
    svg = re.sub(r"<svg[^>]*?(viewBox=\"[^\"]*\")[^>]*>", r"<svg \1>", svg, count=1)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r'<text style="([^"]*)"', _text_style, svg)
    svg = re.sub(r'id="class ([^"]*)"', r'class="\1"', svg)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: f' id="{prefix}-{found[1]}"' if found[1] in used else "", svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\1{prefix}-", svg)
    for name, sentinel in COLOUR.items():
        svg = svg.replace(sentinel, "currentcolor" if name == "ink" else f"var(--{name})")
    svg = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), svg)
    svg = re.sub(r"\s*\n\s*", " ", svg)
    return re.sub(r"> <", "><", svg).strip()


def draw(path, rows, command):
    """One file of plots/; a plot that raises becomes a figure that says so."""
    name = path.stem
    figure = Drawn(name, name.replace("_", " "), command=command)
    try:
        plot = _load(path)
        title, _, caption = (inspect.getdoc(plot) or figure.title).partition("\n")
        figure.title, figure.caption = title.strip().rstrip("."), re.sub(r"\s+", " ", caption).strip()
        result, wide = _svg(plot, rows, WIDE, f"{name}-w")
        if "absent" in result:  # the docstring's title is a finding, and there is none
            figure.title = name.replace("_", " ").capitalize()
        for key in ("title", "caption", "alt", "columns", "command", "absent"):
            setattr(figure, key, result.get(key, getattr(figure, key)))
        figure.rows = [list(row) for row in result.get("rows", ())]
        if not figure.absent:
            figure.wide, figure.narrow = wide, _svg(plot, rows, NARROW, f"{name}-n")[1]
    except Exception as error:  # whatever a plot raises, the page stands
        place = traceback.extract_tb(error.__traceback__)[-1]
        figure.failure = f"{type(error).__name__}: {error} ({pathlib.Path(place.filename).name}:{place.lineno})"
        figure.wide = figure.narrow = ""
    return figure


def drop_tables(drawn):
    """For a page that would grow too large: the data stands in the CSV files alone."""
    for figure in drawn:
        figure.most_rows = 0


def draw_all(rows, folder=PLOTS):
    """Figures in the order of their files' names."""
    command = next((row["command"] for row in rows if row["kind"] == "run"), "assay run")
    return [draw(path, rows, command) for path in sorted(pathlib.Path(folder).glob("[!_]*.py"))]
