"""How figures are drawn: the page's colours, calm axes, log ticks, labels that do not collide. For reports/plots/*.py.

A figure is drawn at 72 dpi, so one point is one pixel of the page. Colours are sentinels that the page replaces by its
variables, so that one drawing serves light, dark and print.
"""

import math

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reports import wording as w

VARIABLES = (
    "ink",
    "muted",
    "line",
    "line2",
    "blue",
    "green",
    "verm",
    "amber",
    "purple",
    "grey",
    "blue-t",
    "green-t",
    "verm-t",
    "amber-t",
    "forbid",
    "band",
    "bg",
)
COLOUR = {name: f"#0a{17 + index:02x}01" for index, name in enumerate(VARIABLES)}
TEXT, SMALL = 12, 11


def narrow(figure):
    """True for the drawing that phones and print show."""
    return figure.get_figwidth() * 72 < 450


def axes(figure, height, left, right=14, top=34, bottom=46, x="", y=""):
    """Axes in a figure of that height; margins in pixels. y names the vertical axis above it, horizontally."""
    width = figure.get_figwidth() * 72
    figure.set_size_inches(width / 72, height / 72)
    frame = figure.add_axes((left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height))
    frame.set_facecolor("none")
    frame.grid(color=COLOUR["line"], linewidth=1)
    frame.set_axisbelow(True)
    for side, spine in frame.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(COLOUR["line2"])
    frame.tick_params(length=0, labelsize=TEXT, labelcolor=COLOUR["muted"], pad=6, which="both")
    if y:
        figure.text(4 / width, 1 - 12 / height, y, color=COLOUR["muted"], fontsize=TEXT, va="center")
    if x:
        figure.text(1 - right / width, 10 / height, x, color=COLOUR["muted"], fontsize=TEXT, ha="right", va="center")
    return frame


def decades(low, high, most=7):
    """Powers of ten from low to high, thinned to at most `most`."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return [10.0**exponent for exponent in range(first, last + 1) if exponent % step == 0]


def decade_text(value):
    exponent = round(math.log10(value))
    return f"{value:g}" if -1 <= exponent <= 3 else w.power_of_ten(exponent)


def log_ticks(axis, low, high, most=7):
    axis.set_major_locator(FixedLocator(decades(low, high, most)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: decade_text(value)))


def padded(values, factor=2.0):
    """Limits of a log axis around positive values."""
    return min(values) / factor, max(values) * factor


def say(frame, x, y, text, colour="ink", halo="h", **more):
    """Text at data coordinates, with a halo in the colour of what is behind it ("h" paper, "hf" the forbidden region)."""
    shown = frame.text(x, y, text, color=COLOUR[colour], **{"fontsize": TEXT, "va": "center", **more})
    if halo:
        shown.set_gid("class " + halo)
    return shown


def key(frame, entries, x=0.97, y=0.95, ha="right"):
    """Names of curves, in their colours, one below the other from (x, y) of the axes: (text, colour)."""
    line = 17 / (frame.get_position().height * frame.figure.get_figheight() * 72)
    for k, (text, colour) in enumerate(entries):
        frame.text(x, y - k * line, text, transform=frame.transAxes, color=COLOUR[colour], fontsize=TEXT, ha=ha, va="top").set_gid("class h")


def name_ends(frame, x, ends):
    """Names of curves at x, beside their ends, from the top; moved down where they would touch: (y, text, colour)."""
    to_pixels, before = frame.transData, math.inf
    for y, text, colour in sorted(ends, reverse=True):
        left, height = to_pixels.transform((x, y))
        before = min(height, before - 16)
        say(frame, *to_pixels.inverted().transform((left, before)), text, colour, fontsize=SMALL, clip_on=False)


def _boxes_meet(a, b):
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


def label_points(frame, labels, avoid=()):
    """labels: (x, y, text, colour). Each goes right, left, above or below its point: the first free place within the axes.

    A label that finds no free place is left out: the table below the figure has it.
    """
    renderer = frame.figure.canvas.get_renderer()
    inside = frame.get_window_extent(renderer)
    taken = [text.get_window_extent(renderer) for text in frame.texts if not text.get_rotation()]
    transform = frame.transData.transform
    marks = [transform(point) for point in [*avoid, *((x, y) for x, y, *_ in labels)]]
    for x, y, text, colour in labels:
        shown = say(frame, x, y, text, colour)
        at = transform((x, y))
        places = [
            (9, 0, "left", "center"),
            (-9, 0, "right", "center"),
            (0, 10, "center", "bottom"),
            (0, -10, "center", "top"),
            (8, 9, "left", "bottom"),
            (8, -9, "left", "top"),
            (-8, 9, "right", "bottom"),
            (-8, -9, "right", "top"),
        ]
        for dx, dy, ha, va in places:
            shown.set(position=frame.transData.inverted().transform(at + (dx, dy)), ha=ha, va=va)
            box = shown.get_window_extent(renderer)
            within = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            covers = any(box.x0 - 4 < point[0] < box.x1 + 4 and box.y0 - 4 < point[1] < box.y1 + 4 for point in marks)
            if within and not covers and not any(_boxes_meet(box, other) for other in taken):
                taken.append(box)
                break
        else:
            shown.remove()


def mark(frame, x, y, colour="blue", filled=True, shape="o", size=26, **more):
    """Points; open ones show that something else was seen (emulated, measured, another family)."""
    if shape in "x|_":  # strokes without an inside
        return frame.scatter(x, y, marker=shape, s=size, color=COLOUR[colour], linewidths=1.8, zorder=3, **more)
    face = COLOUR[colour] if filled else COLOUR["bg"]
    return frame.scatter(x, y, marker=shape, s=size, facecolors=face, edgecolors=COLOUR[colour], linewidths=1.4, zorder=3, **more)
