"""Runs nvcc, and writes what the assembler says of each kernel beside the object, OBJECT.jsonl, a line for each and for each architecture."""

import argparse
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile


def sections_of(elf: bytes) -> dict[str, bytes]:
    """Sections of a 64-bit little-endian ELF file by name; machine code is in one .text.<kernel> each, what it asks for in .nv.info.<kernel>."""
    offset, = struct.unpack_from("<Q", elf, 0x28)
    size, count, names_index = struct.unpack_from("<HHH", elf, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", elf, offset + i * size) for i in range(count)]
    names_at = headers[names_index][4]
    sections = {}
    for name, _, _, _, at, length in headers:
        start = names_at + name
        text = elf[start:elf.index(b"\0", start)].decode()
        sections[text] = elf[at:at + length]
    return sections


def launch_bound(info: bytes) -> int | None:
    """Threads of a block by __launch_bounds__: attribute 5 of .nv.info, three words; entries are format, attribute, size or value."""
    at = 0
    while at + 4 <= len(info):
        form, attribute, size = struct.unpack_from("<BBH", info, at)
        if form == 4 and attribute == 5 and size == 12:
            x, y, z = struct.unpack_from("<III", info, at + 4)
            return x * y * z
        at += 4 + (size if form == 4 else 0)
    return None


def occupancy(program: str, arch: str, threads: int | None, registers: int, shared: int) -> float | None:
    if threads is None:
        return None
    number = re.sub(r"\D", "", arch)
    command = [program, number[:-1], number[-1], str(threads), str(registers), str(shared)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return None if said == "unknown" else float(said)


def stable(kernel: str) -> str:
    """Mangled name without the part of an unnamed namespace that nvcc makes anew at every run."""
    while found := re.search(r"(\d+)(?=_GLOBAL__N__)", kernel):
        end = found.end() + int(found[1])  # a mangled identifier is its length and its characters
        kernel = kernel[:found.start()] + "12_GLOBAL__N_1" + kernel[end:]
    return kernel


def demangled(names: list[str]) -> list[str]:
    done = subprocess.run(["c++filt", "--no-params"], input="\n".join(names), capture_output=True, text=True, check=True)
    return [re.sub(r"\(anonymous namespace\)::|assay::", "", line) for line in done.stdout.splitlines()]


def usages(said: str) -> list[dict]:
    """What the assembler says of each kernel, by architecture."""
    rows, row = [], {}
    for line in said.splitlines():
        if found := re.search(r"Compiling entry function '(\S+)' for '(sm_\w+)'", line):
            row = {"arch": found[2], "kernel": found[1], "spills": 0}
        elif row and (found := re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", line)):
            row["spills"] = int(found[1]) + int(found[2])
        elif row and (found := re.search(r"Used (\d+) registers", line)):
            shared = re.search(r"(\d+) bytes smem", line)
            rows.append({**row, "registers": int(found[1]), "shared": int(shared[1]) if shared else 0})
            row = {}
    return rows


ROUTINE = re.compile(r"^ptxas info +: (\d+ bytes gmem|Compiling entry|Function properties|Used \d+ registers|Compile time)|bytes stack frame")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--toolkit", required=True)
    parser.add_argument("--occupancy", required=True)
    parser.add_argument("compiler", nargs="+", help="nvcc ... -c SOURCE -o OBJECT")
    args = parser.parse_args()
    source, output = (pathlib.Path(args.compiler[args.compiler.index(flag) + 1]) for flag in ("-c", "-o"))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*args.compiler, "--resource-usage", "--keep", "--keep-dir", folder], stderr=subprocess.PIPE, text=True)
        sys.stderr.writelines(line + "\n" for line in done.stderr.splitlines() if not ROUTINE.search(line))
        if done.returncode != 0:
            return done.returncode
        rows = usages(done.stderr)
        only = {row["arch"] for row in rows}  # the compiler names no architecture where there is one
        sections = {"sm_" + found[1] if (found := re.search(r"\.\w+_(\w+)\.cubin$", path.name)) else "".join(only): sections_of(path.read_bytes())
                    for path in pathlib.Path(folder).glob("*.cubin")}
    missing = sections.keys() - {row["arch"] for row in rows}
    if missing or not rows:
        sys.stderr.write(f"{source}: the assembler reported no kernel{''.join(f' for {arch}' for arch in sorted(missing))}\n")
        output.unlink()
        return 1
    for row, name in zip(rows, demangled([stable(row["kernel"]) for row in rows])):
        of_arch = sections[row["arch"]]
        row["threads"] = launch_bound(of_arch[".nv.info." + row["kernel"]])
        row["occupancy"] = occupancy(args.occupancy, row["arch"], row["threads"], row["registers"], row["shared"])
        row["hash"] = hashlib.sha256(of_arch[".text." + row["kernel"]]).hexdigest()[:16]
        row["kernel"] = name.removeprefix("void ").strip()
    rows.sort(key=lambda row: (row["arch"], row["kernel"]))
    with open(f"{output}.jsonl", "w") as out:
        for row in rows:
            out.write(json.dumps({"op": source.parent.name, "variant": source.stem, "toolkit": args.toolkit, **row}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
