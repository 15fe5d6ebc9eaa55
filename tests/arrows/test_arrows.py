"""Who may include and link whom. Each rule is a function from sources to complaints, and is also shown a tree that breaks it."""
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
SOURCES = (".cpp", ".hpp", ".cu", ".h")


def tree():
    folders = ("reference", "kernels", "suites")
    return {str(path.relative_to(ROOT)): path.read_text() for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in SOURCES}


def includes(sources, begins, inside, allowed=()):
    """Files under `inside` that include something beginning with `begins`, those in `allowed` apart."""
    return [f"{path} includes {name}" for path, text in sources.items() if path.startswith(inside) and path not in allowed
            for name in INCLUDE.findall(text) if name.startswith(begins)]


def upward(sources):
    return includes(sources, ("kernels/", "suites/"), "reference/") + includes(sources, "suites/", "kernels/")


def libraries(sources):
    """Eigen stays in reference/math, Boost in reference/, in the executor's fibers, in the quantile of the normal law that checks need, and in the checksum of records."""
    return (includes(sources, "Eigen", ("reference/", "kernels/", "suites/"), [path for path in sources if path.startswith("reference/math/")])
            + includes(sources, "boost/", ("kernels/", "suites/"), ["suites/harness/inquiry.cpp", "suites/harness/records.cpp", *(path for path in sources if path.startswith("kernels/simt/"))]))


def benchmark(sources):
    users = [path for path, text in sources.items() if "benchmark/benchmark.h" in INCLUDE.findall(text)]
    return [] if users == ["suites/harness/measure.cpp"] else [f"Google Benchmark is included by {users}"]


def device_branches(sources):
    """Which compiler reads a file, and for which device, is known to kernels/device alone."""
    return [f"{path} asks for {found}" for path, text in sources.items() if not path.startswith(("kernels/device/", "kernels/simt/"))
            for found in re.findall(r"#\s*(?:if|elif|ifdef|ifndef).*\b(__CUDACC__|__CUDA_ARCH__)\b", text)]


def heavy_in_cuda(sources):
    """fmt and Eigen do not compile under nvcc: nothing that a .cu reaches through our own headers may include them."""
    complaints = []
    for start in (path for path in sources if path.endswith(".cu")):
        seen, todo = set(), [start]
        while todo:
            path = todo.pop()
            if path in seen or path not in sources:
                continue
            seen.add(path)
            names = INCLUDE.findall(sources[path])
            complaints += [f"{start} reaches {name} through {path}" for name in names if name.startswith(("fmt/", "Eigen", "boost/", "nlohmann/"))]
            todo += names
    return complaints


ALLOWED = re.compile(r"assay::(?:(?:\w+::(?:truth|judge|fill|refuse|work)(?:\[abi:cxx11\])?|add_op|variants|checked_twins)\(|name_of\(assay::Type\))")


def linked(symbols):
    """A variant refers to its op's own functions, which the erased form carries, to the registry, and to names of types."""
    return [line for line in symbols if "assay::" in line and not ALLOWED.search(line)]


class Arrows(unittest.TestCase):
    def test_the_tree_keeps_every_rule(self):
        for rule in (upward, libraries, benchmark, device_branches, heavy_in_cuda):
            with self.subTest(rule.__name__):
                self.assertEqual(rule(tree()), [])

    def test_every_rule_can_fail(self):
        for rule, path, text in ((upward, "reference/a.cpp", '#include "kernels/variant.hpp"'), (upward, "kernels/a.cu", '#include "suites/x.hpp"'),
                                 (libraries, "reference/score/a.cpp", "#include <Eigen/Dense>"), (libraries, "kernels/a.cpp", "#include <boost/x.hpp>"),
                                 (benchmark, "suites/a.cpp", "#include <benchmark/benchmark.h>"), (device_branches, "kernels/a.cu", "#ifdef __CUDA_ARCH__"),
                                 (heavy_in_cuda, "kernels/a.cu", "#include <fmt/core.h>")):
            with self.subTest(rule.__name__):
                self.assertEqual(len(rule(tree() | {path: text})), 1)

    def test_kernels_link_nothing_of_the_reference(self):
        objects = [path for path in os.environ["ASSAY_OBJECTS"].split(":") if "/cpu_" in path]
        self.assertTrue(objects)
        for path in objects:
            done = subprocess.run(["nm", "-C", "--undefined-only", path], capture_output=True, text=True, check=True)
            self.assertEqual(linked(done.stdout.splitlines()), [], path)
        self.assertTrue(linked(["                 U assay::optimizer::sum_of_squares(double const*, long, long)"]))


if __name__ == "__main__":
    unittest.main()
