"""What command lines of reports share: bad input exits with 5, and tables made of records are printed in one way."""

import argparse
import sys

from reports import records


class Parser(argparse.ArgumentParser):
    """Python's own exit status for an unknown flag is 2, which here means undecided."""

    def error(self, message):
        self.exit(5, f"{self.prog}: {message}; see {self.prog} --help        exit 5\n")


def print_table(name, about, table, option, meaning, nothing, arguments):
    """Prints table(rows, value of `option`) of record files. Exit: 0; 3 where it is empty, with `nothing`; 5 records that cannot be read."""
    parser = Parser(prog=f"python -m {name}", description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+")
    parser.add_argument(option, default="", dest="chosen", help=meaning)
    args = parser.parse_args(arguments)
    try:
        rows = [row for path in args.records for _, row in records.numeric_rows(records.read(path))]
    except records.BadRecords as error:
        print(f"{name}: {error}        exit 5", file=sys.stderr)
        return 5
    lines = table(rows, args.chosen)
    if not lines:
        print(f"{name}: {nothing}        exit 3", file=sys.stderr)
        return 3
    print("\n".join(lines))
    return 0
