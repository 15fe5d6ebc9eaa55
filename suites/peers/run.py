"""Peers: what a user would pick instead of our kernels, each one file <op>_<library>.py beside this one.

  run.py --list         one JSON line per peer: op, peer, types, devices, available, version, why
  run.py --serve FOLDER computes FOLDER/case.json once on its arrays, writes every out and inout array to <name>.out.bin and
                        says {"peer", "version", "ready": true}; then answers each line of its input with {"seconds": of one call}

A peer has `types` (of storage, as in our ids), `version`, and `prepare(problem, arrays)`, which returns a function without
arguments that does the work once, in place, or raises NotImplementedError with the reason; then the answer has
"unsupported" instead of "ready". A library that makes new arrays instead returns two functions, work and store: what work
has made, store puts into the arrays, untimed. Arrays are NumPy arrays of their shape, by name; no input may be changed. What a peer
prepares is not timed, as with our variants. One thread, on one core; before every sample a call that does not count, unless the last took
more than 50 ms, and then caches are swept.
With `devices = ["cpu", "cuda"]` it runs on a GPU too: `prepare(problem, arrays, device)`, and accelerator.py has the clock.
"""
import ast
import importlib
import json
import os
import pathlib
import sys
import time

for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):  # read when NumPy is first imported
    os.environ[library + "_NUM_THREADS"] = "1"

WAKES_ITSELF = 0.05  # seconds, as in suites/harness/measure.cpp: a shorter call still feels what its processor did before
HERE = pathlib.Path(__file__).resolve().parent
NUMPY_NAMES = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "bf16": "<u2", "i64": "<i8", "i32": "<i4", "u64": "<u8", "u32": "<u4", "u8": "|u1"}


INSTALL = {"numpy": "ci/setup", "jax": "ci/setup --peers", "ot": "ci/setup --peers",
           "torch": ".venv/bin/python -m pip install torch"}


def declared(path, name, default=None):
    """Read from the source: it is known where the library is not there."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == name:
            return ast.literal_eval(statement.value)
    if default is None:
        raise ValueError(f"{path.name} has no line '{name} = [...]'")
    return default


def describe(path):
    op, peer = path.stem.rsplit("_", 1)
    row = {"op": op, "peer": peer, "types": declared(path, "types"), "devices": declared(path, "devices", ["cpu"]), "available": False, "version": "", "why": ""}
    try:
        return row | {"available": True, "version": importlib.import_module(path.stem).version}
    except ModuleNotFoundError as error:
        return row | {"why": f"no module {error.name}; {INSTALL.get(error.name, 'pip install ' + str(error.name))}"}
    except ImportError as error:  # in the peer's own words, such as a library that is too old
        return row | {"why": str(error)}
    except Exception as error:  # whatever a library throws while it loads: that peer is absent, the others are not
        return row | {"why": f"{type(error).__name__}: {error}"}


def load(folder, case):
    import numpy as np

    arrays = {}
    for array in case["arrays"]:
        kind = np.dtype(NUMPY_NAMES[array["type"]])
        if array["role"] == "out":
            arrays[array["name"]] = np.empty(array["shape"], kind)
        else:
            arrays[array["name"]] = np.fromfile(folder / array["file"], kind).reshape(array["shape"])
    return arrays


def host_clock():
    """Seconds of one call, caches swept by reading twice the last of them; writing would leave dirty lines behind."""
    import numpy as np

    try:
        cache = os.sysconf("SC_LEVEL3_CACHE_SIZE")
    except (ValueError, OSError):
        cache = 0
    swept = np.ones(max(cache, 2**25) // 4)

    def seconds(work):
        swept.sum()
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    return seconds


def clock_of(device):
    if device == "cpu":
        return host_clock()
    import accelerator

    return accelerator.clock()


def say(answer):
    print(json.dumps(answer), flush=True)


def serve(folder):
    case = json.loads((folder / "case.json").read_text())
    module = importlib.import_module(f"{case['op']}_{case['peer']}")
    arrays = load(folder, case)
    about = {"peer": case["peer"], "version": module.version}
    try:
        seconds = clock_of(case["device"])
        prepared = module.prepare(case["problem"], arrays, *([case["device"]] if hasattr(module, "devices") else []))
    except NotImplementedError as error:
        return say({**about, "unsupported": str(error)})
    work, store = prepared if isinstance(prepared, tuple) else (prepared, lambda: None)
    work()
    store()
    for array in case["arrays"]:
        if array["role"] != "in":
            arrays[array["name"]].tofile(folder / (array["name"] + ".out.bin"))
    last = 0.0
    say({**about, "ready": True})
    for _ in sys.stdin:
        if last < WAKES_ITSELF:
            work()
        last = seconds(work)
        say({"seconds": last})


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    if sys.argv[1:] == ["--list"]:
        for path in sorted(HERE.glob("*_*.py")):
            print(json.dumps(describe(path)))
    elif len(sys.argv) == 3 and sys.argv[1] == "--serve":
        serve(pathlib.Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
