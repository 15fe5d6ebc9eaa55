"""The command line of ci/regress."""

import argparse
import re

from reports.tables import Parser


def planted(text):
    pattern, _, share = text.rpartition(":")
    try:
        re.compile(pattern)
        return [pattern, float(share)]
    except (re.error, ValueError):
        raise argparse.ArgumentTypeError(f"'{text}' is not REGEX:SHARE, such as cpu_simd:0.05") from None


def parser(description):
    found = Parser(prog="ci/regress", description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("base", help="build folder of BASE")
    found.add_argument("head", help="build folder of HEAD")
    found.add_argument("--filter", default="", help="regular expression, searched in ids")
    found.add_argument("--budget", type=float, default=600, help="seconds of timing (600)")
    found.add_argument("--seed", type=int, help="of orders, coins and links (random; it is printed)")
    found.add_argument("--removed", default="", help="regular expression: rows that HEAD has dropped on purpose")
    found.add_argument("--records", default="out/regress.jsonl", help="raw times and verdicts")
    found.add_argument("--continue", dest="resume", help="RECORDS of a run of the same builds that was undecided or stopped: go on from there")
    found.add_argument("--time-all", action="store_true", help="also time rows that are the same by proof: an A/A run")
    found.add_argument("--plant", type=planted, help="REGEX:SHARE: make HEAD slower there, to test the gate")
    found.add_argument("--sides", default="assay_sides", help=argparse.SUPPRESS)
    found.add_argument("--command", default="", help=argparse.SUPPRESS)
    return found
