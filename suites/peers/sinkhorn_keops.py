"""Sinkhorn's sweeps by KeOps on a GPU: one reduction a half-sweep, with costs from differences as they are needed, in fp32. Compiled
at run time.

It stops at the potentials. The bounds that ours goes on to are made afterwards, untimed. GeomLoss takes its soft minima from the same
reduction; its own loop anneals eps and averages both sides, which gives other potentials than the sweeps asked for.
"""
import pykeops
import torch
from pykeops.torch import generic_logsumexp

from sinkhorn import clouds, store_potentials

types = ["f32"]
devices = ["cuda"]
version = "KeOps " + pykeops.__version__


def prepare(p, a, device):
    d, eps = p["dim"], p["eps"]
    x, y, of_x, of_y = points = clouds(a, device)
    soft_maximum = generic_logsumexp("B - P * SqDist(X, Y)", "A = Vi(1)", f"X = Vi({d})", f"Y = Vj({d})", "B = Vj(1)", "P = Pm(1)")
    scale = torch.tensor([1 / eps], device=device)
    log_a, log_b = of_x.log(), of_y.log()

    @torch.no_grad()
    def work():
        g = torch.zeros_like(log_b)
        for _ in range(p["iterations"]):
            f = -eps * soft_maximum(x, y, (log_b + g / eps)[:, None], scale)[:, 0]
            g = -eps * soft_maximum(y, x, (log_a + f / eps)[:, None], scale)[:, 0]
        work.made = f, g

    def store():
        store_potentials(a, p["eps"], *points, *work.made, torch)
    return work, store
