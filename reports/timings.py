"""Measurements: what names a problem, the list of all timings, and peers beside ours."""

import math
import re

from reports import wording as w
from reports.statistics import interval, median

PLAIN = ("cpu_naive", "cpu_plain")


def group_of(row):
    return ("plain" if row["variant"] in PLAIN else "fast") if row["backend"] == "cpu" else row["backend"]


def axes_of(row):
    """The axes of an id, without its fill: what names a problem among those of its op."""
    return row["id"].split("/", 3)[3].rsplit("fill=", 1)[0].rstrip(",")


def _axis(text):
    name, _, value = text.partition("=")
    if not re.fullmatch(r"\d{4,}", value):
        return text
    exponent = int(value).bit_length() - 1
    if int(value) == 1 << exponent:
        return f"{name}=2{str(exponent).translate(w.SUPERSCRIPT)}"
    zeros = len(value) - len(value.rstrip("0"))
    return f"{name}={'' if value.rstrip('0') == '1' else value.rstrip('0') + '·'}{w.power_of_ten(zeros)}" if zeros >= 4 else text


def size_text(axes):
    """Axes as a label: round numbers as powers, and the name of a layout, where it comes first, without its axis."""
    first, *rest = axes.split(",")
    if re.match(r"\w+=[A-Za-z]", first):
        first = first.partition("=")[2]
    return " ".join(map(_axis, [first, *rest])) if axes else "one size"


def timed(findings, role=("ours",)):
    return [row for row in findings.measurements if row["role"] in role]


def median_time(row):
    return median(row["seconds"])


def timings(findings):
    rows = []
    for row in findings.measurements:
        low, high = interval(row["seconds"])
        rows.append(
            {
                "id": row["id"],
                "backend": row["backend"],
                "caches": "cold" if row["cold"] else "hot",
                "median": w.seconds(median_time(row)),
                "interval": f"{w.seconds(low)} to {w.seconds(high)}" if low else "–",
                "percent": w.percent(row["efficiency"]),
                "efficiency": row["efficiency"],
                "ceiling": row["ceiling"],
                "samples": len(row["seconds"]),
                "repro": row["repro"],
            }
        )
    return sorted(rows, key=lambda row: (row["efficiency"], row["id"], row["caches"]))


def _peer(row):
    """Name and version; the version often says the name."""
    name, version = row["variant"].removeprefix("peer_"), row.get("idea", "")
    return version if version.lower().startswith(name.lower()) else f"{name} {version}".strip()


def peers(findings):
    """Peers beside our fastest variant on the same problem, slowest of ours first."""
    rows = []
    for row in timed(findings, ("peer", "vendor")):
        same = [
            ours
            for ours in timed(findings)
            if all(ours[key] == row[key] for key in ("op", "types", "fill", "cold", "backend")) and axes_of(ours) == axes_of(row)
        ]
        ours = min(same, key=lambda ours: (median_time(ours), ours["variant"]), default=None)
        ratio = median_time(row) / median_time(ours) if ours else None
        rows.append(
            {
                "op": row["op"],
                "size": size_text(axes_of(row)),
                "types": row["types"],
                "peer": _peer(row),
                "role": row["role"],
                "time": w.seconds(median_time(row)),
                "ours": w.seconds(median_time(ours)) if ours else "–",
                "variant": ours["variant"] if ours else "",
                "ratio": ratio,
                "text": w.times(ratio) if ratio else "not timed",
                "tone": "fas" if ratio and ratio >= 1 else "bad" if ratio else "neu",
                "repro": row["repro"],
            }
        )
    return sorted(rows, key=lambda row: (math.inf if row["ratio"] is None else row["ratio"], row["op"], row["peer"], row["size"]))


def peers_heading(rows):
    """Rows as peers() sorts them: the one that comes nearest to ours first."""
    known = [row for row in rows if row["ratio"]]
    if not known:
        return "none beside a time of ours"
    names = sorted({row["peer"] for row in known})
    faster = [row for row in known if row["ratio"] < 1]
    if faster:
        names = sorted({row["peer"] for row in faster})
        return f"{w.listed(names)} {w.verb(len(names), 'is', 'are')} faster in {len(faster)} of {len(known)}"
    factors = list(dict.fromkeys(w.number(row["ratio"], 2) for row in (known[0], known[-1])))
    return f"{w.listed(names)} {w.verb(len(names), 'takes', 'take')} {' to '.join(factors)} times as long"
