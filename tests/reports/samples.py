"""Realistic synthetic records: the same rows at every call. `python -m tests.reports.samples NAME FILE` writes one of them."""

import copy
import json
import math
import random
import sys

from reports.rules import ASKED, STATUSES, share

CPU = {"model": "AMD EPYC 9555P", "cores": 8, "simd": "AVX-512", "llc_bytes": 32 << 20}
NUMERICS = {"store": 5.9604644775390625e-08, "add": 5.9604644775390625e-08, "exp": 1.1920928955078125e-07}
IDEAS = {
    "cpu_naive": "plain loops in order",
    "cpu_simd": "Highway lanes, tails by mask",
    "cuda_naive": "one thread per element",
    "cuda_vec": "16-byte loads, chunk table, one launch",
}
OPS = {
    "tiger_step": ("f32", "bf16", "bf16-bf16-f32"),
    "tiger_accumulate": ("f32",),
    "sum_of_squares": ("f32", "bf16"),
    "finite_guard": ("f32",),
}
LAYOUTS = ("one=1", "one=33", "ragged_7", "ragged_31", "many_small", "empty_between")
BENCH = {
    "tiger_step": ("tensors=flat_10m", "tensors=flat_10m,guard=finite,sums=fresh"),
    "tiger_accumulate": ("tensors=flat_10m",),
    "sum_of_squares": ("tensors=gpt2_124m",),
    "finite_guard": ("tensors=gpt2_124m",),
}
BYTES = {"tiger_step": 20, "tiger_accumulate": 12, "sum_of_squares": 4, "finite_guard": 4}
FLOPS = {"tiger_step": 9, "tiger_accumulate": 3, "sum_of_squares": 2, "finite_guard": 0}
MIX = {
    "tiger_step": "stream in=1 out=0 inout=2",
    "tiger_accumulate": "stream in=1 out=0 inout=1",
    "sum_of_squares": "stream in=1 out=0 inout=0",
    "finite_guard": "stream in=1 out=0 inout=0",
}
RATES = {
    "copy": 41.2e9,
    "copy streaming": 47.9e9,
    "stream in=1 out=0 inout=2": 59.8e9,
    "stream in=1 out=0 inout=1": 54.1e9,
    "stream in=1 out=0 inout=0": 63.0e9,
}


class Sample:
    """Rows of one run in the making."""

    def __init__(self, run_id="7f3a9c21", seed=1, **more):
        self.random = random.Random(seed)
        self.run_id = run_id
        self.rows = []
        self.add(
            "run",
            run_id,
            schema=1,
            assay="0.1.0",
            started="2026-11-23T14:02:11Z",
            command="assay run",
            commit="9b2e4c7d01f5a8e2" * 2 + "00112233",
            dirty=False,
            build="Release",
            sanitised=False,
            compiler="g++ 12.2.0",
            flags="-O3 -ffp-contract=off",
            cpu=CPU,
            gpu=None,
            driver=None,
            toolkit="13.0",
            architectures=["sm_80", "sm_90a"],
            seed="1",
            effort="ci",
            filter="",
            backend="",
            jobs=2,
        )
        self.rows[0].update(more)

    def add(self, kind, id, **more):
        self.rows.append({"kind": kind, "run_id": self.run_id, "id": id, **more})
        return self.rows[-1]

    @property
    def run(self):
        return self.rows[0]

    def evidence(self, backend):
        return "emulated" if backend == "simt" else "sanitised" if self.run["sanitised"] else "ran"

    def statics(self):
        for op in OPS:
            for variant in ("cuda_naive", "cuda_vec"):
                for arch in ("sm_80", "sm_90a"):
                    self.add(
                        "static",
                        f"static/{op}/{variant}/{arch}/{op}_kernel<float>",
                        op=op,
                        variant=variant,
                        kernel=f"{op}_kernel<float>",
                        arch=arch,
                        registers=self.random.choice((24, 32, 40, 56)),
                        spills=16 if (op, variant) == ("tiger_step", "cuda_vec") else 0,
                        shared=0,
                        occupancy=self.random.choice((None, 0.75, 1.0)),
                        hash=f"{self.random.getrandbits(64):016x}",
                    )

    def ceilings(self):
        rates = {**RATES, "fma f32": 225e9, "exp f32": 4.4e9}
        for name, value in rates.items():
            unit = "flop/s" if name.startswith("fma") else "exp/s" if name.startswith("exp") else "B/s"
            self.add("ceiling", f"ceiling/{name}", name=name, value=value, unit=unit, threads=1)

    def verdict(self, op, variant, types, axes, backend="cpu", fill="normal", ratio=None, role="ours", **more):
        exact = op == "finite_guard" or fill == "integers"
        ratio = (0.0 if exact else round(self.random.betavariate(2, 6), 4)) if ratio is None else ratio
        row = self.add(
            "verdict",
            f"{op}/{variant}/{types}/{axes},fill={fill}",
            subject="tiger",
            op=op,
            variant=variant,
            idea=IDEAS.get(variant, "2.4"),
            types=types,
            backend=backend,
            role=role,
            problem={"tensors": axes.split(",")[0].removeprefix("tensors="), "beta": 0.965},
            fill=fill,
            why="one past a vector of lanes",
            status="pass",
            ratio=ratio,
            numerics=NUMERICS,
            output="theta'",
            at=12,
            got=0.25 + ratio * 1e-8,
            want=0.25,
            bound=1e-8,
            undecided=0,
            covered=4099,
            elements=4099,
            evidence=self.evidence(backend),
            input_hash=f"0x{self.random.getrandbits(64):016x}",
            message="",
            repro=f"assay verify --filter '^{op}/{variant}/{types}/{axes},fill={fill}$' --backend {backend} --seed 1",
        )
        row.update(more)
        return row

    def measurement(self, verdict, efficiency, cold=True, **more):
        op, variant = verdict["op"], verdict["variant"]
        count = 124_000_000 if "gpt2" in verdict["id"] else 10_000_000
        rate = RATES[MIX[op]] if verdict["backend"] == "cpu" else 3.3e12
        floor = BYTES[op] * count / rate
        seconds = [floor / efficiency * (1 + 0.02 * abs(self.random.gauss(0, 1))) for _ in range(31)]
        head = {key: verdict[key] for key in ("subject", "op", "variant", "types", "backend", "role", "problem", "fill", "idea", "why")}
        row = self.add(
            "measurement",
            verdict["id"],
            **head,
            seconds=seconds,
            flops=FLOPS[op] * count,
            bytes=BYTES[op] * count,
            exps=0,
            cold=cold,
            batch=1,
            launches=1,
            prepare_s=0.0,
            ceiling=MIX[op],
            floor_s=floor,
            efficiency=floor / sorted(seconds)[15],
            code_hash="",
            repro=verdict["repro"].replace("verify", "bench"),
        )
        row.update(more)
        return row

    def check(self, what, lhs, rhs, slack, alpha=0.0):
        return {"what": what, "lhs": lhs, "rhs": rhs, "slack": slack, "alpha": alpha, "holds": lhs <= rhs + slack}

    def _inquiry(self, checks, controls):
        used = max((share(check) for check in checks), default=0.0)
        return {
            "status": "pass",
            "checks": checks,
            "controls": [{"breaks": name, "rejected": True, "check": check} for name, check in controls],
            "unproven": [],
            "used": used,
            "margin": 1 - used,
            "alpha": sum(check["alpha"] for check in checks),
            "message": "",
        }

    def law(self, op, variant, types, law, statement, checks, controls, backend="cpu"):
        id = f"{op}/{variant}/{types}/law={law}"
        return self.add(
            "law",
            id,
            subject="tiger",
            op=op,
            variant=variant,
            idea=IDEAS.get(variant, "the truth against decoys"),
            types=types,
            backend=backend,
            role="ours",
            law=law,
            statement=statement,
            **self._inquiry(checks, controls),
            evidence=self.evidence(backend),
            repro=f"assay verify --filter '^{id}$' --backend {backend} --seed 1",
        )

    def claim(self, subject, name, kind, statement, source, checks, controls, series=()):
        id = f"claim/{subject}/{name}"
        row = self.add(
            "claim",
            id,
            subject=subject,
            statement=statement,
            source=source,
            claim_kind=kind,
            **self._inquiry(checks, controls),
            repro=f"assay verify --filter '^{id}$' --seed 1",
        )
        for title, columns, rows in series:
            self.add("series", id, name=title, columns=columns, rows=rows)
        return row

    def skip(self, id, reason, subject="tiger", op="", variant="", backend="cuda"):
        return self.add("skip", id, subject=subject, op=op, variant=variant, backend=backend, reason=reason)

    def end(self, **more):
        counts = {status: sum(row["kind"] in ASKED and row["status"] == status for row in self.rows) for status in STATUSES}
        ran = sum(counts.values())
        counts["skipped"] = sum(row["kind"] == "skip" for row in self.rows)
        bad = ran - counts["pass"]
        row = self.add(
            "end", "end", planned=ran, ran=ran, counts=counts, seconds=521.3, exit=1 if bad else 3 if not ran else 0, stopped=False
        )
        row.update(more)
        return self

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
                        for law in ("chunk-invariance",):
                            self.law(
                                op,
                                variant,
                                types,
                                law,
                                "Cutting a tensor into chunks changes no bit of the update.",
                                [self.check("no element differs", 0.0, 0.0, 0.0)],
                                [("chunk size enters the rate", self.check("no element differs", 4099.0, 0.0, 0.0))],
                                backend,
                            )

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

    def peer(self):
        row = self.verdict("tiger_step", "peer_numpy", "f32", "tensors=flat_10m", role="peer", idea="2.4.6")
        self.measurement(row, 0.1, peer_of="tiger_step")

    def claims(self):
        mixture = [(0.12443, 0.66770), (0.27864, 0.74488), (0.23275, 1.09666), (0.58517, 14.717), (0.05742, 0.13589), (5.19e-4, 2.96e-3)]
        self.claim(
            "score_wasserstein",
            "mixture-ode",
            "bound",
            "A sine error in the score of a mixture moves the samples by no more than the bound.",
            "Su, “W-distance ≤ score matching”, kexue.fm 9467; Kwon, Fan, Lee 2022",
            [self.check(f"case {k}", w2, bound, 3e-9) for k, (w2, bound) in enumerate(mixture)],
            [
                ("I set to 1", self.check("case 1", 0.27864, 0.18760, 3e-9)),
                ("L without the score error", self.check("case 4", 0.05742, 0.0382, 3e-9)),
            ],
            [("w2", ["w2", "bound"], [list(pair) for pair in mixture])],
        )
        tight = [0.472775, 0.206559, 0.126229, 0.0753948, 0.61, 0.31, 0.19, 0.11]
        self.claim(
            "score_wasserstein",
            "tight-translation",
            "exact",
            "For a constant offset of the score the bound is reached, for every noise level.",
            "kexue.fm 9467, section 4",
            [self.check(f"gap of case {k}", 3e-12 * (k + 1), 0.0, 5e-11) for k in range(8)],
            [
                ("half of g² for the SDE", self.check("gap of case 2", 0.063, 0.0, 5e-11)),
                ("c of alternating sign", self.check("gap of case 1", 0.02, 0.0, 5e-11)),
                ("I dropped", self.check("gap of case 0", 0.2, 0.0, 5e-11)),
            ],
            [("w2", ["w2", "bound"], [[value, value * (1 + 1e-12)] for value in tight])],
        )
        self.claim(
            "continuity",
            "weak-form",
            "sampled",
            "The weak form of the continuity equation holds for Ornstein–Uhlenbeck and for a mixture under VP.",
            "kexue.fm 9370",
            [self.check("largest |z| over 12 test functions", 3.1, 0.0, 5.4, 7e-8)],
            [
                ("sign of the velocity", self.check("largest |z| over 12 test functions", 41.0, 0.0, 5.4, 7e-8)),
                ("half of the diffusion", self.check("largest |z| over 12 test functions", 12.2, 0.0, 5.4, 7e-8)),
            ],
        )
        d_of_n = [[math.log(2.0**k), d, 0.5] for k, d in zip(range(4, 21, 2), (72, 126, 181, 237, 294, 351, 408, 465, 523))]
        d_of_n += [[math.log(2.0**k), d, 0.1] for k, d in zip(range(4, 21, 2), (1648, 2710, 3793, 4897, 6016, 7148, 8289, 9437, 10590))]
        measured = [[math.log(2.0**k), d] for k, d in zip(range(4, 11), (58.9, 86.6, 113.1, 140.5, 170.1, 196.3, 225.4))]
        self.claim(
            "entropy_attention",
            "log-n-slope",
            "rate",
            "The smallest dimension that keeps all pairwise distances grows like log n, with slope 4/(ε − ln(1+ε)) at most.",
            "kexue.fm 8679",
            [self.check("slope of the measured dimensions", 0.14, 0.0, 0.92, 6e-5), self.check("power law rejected", -141.0, -10.0, 0.0)],
            [
                ("collinear data", self.check("slope of the measured dimensions", 39.0, 0.0, 0.92, 6e-5)),
                ("24 log n / ε² as equality", self.check("power law rejected", 2.0, -10.0, 0.0)),
            ],
            [("d_of_n", ["log_n", "d", "eps"], d_of_n), ("measured", ["log_n", "d"], measured)],
        )
        self.claim(
            "entropy_attention",
            "expected-bad-pairs",
            "sampled",
            "A Gaussian projection distorts as many pairs as the exact tail says, for every point set.",
            "kexue.fm 8679",
            [self.check("n=64, d=64", 0.32, 0.0, 4.9, 1e-6), self.check("n=256, d=128", 1.0, 0.0, 4.9, 1e-6)],
            [
                ("scaled by d + 1", self.check("n=64, d=64", 14.2, 0.0, 4.9, 1e-6)),
                ("d − 2 degrees of freedom", self.check("n=256, d=128", 22.0, 0.0, 4.9, 1e-6)),
            ],
        )
        self.claim(
            "tiger",
            "accumulation-equivalence",
            "exact",
            "Hidden accumulation equals the momentum of the large batch.",
            "Su, “Tiger”, kexue.fm 9512; 8634",
            [self.check("dyadic data: no element differs", 0.0, 0.0, 0.0)],
            [
                ("decay at every micro-step", self.check("dyadic data: no element differs", 40.0, 0.0, 0.0)),
                ("theta not frozen", self.check("dyadic data: no element differs", 12.0, 0.0, 0.0)),
            ],
        )
        self.claim(
            "tiger",
            "l1-rate",
            "bound",
            "With exact gradients, the mean gradient of Tiger falls at least as fast as its bound.",
            "own proof",
            [self.check("beta=0, T=10000", 0.80, 1.0, 1e-13), self.check("beta=0.965, T=10000", 0.49, 1.0, 1e-13)],
            [
                ("wrong sign of the update", self.check("beta=0, T=10000", 11.9, 1.0, 1e-13)),
                ("momentum-free bound", self.check("beta=0.965, T=10000", 1.6, 1.0, 1e-13)),
            ],
        )
        self.claim(
            "tiger",
            "lion-special-case",
            "exact",
            "Lion with equal betas and no decay takes the same path.",
            "arXiv 2302.06675",
            [self.check("no element differs", 0.0, 0.0, 0.0)],
            [("unequal betas", self.check("no element differs", 64.0, 0.0, 0.0))],
        )

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
    sample.claims()
    sample.bench()
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
    sample.claims()
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
    sample.claims()
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
    sample.claims()
    return sample.end().rows


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
}


def text(rows):
    return "".join(json.dumps(_encoded(row), ensure_ascii=False) + "\n" for row in copy.deepcopy(rows))


def _encoded(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: _encoded(item) for key, item in value.items()}
    return [_encoded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(text(SAMPLES[sys.argv[1]]()))
