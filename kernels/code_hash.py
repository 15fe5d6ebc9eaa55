"""Writes the hash of each object file given, one JSON line each: which timings are of the same machine code.

Hashed is the whole file without debug information and notes: code, constants, and which symbols both refer to. Two objects with the same
hash, linked with the same libraries, run the same instructions.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile


def digest(path: pathlib.Path) -> str:
    with tempfile.NamedTemporaryFile(suffix=".o") as bare:
        subprocess.run(["objcopy", "--strip-debug", "-R", ".comment", "-R", ".note*", path, bare.name], check=True)
        return hashlib.sha256(pathlib.Path(bare.name).read_bytes()).hexdigest()[:16]


def main() -> int:
    output, *objects = sys.argv[1:]
    with open(output, "w") as out:
        for path in map(pathlib.Path, sorted(objects)):
            variant = path.name.removesuffix(".o").removesuffix(".cpp").removesuffix(".cu")
            out.write(json.dumps({"op": path.parent.name, "variant": variant, "hash": digest(path)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
