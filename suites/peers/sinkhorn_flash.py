"""FlashSinkhorn on a GPU: sweeps that make costs as they need them, in fp32; its own choice is TF32 (sinkhorn_flashtf32.py).

It stops at the potentials. The bounds that ours goes on to are made afterwards, untimed. Of the 44 shapes of tiles that it tries, each
compiled on the way, eight are left: on an H200 the whole search chose 64 x 128 for 8192 points in 64 dimensions, with fp32 and TF32.
"""
import importlib.metadata

import torch
from flash_sinkhorn.kernels.sinkhorn_flashstyle_sqeuclid import _flashsinkhorn_lse_fused_kernel_autotune as search
from flash_sinkhorn.sinkhorn_solvers import sinkhorn_flashstyle_alternating

from accelerator import moved, put
from transport import entropic_bounds

while not hasattr(search, "configs"):
    search = search.fn
search.configs = [c for c in search.configs if c.kwargs["BLOCK_M"] < 128 and c.kwargs["BLOCK_N"] == 128]
types = ["f32"]
devices = ["cuda"]
version = "FlashSinkhorn " + importlib.metadata.version("flash_sinkhorn")


def prepare(p, a, device, tf32=False):
    if not ((a["a"] > 0).all() and (a["b"] > 0).all()):
        raise NotImplementedError("weights of zero")
    x, y, of_x, of_y = (moved(a[name], device) for name in ("x", "y", "a", "b"))

    @torch.no_grad()
    def work():
        work.made = sinkhorn_flashstyle_alternating(x, y, of_x, of_y, eps=p["eps"], n_iters=p["iterations"], allow_tf32=tf32)

    def store():
        for name, made in zip("fg", work.made):
            put(a[name], made)
        points, others, mass, other_mass, f, g = (of.double() for of in (x, y, of_x, of_y, *work.made))
        # The form that loses digits where points are far from the origin, which costs nothing in fp64.
        cost = (points**2).sum(1)[:, None] + (others**2).sum(1) - 2 * points @ others.T
        a["result"][:] = entropic_bounds(mass, other_mass, f, g, cost, p["eps"], torch)
    return work, store
