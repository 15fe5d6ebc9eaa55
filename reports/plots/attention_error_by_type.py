import math

from reports import wording as w
from reports.drawing import COLOUR, SMALL, axes, decade_text, decades, narrow, say
from reports.statistics import Findings, median, severity

FIRST, LAST, BINS = 1e-3, 5.0, 12  # of the axis, bins a decade; what lies outside is counted in the outermost ones
EXACT = FIRST / 2
BACKENDS = (("cpu", "blue", "CPU"), ("simt", "amber", "CUDA source, emulated"), ("cuda", "green", "GPU"))  # from below
OPS = r"attention_(fwd|bwd)"


def plot(rows, figure):
    """How much of its bound each type uses

    Cases of attention, forward and backward, by their largest error over its bound, one panel for each type of storage. Where numbers are stored
    in 16 bits the rounding of what is stored is most of the bound, and some element of every case comes close to it; in fp32 the bound is that of sums and
    powers, whose errors add up to less than they could. In the shaded region no case may lie.
    """
    command = f"assay verify --filter '^{OPS}/'"
    checks = [check for check in Findings(rows).of("verdict") if check.row["role"] == "ours" and check.row["op"] in ("attention_fwd", "attention_bwd")]
    checks = [check for check in checks if check.used is not None]
    if not checks:
        return {"absent": "No attention was verified, so there is no error to draw.", "command": command}
    store = {check.row["types"]: check.row["numerics"]["store"] for check in checks}
    types = sorted(store, key=lambda name: (store[name], name))
    shares = {name: [(severity(check.used), check.row["backend"]) for check in checks if check.row["types"] == name] for name in types}
    middle = {name: float(median([share for share, _ in shares[name] if share > 0] or [0])) for name in types}
    _draw(figure, types, shares, middle)
    beyond = sum(share > 1 for name in types for share, _ in shares[name])
    return {
        "title": f"{w.plural(beyond, 'case')} of {w.whole(len(checks))} {w.verb(beyond, 'errs', 'err')} beyond the bound"
        if beyond
        else "Share of its bound that attention uses: " + w.listed(f"{w.percent(middle[name])} in {name}" for name in types),
        "command": command,
        "columns": ["types", "backend", "cases", "exact", "median of the others", "worst"],
        "rows": [
            [name, backend, len(mine), sum(share == 0 for share in mine), float(median([share for share in mine if share > 0] or [0])), max(mine)]
            for name in types
            for backend, *_ in BACKENDS
            if (mine := [share for share, where in shares[name] if where == backend])
        ],
        "alt": f"Histograms on a logarithmic axis of error over bound for {w.plural(len(checks), 'case')}. Medians of the cases that are not exact: "
        + w.listed(f"{w.number(middle[name], 2)} in {name}" for name in types)
        + f". {w.plural(beyond, 'case')} {w.verb(beyond, 'lies', 'lie')} beyond the bound.",
    }


def _bin(share):
    if share == 0:
        return None
    first, last = (round(BINS * math.log10(end)) for end in (FIRST, LAST))
    return min(max(math.ceil(BINS * math.log10(share) - 1e-9) - 1, first), last - 1) if math.isfinite(share) else last - 1


def _draw(figure, types, shares, middle):
    small = narrow(figure)
    panel, gap, top, bottom = 96, 30, 56, 46
    height = top + bottom + len(types) * panel + (len(types) - 1) * gap
    counts = {}
    for name in types:
        for share, backend in shares[name]:
            counts[name, backend, _bin(share)] = counts.get((name, backend, _bin(share)), 0) + 1
    bins = sorted({key[2] for key in counts if key[2] is not None} | {None}, key=lambda one: (one is not None, one))
    for index, name in enumerate(types):
        above = top + index * (panel + gap)
        last = index == len(types) - 1
        most = max(sum(counts.get((name, backend, one), 0) for backend, *_ in BACKENDS) for one in bins)
        wrong = sum(share > 1 for share, _ in shares[name])
        frame = axes(figure, height, left=40, top=above, bottom=height - above - panel, x="Largest error of a case ÷ its bound" if last else "")
        frame.set(xscale="log", xlim=(EXACT / 1.4, LAST), ylim=(0, 1.4 * most))
        frame.axvspan(1, LAST, color=COLOUR["forbid"], linewidth=0, zorder=0)
        frame.axvline(1, color=COLOUR["verm"], linewidth=1.6, zorder=3)
        ticks = decades(FIRST, 1)
        frame.set_xticks([EXACT, *ticks[1:]], ["exact", *map(decade_text, ticks[1:])])
        frame.minorticks_off()
        frame.locator_params(axis="y", nbins=3, integer=True)
        for one in bins:
            low, high = (EXACT / 1.1, EXACT * 1.1) if one is None else (10 ** (one / BINS), 10 ** ((one + 1) / BINS))
            foot = 0
            for backend, colour, _ in BACKENDS:
                count = counts.get((name, backend, one), 0)
                if count:
                    frame.bar(
                        low,
                        count,
                        high - low,
                        foot,
                        align="edge",
                        color=COLOUR["verm" if one is not None and one >= 0 else colour],
                        edgecolor=COLOUR["bg"],
                        linewidth=0.8,
                        zorder=2,
                    )
                foot += count
        frame.axvline(middle[name] or EXACT, color=COLOUR["ink"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
        say(frame, FIRST * 1.1, 1.2 * most, name, fontweight="bold")
        say(frame, FIRST * (3.6 if small else 2.6), 1.2 * most, f"median {w.number(middle[name], 2)}", "muted", fontsize=SMALL)
        if wrong:
            say(frame, 1.1, 1.2 * most, f"{wrong} beyond", "verm-t", halo="hf", fontsize=SMALL, fontweight="bold")
    width = figure.get_figwidth() * 72
    figure.text(4 / width, 1 - 40 / height, "Cases", color=COLOUR["muted"], fontsize=12, va="center")
    at = 4
    for backend, colour, words in BACKENDS:
        if any(key[1] == backend for key in counts):
            figure.text(at / width, 1 - 14 / height, "■ " + words, color=COLOUR[colour + "-t"], fontsize=SMALL, va="center")
            at += 34 + 6.6 * len(words)
