"""Writes rows of one synthetic run, in the shape of the real ones."""

import random

from reports.rules import STATUSES, counted, share

CPU = {"model": "AMD EPYC 9555P", "cores": 8, "simd": "AVX-512", "llc_bytes": 32 << 20}
NUMERICS = {"store": 5.9604644775390625e-08, "add": 5.9604644775390625e-08, "exp": 1.1920928955078125e-07, "operand": 0}
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


class Writer:
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
                    numbers = dict(
                        registers=self.random.choice((24, 32, 40, 56)),
                        spills=16 if (op, variant) == ("tiger_step", "cuda_vec") else 0,
                        occupancy=self.random.choice((None, 0.75, 1.0)),
                    )
                    self.add(
                        "static",
                        f"static/{op}/{variant}/{arch}/{op}_kernel<float>",
                        op=op,
                        variant=variant,
                        kernel=f"{op}_kernel<float>",
                        arch=arch,
                        toolkit="13.0",
                        shared=0,
                        threads=256,
                        hash=f"{self.random.getrandbits(64):016x}",
                        recorded=numbers,
                        status="pass",
                        message="",
                        repro=f"assay explain {op}/{variant}",
                        **numbers,
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
            truth_hash=f"0x{self.random.getrandbits(64):016x}",
            message="",
            repro=f"assay verify --filter '^{op}/{variant}/{types}/{axes},fill={fill}$' --backend {backend} --seed 1",
        )
        row.update(more)
        return row

    def measurement(self, verdict, efficiency, cold=True, **more):
        op = verdict["op"]
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
            converged=True,
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
        counts = {status: sum(counted(row) and row["status"] == status for row in self.rows) for status in STATUSES}
        ran = sum(counts.values())
        counts["skipped"] = sum(row["kind"] == "skip" for row in self.rows)
        bad = ran - counts["pass"]
        row = self.add(
            "end", "end", planned=ran, ran=ran, counts=counts, seconds=521.3, exit=1 if bad else 3 if not ran else 0, stopped=False
        )
        row.update(more)
        return self
