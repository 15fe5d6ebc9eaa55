"""Published numbers beside those that stand here: `python -m reports.golden RECORDS... [--subject NAME]`

A table in Markdown of every check that holds a number to the last digit in which it was printed elsewhere, claim by claim. Exit: 0; 3 where
no record has such a check; 5 records that cannot be read.
"""

import sys

from reports.tables import print_table


def table(rows, subject=""):
    """Lines of the table; empty where nothing was held against a published number."""
    lines = []
    for row in sorted((row for row in rows if row["kind"] == "claim"), key=lambda row: row["id"]):
        if subject and row["subject"] != subject:
            continue
        for check in row["checks"]:
            if "published" in check:
                name = row["id"].removeprefix("claim/")
                lines.append(f"| {name} | {check['what'].replace('|', '&#124;')} | {check['published']} | {check['measured']:.9g} | {'yes' if check['holds'] else 'NO'} |")
    head = ["| claim | quantity | published | here | agrees to the last digit |", "|---|---|---|---|---|"]
    return head + lines if lines else []


def main(arguments=None):
    nothing = "no claim in these records is held against a published number; assay verify --filter '^claim/' asks them"
    return print_table("reports.golden", __doc__, table, "--subject", "only claims of this subject", nothing, arguments)


if __name__ == "__main__":
    sys.exit(main())
