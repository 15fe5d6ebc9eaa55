"""Where the records come from: machine, build, command, files."""

import hashlib
import pathlib

from reports import wording as w
from reports.verdict import EXIT


def _unique(values):
    return list(dict.fromkeys(values))


def _machine(run):
    cpu = run["cpu"]
    return f"{cpu['model']}, {w.plural(cpu['cores'], 'core')}, {run['gpu']['name'] if run['gpu'] else 'no GPU'}"


def _compilers(run):
    return run["compiler"] + (f", nvcc {run['toolkit']} for {w.listed(run['architectures'])}" if run["toolkit"] else ", no CUDA toolkit")


def facts(findings):
    """[(term, description, is code)] of all runs; where they differ, each once."""
    runs, ends = findings.runs, findings.ends
    subjects = len({check.subject for check in findings.checks} | {row["subject"] for row in findings.skips if row["subject"]})
    rows = [
        (
            "Commit",
            _unique(
                (run["commit"][:7] if run["commit"] != "unknown" else "unknown") + (", with changes" if run["dirty"] else ", clean")
                for run in runs
            ),
        ),
        ("Machine", _unique(map(_machine, runs))),
        ("Compiled with", _unique(map(_compilers, runs))),
        ("Build", _unique(run["build"] + (", sanitised" if run["sanitised"] else "") for run in runs)),
        (
            "Asked",
            _unique(
                (f"filter {run['filter']}" if run["filter"] else w.plural(subjects, "subject") if subjects else "all")
                + f", effort {run['effort']}"
                for run in runs
            ),
        ),
        ("Seed", _unique(run["seed"] for run in runs)),
        ("Took", [w.duration(end["seconds"]) for end in ends] or ["unknown: no end"]),
    ]
    return [(term, "; ".join(values)) for term, values in rows if values]


def kicker(findings):
    if not findings.runs:
        return "No run"
    names = f"Run {findings.runs[0]['run_id'][:8]}" if len(findings.runs) == 1 else f"{len(findings.runs)} runs"
    return f"{names}, {w.date(min(run['started'] for run in findings.runs))}"


def provenance(findings, paths, folder):
    runs = []
    for run in findings.runs:
        end = next((end for end in findings.ends if end["run_id"] == run["run_id"]), None)
        cpu = run["cpu"]
        runs.append(
            [
                ("Command", run["command"], True),
                ("Run", run["run_id"], True),
                (
                    "Planned, ran",
                    f"{w.whole(end['planned'])} planned on this machine, {w.whole(end['ran'])} ran" if end else "no end record",
                    False,
                ),
                ("Exit code", f"{end['exit']}: {EXIT[end['exit']]}" if end else "none: the run was killed", False),
                ("Commit", run["commit"] + (", with changes" if run["dirty"] else ", clean"), True),
                ("Seed", run["seed"], False),
                ("Jobs", str(run["jobs"]), False),
                (
                    "CPU",
                    f"{cpu['model']}, {w.plural(cpu['cores'], 'core')}, {w.size(cpu['llc_bytes'])} last-level cache, {cpu['simd']}",
                    False,
                ),
                ("GPU", f"{run['gpu']['name']}, driver {run['driver']}" if run["gpu"] else "none", False),
                ("Compilers", f"{_compilers(run)}; {run['flags']}", False),
                ("assay", run["assay"], False),
            ]
        )
    ceilings = [(row["name"], w.rate(row["value"], row["unit"]), str(row["threads"])) for row in findings.ceilings]
    files = []
    for path in map(pathlib.Path, paths):
        content = path.read_bytes()
        files.append(
            {
                "name": path.name,
                "here": path.resolve().parent == pathlib.Path(folder).resolve(),
                "size": w.size(len(content)),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    return {
        "runs": runs,
        "ceilings": ceilings,
        "files": files,
        "again": _again(findings, files),
        "different": len({run["commit"] for run in findings.runs}) > 1,
    }


def _again(findings, files):
    if not findings.runs:
        return ""
    run = findings.runs[0]
    checkout = [f"git checkout {run['commit'][:12]}"] if run["commit"] != "unknown" else []
    return "\n".join(
        [
            *checkout,
            "ci/setup",
            *_unique(run["command"] for run in findings.runs),
            "assay report " + " ".join(entry["name"] for entry in files) + " -o again",
        ]
    )
