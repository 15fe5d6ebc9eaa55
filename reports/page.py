"""The page that a user reads: `python -m reports.page RECORDS... -o DIR` writes index.html, summary.md and data/*.csv.

Exit codes: 0 written; 5 a record file cannot be used or contradicts itself; 6 the page cannot be written; 70 a plot failed.
"""

import argparse
import pathlib
import re
import sys

import jinja2
from markupsafe import Markup, escape

from reports import figures, operators, provenance, summary, theory, timings, verdict
from reports import wording as w
from reports.records import BadRecords, load
from reports.statistics import Findings, natural

HERE = pathlib.Path(__file__).parent
MOST_BYTES = 2_000_000  # of the page
NUMBERS = ("no", "one", "two", "three", "four", "five")


def _wbr(value):
    """Long ids break after a slash or a comma; they are never cut."""
    return Markup(re.sub(r"([/,])", r"\1<wbr>", str(escape(value))))


def _drawing(svg, size, alt):
    return Markup(svg.replace("<svg ", f'<svg class="{size}" role="img" aria-label="{escape(alt)}" ', 1))


def _environment():
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(wbr=_wbr, drawing=_drawing, percent=w.percent, ratio=w.ratio, in_words=lambda count: NUMBERS[count])
    return environment


def _tally(findings):
    rows = [
        ("ok", "ok", findings.count("pass"), "pass"),
        ("bad", "bad", findings.count("fail"), "fail"),
        ("err", "bad", findings.count("error"), "error"),
        ("vac", "vac", findings.count("vacuous"), "vacuous"),
        ("cmp", "cmp", len(findings.skips), "not run"),
    ]
    return [(icon, tone, w.whole(count), word) for icon, tone, count, word in rows if count]


def _figures_heading(findings, drawn):
    shown = [figure for figure in drawn if figure.wide]
    if not shown:
        return "No figure has data"
    return (
        "Failures stand beyond the line"
        if findings.failing
        else "No true case crosses its line, and every broken one does" if findings.checks else "What was timed"
    )


def build(rows, contradictions, paths, folder, plots=figures.PLOTS):
    """(the page, the summary, the figures) of rows as records.load returns them."""
    findings = Findings(rows)
    sentence, tone = verdict.headline(findings)
    icon, deck_tone, bold, rest = verdict.deck(findings, contradictions)
    drawn = figures.draw_all(rows, plots)
    peers = timings.peers(findings)
    view = {
        "title": sentence.rstrip("."),
        "headline": sentence,
        "tone": tone,
        "checks": findings.checks,
        "contradictions": contradictions,
        "deck": {"icon": icon, "tone": deck_tone, "bold": bold, "rest": rest},
        "kicker": provenance.kicker(findings),
        "facts": provenance.facts(findings),
        "failing": verdict.failing_rows(findings),
        "matrix": theory.matrix(findings),
        "nearest": verdict.nearest(findings),
        "not_run": verdict.not_run(findings),
        "operators": operators.operators(findings),
        "variants": operators.variants(findings),
        "timings": timings.timings(findings),
        "peers": peers,
        "noise": w.percent(timings.noise(findings)) if timings.noise(findings) else "",
        "peers_heading": timings.peers_heading(peers) if peers else "",
        "statics": sorted(findings.statics, key=lambda row: (-row["spills"], natural(row["id"]))),
        "claims": theory.claims(findings),
        "laws": theory.laws(findings),
        "figures": drawn,
        "figures_heading": _figures_heading(findings, drawn),
        "provenance": provenance.provenance(findings, paths, folder),
        "tally": _tally(findings),
        "sections": [
            ("verdict", "Verdict"),
            ("operators", "Operators"),
            ("peers", "Peers"),
            ("claims", "Claims"),
            ("figures", "Figures"),
            ("reading", "How to read"),
            ("provenance", "Provenance"),
        ],
        "style": Markup((HERE / "style.css").read_text(encoding="utf-8")),
    }
    template = _environment().get_template("page.html.j2")
    page = template.render(view)
    if len(page.encode()) > MOST_BYTES:  # the CSV files hold all rows of a figure
        figures.drop_tables(drawn)
        page = template.render(view)
    return page.strip() + "\n", summary.markdown(view), drawn


def write(folder, page, text, drawn):
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(page, encoding="utf-8")
    (folder / "summary.md").write_text(text, encoding="utf-8")
    for figure in drawn:
        if figure.rows:
            (folder / "data" / f"{figure.name}.csv").write_text(figure.csv(), encoding="utf-8")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m reports.page", description="Writes the report of record files.")
    parser.add_argument("records", nargs="+", help="record files (JSON Lines)")
    parser.add_argument("-o", "--out", required=True, help="folder for index.html, summary.md and data/")
    parser.add_argument("--plots", default=figures.PLOTS, help="folder of plots (default: reports/plots)")
    try:
        asked = parser.parse_args(arguments)
    except SystemExit as stop:  # argparse has said why
        return 5 if stop.code else 0
    try:
        rows, contradictions = load(asked.records)
    except BadRecords as error:
        print(f"reports.page: {error}", file=sys.stderr)
        return 5
    folder = pathlib.Path(asked.out)
    page, text, drawn = build(rows, contradictions, asked.records, folder, asked.plots)
    try:
        write(folder, page, text, drawn)
    except OSError as error:
        print(f"reports.page: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 6
    for problem in contradictions:
        print(f"reports.page: {problem}", file=sys.stderr)
    failed = [figure for figure in drawn if figure.failure]
    for figure in failed:
        print(f"reports.page: plot {figure.name} failed: {figure.failure}", file=sys.stderr)
    return 70 if failed else 5 if contradictions else 0


if __name__ == "__main__":
    sys.exit(main())
