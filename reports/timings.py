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
                "bytes": w.rate(row["bytes"] / median_time(row), "B/s"),
                "flops": w.rate(row["flops"] / median_time(row), "flop/s") if row["flops"] else "–",
                "percent": w.percent(row["efficiency"]),
                "efficiency": row["efficiency"],
                "ceiling": row["ceiling"],
                "samples": f"{len(row['seconds'])}" + (f", measured {row['disbelieved'] + 1} times" if "disbelieved" in row else ""),
                "repro": row["repro"],
            }
        )
    return sorted(rows, key=lambda row: (row["efficiency"], row["id"], row["caches"]))


def _peer(row):
    """Name and version; the version often says the name."""
    name, version = row["variant"].removeprefix("peer_"), row.get("idea", "")
    return version if version.lower().startswith(name.lower()) else f"{name} {version}".strip()


def peers(findings):
    """Peers beside our fastest variant, as they were timed in turn; where a peer comes nearest to ours first."""
    rows = []
    for row in timed(findings, ("peer", "vendor")):
        beside = row["beside"]
        ratios = [theirs / ours for theirs, ours in zip(row["seconds"], beside["seconds"])]
        ratio = median(ratios)
        low, high = interval(ratios)
        rows.append(
            {
                "op": row["op"],
                "size": size_text(axes_of(row)),
                "types": row["types"],
                "peer": _peer(row),
                "role": row["role"],
                "time": w.seconds(median_time(row)),
                "ours": w.seconds(median(beside["seconds"])),
                "variant": beside["variant"],
                "ratio": ratio,
                "text": w.times(ratio),
                "interval": f"{w.times(low)} to {w.times(high)}" if low else "–",
                "tone": "fas" if ratio >= 1 else "bad",
                "repro": row["repro"],
            }
        )
    return sorted(rows, key=lambda row: (row["ratio"], row["op"], row["peer"], row["size"]))


def noise(findings):
    """What two measurements of the same thing differ by: |ln| of the medians of even and odd samples, at the 95th percentile of all rows; None
    without timings. A ratio nearer to 1 than twice this says nothing."""
    halves = [row["seconds"] for row in timed(findings) if len(row["seconds"]) >= 10]
    differences = sorted(abs(math.log(median(one[::2]) / median(one[1::2]))) for one in halves)
    return differences[math.ceil(0.95 * len(differences)) - 1] if differences else None


def peers_heading(rows):
    """Rows as peers() sorts them: the one that comes nearest to ours first."""
    names = sorted({row["peer"] for row in rows})
    faster = [row for row in rows if row["ratio"] < 1]
    if faster:
        names = sorted({row["peer"] for row in faster})
        return f"{w.listed(names)} {w.verb(len(names), 'is', 'are')} faster in {len(faster)} of {len(rows)}"
    factors = list(dict.fromkeys(w.number(row["ratio"], 2) for row in (rows[0], rows[-1])))
    return f"{w.listed(names)} {w.verb(len(names), 'takes', 'take')} {' to '.join(factors)} times as long"
