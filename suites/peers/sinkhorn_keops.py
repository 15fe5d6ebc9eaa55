"""Sinkhorn's sweeps by KeOps on a GPU: one reduction a half-sweep, with costs from differences as they are needed, in fp32. Compiled at run time.

It stops at the potentials. The bounds that ours goes on to are made afterwards, untimed. GeomLoss takes its soft minima from the same
reduction; its own loop anneals eps and averages both sides, which gives other potentials than the sweeps asked for.
"""
import pykeops
import torch
from pykeops.torch import generic_logsumexp

from accelerator import moved, put
from transport import entropic_bounds

types = ["f32"]
devices = ["cuda"]
version = "KeOps " + pykeops.__version__


def prepare(p, a, device):
    if not ((a["a"] > 0).all() and (a["b"] > 0).all()):
        raise NotImplementedError("weights of zero")
    d, eps = p["dim"], p["eps"]
    x, y, of_x, of_y = (moved(a[name], device) for name in ("x", "y", "a", "b"))
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
        for name, made in zip("fg", work.made):
            put(a[name], made)
        points, others, mass, other_mass, f, g = (of.double() for of in (x, y, of_x, of_y, *work.made))
        # The form that loses digits where points are far from the origin, which costs nothing in fp64.
        cost = (points**2).sum(1)[:, None] + (others**2).sum(1) - 2 * points @ others.T
        a["result"][:] = entropic_bounds(mass, other_mass, f, g, cost, eps, torch)
    return work, store
