"""Realistic synthetic records: the same rows at every call. `python -m tests.reports.samples NAME FILE` writes one of them."""

import copy
import json
import math
import sys

from reports import records
from tests.reports.claims import add_claims
from tests.reports.writer import IDEAS, OPS, Writer

LAYOUTS = ("one=1", "one=33", "ragged_7", "ragged_31", "many_small", "empty_between")
BENCH = {
    "tiger_step": ("tensors=flat_10m", "tensors=flat_10m,guard=finite,sums=fresh"),
    "tiger_accumulate": ("tensors=flat_10m",),
    "sum_of_squares": ("tensors=gpt2_124m",),
    "finite_guard": ("tensors=gpt2_124m",),
}


class Sample(Writer):
    """What a run on one machine holds."""

    def operators(self, backends=("cpu", "simt"), cases=LAYOUTS):
        for op, kinds in OPS.items():
            for types in kinds:
                decoys = [
                    (name, self.check("a decoy is within the bound of every case", ratio, 1, 0))
                    for name, ratio in (
                        ("zeros", 3.1e5),
                        ("shift by one", 8.2e4),
                        ("truth of another seed", 2.4e5),
                        ("parameter beta off by one", 310.0),
                    )
                ]
                self.law(op, "reference", types, "power", "Every decoy is rejected by at least one case.", [], decoys)
            for variant in IDEAS:
                for types in kinds:
                    backend = "cpu" if variant.startswith("cpu") else "simt" if "simt" in backends else "cuda"
                    if backend not in backends:
                        continue
                    for layout in cases:
                        self.verdict(op, variant, types, f"tensors={layout}", backend)
                    if op not in ("finite_guard", "sum_of_squares"):
                        self.verdict(op, variant, types, "tensors=ragged_7", backend, fill="integers")
                        holds, broken = self.check("no element differs", 0.0, 0.0, 0.0), self.check("no element differs", 4099.0, 0.0, 0.0)
                        says = "Cutting a tensor into chunks changes no bit of the update."
                        self.law(op, variant, types, "chunk-invariance", says, [holds], [("chunk size enters the rate", broken)], backend)

    def bench(self, backend="cpu"):
        speed = {"cpu_naive": 0.54, "cpu_simd": 0.95, "cuda_naive": 0.7, "cuda_vec": 0.93}
        for op, sizes in BENCH.items():
            for axes in sizes:
                for variant, efficiency in speed.items():
                    if variant.startswith(backend):
                        factor = 0.78 if "sums" in axes else 1
                        self.measurement(
                            self.verdict(op, variant, "f32", axes, backend), efficiency * factor * self.random.uniform(0.93, 1.0)
                        )

    def attention(self):
        for window in (64, 128, 256, 512):
            verdict = self.verdict("tiger_step", "cpu_simd", "f32", f"window={window}")
            row = self.measurement(verdict, 0.6)
            for one in (verdict, row):
                problem = {"queries": 4096, "keys": 4096, "window": window}
                one.update(subject="local_attention", op="attention_fwd", variant="cpu_blocked", problem=problem)
                one["id"] = f"attention_fwd/cpu_blocked/f32/window={window},fill=normal"
            floor = window * 1e-5
            row.update(seconds=[floor / row["floor_s"] * one for one in row["seconds"]], ceiling="fma f32")
            row.update(floor_s=floor, flops=2.3e11 * floor)

    def peer(self):
        row = self.verdict("tiger_step", "peer_numpy", "f32", "tensors=flat_10m", role="peer", idea="2.4.6")
        peer = self.measurement(row, 0.1, peer_of="tiger_step")
        peer["beside"] = {"variant": "cpu_simd", "seconds": [one / 9.7 for one in peer["seconds"]]}

    def no_gpu(self):
        for op, kinds in OPS.items():
            for variant in ("cuda_naive", "cuda_vec"):
                for types in kinds:
                    for layout in LAYOUTS[:2]:
                        self.skip(f"{op}/{variant}/{types}/tensors={layout},fill=normal", "no CUDA device", op=op, variant=variant)


def finished(run_id="7f3a9c21", peers=True):
    sample = Sample(run_id)
    sample.statics()
    sample.ceilings()
    sample.operators()
    sample.no_gpu()
    add_claims(sample)
    sample.bench()
    sample.attention()
    if peers:
        sample.peer()
    return sample.end().rows


def first():
    """A machine without a CUDA toolkit: nothing compiled, nothing emulated."""
    sample = Sample()
    sample.run.update(toolkit=None, architectures=[])
    sample.ceilings()
    sample.operators(("cpu",))
    for op in OPS:
        for variant in ("cuda_naive", "cuda_vec"):
            sample.skip(f"{op}/{variant}", "not built: no CUDA toolkit", op=op, variant=variant)
    add_claims(sample)
    sample.bench()
    sample.skip("peers", "peer absent: python3 cannot list them; type ci/setup", subject="", backend="cpu")
    return sample.end().rows


def killed():
    rows = finished()
    return rows[: len(rows) * 2 // 3]


def empty():
    return Sample().end().rows


def skipped():
    sample = Sample()
    sample.statics()
    sample.no_gpu()
    return sample.end().rows


def failing():
    sample = Sample()
    sample.statics()
    sample.ceilings()
    sample.operators()
    verdicts = [row for row in sample.rows if row["kind"] == "verdict" and row["backend"] == "cpu"]
    verdicts[9].update(
        status="fail",
        ratio=2.1e3,
        at=1031,
        got=0.0182541,
        want=0.0182034,
        bound=2.4e-8,
        message="37 of 4099 elements over their bound, first at 1024 (a multiple of 16)",
    )
    verdicts[20].update(status="fail", ratio="nan", got="nan", want=0.5, bound=1e-8, message="a NaN where the truth is finite")
    verdicts[31].update(status="fail", ratio="inf", got=1.0, want=0.0, bound=0.0, message="an element differs where no error is allowed")
    verdicts[40].update(
        status="error", ratio=0.0, got=0.0, want=0.0, bound=0.0, output="", at=-1, message="its process was killed by signal 11"
    )
    add_claims(sample)
    claims = {row["id"].rsplit("/", 1)[1]: row for row in sample.rows if row["kind"] == "claim"}
    row = claims["mixture-ode"]
    row["checks"][1].update(rhs=0.1876, holds=False)
    row.update(status="fail", used=0.27864 / (0.1876 + 3e-9), message="case 1: 0.27864 <= 0.1876 + 3e-09 is false by 0.091")
    row["margin"] = 1 - row["used"]
    row = claims["weak-form"]
    row["controls"][0].update(rejected=False, check=None)
    row.update(status="vacuous", message="control 'sign of the velocity' also passes")
    claims["l1-rate"]["unproven"] = ["beta=0, T=10000"]
    sample.bench()
    return sample.end().rows


def gpu():
    sample = Sample(
        "c0ffee42",
        started="2026-11-23T15:10:00Z",
        gpu={"name": "NVIDIA H100", "memory_bytes": 80 << 30},
        driver="580.65",
        command="assay run --require cuda --backend cuda",
        backend="cuda",
    )
    sample.statics()
    sample.operators(("cuda",))
    sample.bench("cuda")
    return sample.end().rows


def sanitised():
    sample = Sample(
        "5a171ed0",
        started="2026-11-23T13:00:00Z",
        build="Debug",
        sanitised=True,
        flags="-O1 -fsanitize=address,undefined",
        command="assay verify",
    )
    sample.operators(("cpu",))
    add_claims(sample)
    return sample.end().rows


def regression():
    """Of ci/regress: one row slower, one the same by proof, one undecided, one gone."""
    gate = {"base": "a" * 40, "head": "b" * 40, "timed": 2, "alpha": 0.01, "beta": 0.02, "looks": [6, 9, 13], "red": 0.02, "tolerance": 0.03, "links": 9,
            "budget_s": 600.0, "planted": None, "code": "0123456789abcdef"}
    sample = Writer("9a7e0001", command="ci/regress v0.1 HEAD", gate=gate)
    ids = [f"tiger_step/cpu_simd/{types}/tensors=flat_10m,fill=normal" for types in ("f32", "bf16", "bf16-bf16-f32")]
    block = {"first": "head", "base": [1e-3, 1.01e-3], "head": [1.05e-3, 1.06e-3], "probe": [1.5e-5, 1.5e-5]}
    for launch in range(1, 7):
        for one in ids[:2]:
            sample.add("launch", one, launch=launch, links=[launch, launch + 1], calls=1, blocks=[block] * 5)
    numbers = {"ratio": 1.05, "low": 1.03, "high": 1.07, "launches": 6, "spread": 0.004, "needed": None}
    for one, verdict, status, reason, more in (
        (ids[0], "SLOWER", "fail", "", numbers),
        (ids[1], "UNDECIDED", None, "", {**numbers, "low": 0.99, "needed": 13}),
        (ids[2], "SAME", "pass", "by proof: identical machine code", {}),
        (ids[2].replace("simd", "naive"), "MISSING", None, "not in HEAD", {}),
    ):
        sample.add("comparison", one, verdict=verdict, status=status, reason=reason, control=False, **more)
    sample.add("end", "end", planned=4, ran=2, counts={"pass": 1, "fail": 1, "vacuous": 0, "skipped": 0, "error": 0}, seconds=60.0, exit=1, stopped=False)
    return sample.rows


def many(count=5000):
    """More cases than anyone reads, with ugly ids."""
    sample = Sample()
    for k in range(count):
        sample.verdict(
            f"operator_{k % 50:02d}", ("cpu_naive", "cpu_simd")[k // 50 % 2], "f32", f"n={k},layout=a_rather_long_name_of_a_layout_{k % 7}"
        )
    for row in [row for row in sample.rows if row["kind"] == "verdict"][:300]:
        row.update(status="fail", ratio=3.5, message="one element | over its <bound>")
    return sample.end().rows


SAMPLES = {
    "finished": finished,
    "first": first,
    "killed": killed,
    "empty": empty,
    "skipped": skipped,
    "failing": failing,
    "gpu": gpu,
    "sanitised": sanitised,
    "many": many,
    "regression": regression,
}


def text(rows):
    return "".join(records.line_of(_encoded(row)) for row in copy.deepcopy(rows))


def _encoded(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: _encoded(item) for key, item in value.items()}
    return [_encoded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(text(SAMPLES[sys.argv[1]]()))
