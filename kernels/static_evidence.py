"""Compiles one CUDA source for one architecture and writes what the assembler says of each kernel, one JSON line each."""

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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("nvcc", "toolkit", "root", "arch", "source", "output", "depfile", "occupancy"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    source = pathlib.Path(args.source)
    with tempfile.TemporaryDirectory() as folder:
        cubin = pathlib.Path(folder) / "kernel.cubin"
        command = [args.nvcc, "-cubin", "-std=c++20", "--fmad=false", "-DASSAY_BACKEND=cuda", f"-I{args.root}", f"-arch={args.arch}",
                   "--resource-usage", "-MD", "-MF", args.depfile, "-MT", args.output, "-o", str(cubin), str(source)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.stderr.write(done.stderr)
            return done.returncode
        sections = sections_of(cubin.read_bytes())
    rows, kernel, spills = [], None, 0
    for line in done.stderr.splitlines():
        if found := re.search(r"Function properties for (\S+)", line):
            kernel = found[1]
        elif found := re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", line):
            spills = int(found[1]) + int(found[2])
        elif kernel and (found := re.search(r"Used (\d+) registers", line)):
            shared = re.search(r"(\d+) bytes smem", line)
            row = {"kernel": kernel, "registers": int(found[1]), "spills": spills, "shared": int(shared[1]) if shared else 0,
                   "threads": launch_bound(sections[".nv.info." + kernel])}
            row["occupancy"] = occupancy(args.occupancy, args.arch, row["threads"], row["registers"], row["shared"])
            rows.append({**row, "hash": hashlib.sha256(sections[".text." + kernel]).hexdigest()[:16]})
            kernel = None
    if not rows:
        sys.stderr.write(f"{source}: the assembler reported no kernel for {args.arch}\n")
        return 1
    for row, name in zip(rows, demangled([stable(row["kernel"]) for row in rows])):
        row["kernel"] = name.removeprefix("void ").strip()
    rows.sort(key=lambda row: row["kernel"])
    with open(args.output, "w") as out:
        for row in rows:
            out.write(json.dumps({"op": source.parent.name, "variant": source.stem, "arch": args.arch, "toolkit": args.toolkit, **row}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
