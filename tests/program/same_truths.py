"""same_truths.py A B: the same inputs and the same truths, bit by bit, in the verdicts of two record files."""
import json
import sys


def truths(path):
    with open(path) as file:
        rows = map(json.loads, file)
        return {(row["id"], row["backend"]): (row["input_hash"], row["truth_hash"]) for row in rows if row["kind"] == "verdict"}


first, second = map(truths, sys.argv[1:])
both = first.keys() & second.keys()
if not both:
    sys.exit("the files have no verdict in common")
different = sorted(key for key in both if first[key] != second[key])
for identity, backend in different[:10]:
    print(f"another input or truth: {identity} on {backend}")
print(f"{len(both)} verdicts compared, {len(different)} differ")
sys.exit(bool(different))
