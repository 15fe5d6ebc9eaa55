"""FlashSinkhorn on a GPU: sweeps that make costs as they need them, in fp32; its own choice is TF32 (sinkhorn_flashtf32.py).

It stops at the potentials. The bounds that ours goes on to are made afterwards, untimed. Of the 44 shapes of tiles that it tries, each
compiled on the way, eight are left: on an H200 the whole search chose 64 x 128 for 8192 points in 64 dimensions, with fp32 and TF32.
"""
import importlib.metadata

import torch
from flash_sinkhorn.kernels.sinkhorn_flashstyle_sqeuclid import _flashsinkhorn_lse_fused_kernel_autotune as search
from flash_sinkhorn.sinkhorn_solvers import sinkhorn_flashstyle_alternating

from sinkhorn import clouds, store_potentials

while not hasattr(search, "configs"):
    search = search.fn
search.configs = [c for c in search.configs if c.kwargs["BLOCK_M"] < 128 and c.kwargs["BLOCK_N"] == 128]
types = ["f32"]
devices = ["cuda"]
version = "FlashSinkhorn " + importlib.metadata.version("flash_sinkhorn")


def prepare(p, a, device, tf32=False):
    x, y, of_x, of_y = points = clouds(a, device)

    @torch.no_grad()
    def work():
        work.made = sinkhorn_flashstyle_alternating(x, y, of_x, of_y, eps=p["eps"], n_iters=p["iterations"], allow_tf32=tf32)

    def store():
        store_potentials(a, p["eps"], *points, *work.made, torch)
    return work, store
