"""One line per subject of marks on a log axis that ends in a forbidden region: shares of an allowance."""

import dataclasses
import math

from matplotlib.ticker import FixedFormatter, FixedLocator

from reports import wording as w
from reports.drawing import COLOUR, SMALL, axes, decade_text, decades, mark, narrow
from reports.statistics import severity

FIRST, LAST = 1e-4, 1e4  # of the axis; what lies outside stands at its edge, with an arrow and its number
EXACT = FIRST / 10
MOST_MARKS, ALWAYS_ABOVE = 60, 0.5
LINE = 36  # pixels
OFFSETS = (0, 0.12, -0.12, 0.24, -0.24, 0.36, -0.36)  # of a line, for marks at the same place


@dataclasses.dataclass
class Mark:
    share: float
    kind: str  # cpu, simt, cuda: cases that must hold; control: must not; failed: should hold and does not


@dataclasses.dataclass
class Line:
    name: str
    marks: list


HOLDING = ("cpu", "simt", "cuda")
LOOK = {
    "cpu": {"colour": "blue"},
    "simt": {"colour": "amber", "filled": False},
    "cuda": {"colour": "green", "shape": "s"},
    "control": {"colour": "verm", "shape": "x"},
    "failed": {"colour": "verm", "shape": "D"},
}


def _place(share):
    if share == 0:
        return EXACT
    return LAST if math.isnan(share) else min(max(share, FIRST), LAST)


def _spread(marks):
    """Vertical offsets that keep marks of one line apart, the same at every rendering."""
    placed, offsets = {}, []
    for one in marks:
        column = round(8 * math.log10(_place(one.share)))
        k = placed[column] = placed.get(column, -1) + 1
        offsets.append(OFFSETS[k % len(OFFSETS)])
    return offsets


def thinned(marks):
    """(marks to draw, (5 %, median, 95 %) or None): many marks become a line, their median and all above a half.

    Exact ones have a place of their own and no part in the line.
    """
    holding = sorted((one for one in marks if one.kind in HOLDING and one.share > 0), key=lambda one: one.share)
    if len(holding) <= MOST_MARKS:
        return marks, None
    at = [holding[min(int(part * len(holding)), len(holding) - 1)].share for part in (0.05, 0.5, 0.95)]
    folded = {id(one) for one in holding[:-1] if one.share <= ALWAYS_ABOVE}
    return [one for one in marks if id(one) not in folded], at


def draw(figure, lines, x, legend):
    """legend: kinds in the order of their words above the axes, kind to words."""
    small = narrow(figure)
    left = 8 if small else min(10 + 7.0 * max(len(line.name) for line in lines), 230)
    top, bottom, step = 52, 46, LINE + (14 if small else 0)
    frame = axes(figure, top + bottom + step * len(lines), left, right=52, top=top, bottom=bottom, x=x)
    frame.set_xscale("log")
    frame.set_xlim(EXACT / 3, LAST * 2)
    frame.set_ylim(len(lines) - 0.5, -0.5)
    figure.text(
        1 - 6 / (72 * figure.get_figwidth()),
        1 - (top - 2) / (72 * figure.get_figheight()),
        "worst",
        color=COLOUR["muted"],
        fontsize=SMALL,
        ha="right",
        va="bottom",
    )
    ticks = [value for value in decades(FIRST * 10, LAST, 5 if small else 8)]
    frame.xaxis.set_major_locator(FixedLocator([EXACT, *ticks]))
    frame.xaxis.set_minor_locator(FixedLocator([]))
    frame.xaxis.set_major_formatter(FixedFormatter(["exact", *map(decade_text, ticks)]))
    frame.yaxis.set_major_locator(FixedLocator(range(len(lines))))
    frame.yaxis.set_major_formatter(FixedFormatter(["" for _ in lines]))
    frame.axvspan(1, LAST * 2, color=COLOUR["forbid"], linewidth=0, zorder=0)
    frame.axvline(1, color=COLOUR["verm"], linewidth=1.6, zorder=1)
    above = frame.get_xaxis_transform()
    for text, colour, ha, factor in (("within", "blue-t", "right", 0.8), ("beyond", "verm-t", "left", 1.25)):
        frame.text(factor, 1, text, transform=above, color=COLOUR[colour], ha=ha, va="bottom", fontsize=12, fontweight="bold")
    for index, line in enumerate(lines):
        _line(frame, index, line, small)
    _legend(figure, legend, {one.kind for line in lines for one in line.marks})
    return frame


def _line(frame, index, line, small):
    if small:
        frame.text(
            0, index - 0.36, line.name, transform=frame.get_yaxis_transform(), fontsize=11.5, color=COLOUR["ink"], va="center"
        ).set_gid("class mono h")
    else:
        frame.annotate(
            line.name,
            (0, index),
            xycoords=frame.get_yaxis_transform(),
            xytext=(-10, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=11.5,
            color=COLOUR["ink"],
        ).set_gid("class mono")
    middle = index + (0.16 if small else 0)
    marks, quantiles = thinned(line.marks)
    if quantiles:
        low, centre, high = map(_place, quantiles)
        frame.plot((low, high), (middle, middle), color=COLOUR["blue"], linewidth=2, solid_capstyle="butt", zorder=2)
        mark(frame, [centre], [middle], shape="|", size=60)
    offsets = dict(zip(map(id, marks), _spread(marks)))
    for kind, look in LOOK.items():
        for beyond in (False, True):  # what lies beyond the axis is an arrow at its edge
            chosen = [one for one in marks if one.kind == kind and (not one.share <= LAST) == beyond]
            if chosen:
                scale = 0.7 if small else 1
                mark(
                    frame,
                    [_place(one.share) for one in chosen],
                    [middle + scale * offsets[id(one)] for one in chosen],
                    **{"size": 20, **look, **({"shape": ">"} if beyond else {})}
                )
    true = [one for one in line.marks if one.kind != "control"]
    worst = max(true, key=lambda one: severity(one.share)).share
    text = "exact" if worst == 0 else w.percent(worst) if worst <= 1 else w.times(worst) if math.isfinite(worst) else w.number(worst)
    frame.annotate(
        text,
        (1, middle),
        xycoords=frame.get_yaxis_transform(),
        xytext=(46, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=SMALL,
        color=COLOUR["verm-t" if not worst <= 1 else "blue-t"],
    )


def _legend(figure, legend, present):
    width, height = figure.get_size_inches() * 72
    frame = figure.add_axes((0, 1 - 22 / height, 1, 22 / height))
    frame.set(xlim=(0, width), ylim=(0, 22))
    frame.axis("off")
    at = 8
    for kind, words in legend.items():
        if kind not in present:
            continue
        mark(frame, [at], [11], size=20, **LOOK[kind])
        frame.text(at + 9, 11, words, fontsize=SMALL, color=COLOUR["muted"], va="center")
        at += 26 + 6.6 * len(words)
