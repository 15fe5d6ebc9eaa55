"""Writes the C++ file through which a host compiler sees one CUDA source, after refusing what no preprocessor can refuse."""

import argparse
import pathlib
import re
import sys

COMMENTS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
STRING = re.compile(r'"(?:\\.|[^"\\])*"')
RULES = "kernels/simt/README.md lists what kernels may use"
REFUSED = {  # what no function or type can stand for on the CPU, and what to write instead
    r"<<<": ("<<<>>>", "use gpu::launch"),
    r"\b__shared__\b": ("__shared__", "use gpu::shared or gpu::Dynamic"),
    r"\basm\b|\b__asm__\b": ("asm", "use the wrappers of kernels/device"),
    r"\b__CUDA_ARCH__\b": ("__CUDA_ARCH__", "write another variant, or a template parameter"),
    r"\b__activemask\b": ("__activemask", "masks are explicit"),
    r"\bclock(?:64)?\s*\(": ("clock", "kernels do not time themselves"),
    r"\bcooperative_groups\b|\bcg::": ("cooperative groups", "use __syncthreads and warp operations with masks"),
    r"\bnvcuda\b|\bcutlass\b|\bcute\b|\bcub::": ("a device library", "write it out, or make it a peer"),
    r"\btex[123]D": ("textures", "use loads"),
}


def without_comments(text: str) -> str:
    return COMMENTS.sub(lambda found: "\n" * found[0].count("\n") if found[0].startswith("/") else found[0], text)


def sources_of(root: pathlib.Path, name: str, seen: dict[str, str]) -> dict[str, str]:
    """The source and what it includes from the kernels of the repository, by name relative to the root."""
    if name not in seen:
        seen[name] = without_comments((root / name).read_text())
        for included in re.findall(r'#\s*include\s*"(kernels/[^"]+\.cuh?)"', seen[name]):
            sources_of(root, included, seen)
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("root", "source", "output"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    root, output = pathlib.Path(args.root), pathlib.Path(args.output)
    sources = sources_of(root, args.source, {})
    refused = [f"{name}:{number}: error: {RULES}: {word} is not in it; {instead}\n"
               for name, text in sources.items() for number, line in enumerate(text.splitlines(), 1)
               for pattern, (word, instead) in REFUSED.items() if re.search(pattern, STRING.sub('""', line))]
    if refused:
        sys.stderr.writelines(refused)
        return 1
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(f'#include "kernels/device/gpu.hpp"\n#include "{root / args.source}"\n')
    output.with_name(output.name + ".d").write_text(f"{output}: " + " ".join(str(root / name) for name in sources) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
