"""FlashSinkhorn on a GPU: sweeps that make costs as they need them, in fp32; its own choice is TF32.

It stops at the potentials. The bounds that ours goes on to are made afterwards, untimed.
"""
import importlib.metadata

import torch
from flash_sinkhorn.sinkhorn_solvers import sinkhorn_flashstyle_alternating

from accelerator import moved, put
from transport import costs, entropic_bounds

types = ["f32"]
devices = ["cuda"]
version = "FlashSinkhorn " + importlib.metadata.version("flash_sinkhorn")


def prepare(p, a, device):
    if not ((a["a"] > 0).all() and (a["b"] > 0).all()):
        raise NotImplementedError("weights of zero")
    x, y, of_x, of_y = (moved(a[name], device) for name in ("x", "y", "a", "b"))

    @torch.no_grad()
    def work():
        work.made = sinkhorn_flashstyle_alternating(x, y, of_x, of_y, eps=p["eps"], n_iters=p["iterations"], allow_tf32=False)

    def store():
        for name, made in zip("fg", work.made):
            put(a[name], made)
        a["result"][:] = entropic_bounds(a, costs(p, {name: a[name].astype("float64") for name in "xy"}), p["eps"])
    return work, store
