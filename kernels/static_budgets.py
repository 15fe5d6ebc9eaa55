"""Records what the assembler says of the CUDA kernels now as what they may use: kernels/static_budgets.jsonl. A run fails when a kernel
spills more, or has less occupancy, than is recorded. Budgets of other versions of nvcc stay. To be run after a look at `assay explain`, from
the root of the repository."""

import argparse
import json
import pathlib

KEPT = ("toolkit", "op", "variant", "arch", "kernel", "registers", "spills", "occupancy")


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
    new = [{key: row[key] for key in KEPT} for row in rows]
    toolkits = {row["toolkit"] for row in new}
    output = pathlib.Path(args.output)
    others = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
    kept = [row for row in others if row["toolkit"] not in toolkits]
    output.write_text("".join(json.dumps(row) + "\n" for row in kept + new))
    print(f"{args.output}: {len(new)} kernels of nvcc {', '.join(sorted(toolkits))}, {len(kept)} of others")


if __name__ == "__main__":
    main()
