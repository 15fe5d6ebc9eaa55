"""Numbers and lists as a reader wants them: U+2212 minus, no-break space before units, no more digits than are meant."""

import datetime
import math

NBSP, MINUS = "\u00a0", "\u2212"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(exponent):
    return "10" + str(exponent).translate(SUPERSCRIPT)


def number(value, digits=4):
    """Significant digits, powers of ten outside 10^-4 ... 10^6."""
    if value is None:
        return "–"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    if value == 0:
        return "0"
    if abs(value) < 1e-4 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}{NBSP}×{NBSP}{power_of_ten(int(exponent))}".replace("-", MINUS)
    text = f"{value:.{digits}g}"
    if "e" in text:  # rounding reached the next power of ten
        text = f"{float(text):.0f}"
    return text.replace("-", MINUS)


def exact(value):
    """Every digit that identifies a double; for values someone compares."""
    if not isinstance(value, float) or not math.isfinite(value):
        return number(value) if isinstance(value, float) else str(value)
    return repr(value).replace("-", MINUS)


def percent(share):
    """57 %, 0.3 %, less than 0.1 %; None and non-finite shares keep their word."""
    if share is None or not math.isfinite(share):
        return number(share)
    value = 100 * share
    if value == 0:
        return f"0{NBSP}%"
    if value < 0.1:
        return f"<{NBSP}0.1{NBSP}%"
    if 99.5 <= value < 100:  # not at the limit
        return f">{NBSP}99{NBSP}%"
    if value >= 1e4:
        return f"{number(value, 2)}{NBSP}%"
    return f"{value:.0f}{NBSP}%" if value >= 1 else f"{value:.1f}{NBSP}%"


def ratio(value):
    """Error over bound: "exact" for 0, two decimals below 100."""
    if value is None:
        return "undecidable"
    if math.isnan(value) or math.isinf(value):
        return number(value)
    if value == 0:
        return "exact"
    if value < 0.005:
        return f"<{NBSP}0.01"
    if 0.995 <= value < 1:
        return f">{NBSP}0.99"
    return f"{value:.2f}" if value < 100 else number(value, 2)


def _scaled(value, units):
    for factor, unit in units:
        if abs(value) >= factor * 0.9995:
            break
    scaled = value / factor
    digits = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
    return f"{scaled:.{digits}f}{NBSP}{unit}"


def seconds(value):
    return "–" if value is None else _scaled(value, [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])


def rate(value, unit):
    """unit: B/s, flop/s, exp/s or none."""
    return _scaled(value, [(1e12, "T" + unit), (1e9, "G" + unit), (1e6, "M" + unit), (1e3, "k" + unit), (1, unit)])


def size(count):
    return _scaled(count, [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")])


def duration(value):
    whole = round(value)
    if value < 10:
        return f"{value:.1f}{NBSP}s"
    if whole < 60:
        return f"{whole}{NBSP}s"
    if whole < 3600:
        return f"{whole // 60}{NBSP}min {whole % 60}{NBSP}s"
    return f"{whole // 3600}{NBSP}h {whole % 3600 // 60}{NBSP}min"


def times(factor):
    """A ratio of times or errors: 9.7×, 2.1 × 10³ times."""
    return f"{factor:.3g}×" if factor < 1000 else f"{number(factor, 2)}×"


def date(stamp):
    """2026-11-23T14:02:11Z as 23 November 2026, 14:02 UTC."""
    months = "January February March April May June July August September October November December".split()
    moment = datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")
    return f"{moment.day} {months[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def plural(count, noun, nouns=""):
    return f"{whole(count)} {noun if count == 1 else nouns or noun + 's'}"


def whole(count):
    return f"{count:,}".replace(",", "\u202f") if count >= 10000 else str(count)


def listed(words):
    """a; a and b; a, b and c."""
    words = list(words)
    return " and ".join(([", ".join(words[:-1])] if words[:-1] else []) + words[-1:])


def short(words, most=3):
    """The first words of a list, and how many more there are."""
    words = list(words)
    return listed(words if len(words) <= most else [*words[:most], f"{len(words) - most} more"])


def verb(count, singular, several):
    return singular if count == 1 else several
