"""Writes the hash of the machine code of each object file given, one JSON line each: which timings are of the same code."""

import hashlib
import json
import pathlib
import sys

from static_evidence import sections_of


def main() -> int:
    output, *objects = sys.argv[1:]
    with open(output, "w") as out:
        for path in map(pathlib.Path, sorted(objects)):
            digest = hashlib.sha256()
            for name, code in sorted(sections_of(path.read_bytes()).items()):
                if name.startswith(".text"):
                    digest.update(name.removeprefix(".text.").encode() + b"\0" + code)
            variant = path.name.removesuffix(".o").removesuffix(".cpp").removesuffix(".cu")
            out.write(json.dumps({"op": path.parent.name, "variant": variant, "hash": digest.hexdigest()[:16]}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
