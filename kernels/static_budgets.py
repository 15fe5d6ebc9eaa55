"""Records what the assembler says of the CUDA kernels now as what they may use: kernels/static_budgets.jsonl. A run fails when a kernel
spills more, or has less occupancy, than is recorded. To be run after a look at `assay explain`, from the root of the repository."""

import argparse
import json
import pathlib

KEPT = ("op", "variant", "arch", "kernel", "registers", "spills", "occupancy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evidence", default="build/release/static_evidence.jsonl")
    parser.add_argument("--output", default="kernels/static_budgets.jsonl")
    args = parser.parse_args()
    try:
        lines = pathlib.Path(args.evidence).read_text().splitlines()
    except FileNotFoundError:
        parser.error(f"{args.evidence} does not exist: build with a CUDA toolkit first (ci/run)")
    rows = [json.loads(line) for line in lines]
    kept = [{"toolkit": row["toolkit"], **{key: row[key] for key in KEPT}} for row in rows]
    pathlib.Path(args.output).write_text("".join(json.dumps(row) + "\n" for row in kept))
    print(f"{args.output}: {len(kept)} kernels")


if __name__ == "__main__":
    main()
