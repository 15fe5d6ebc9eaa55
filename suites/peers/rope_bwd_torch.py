"""Gradients of bias and rotary positions as a PyTorch user writes them for speed: the halves turned back in place. Whole rows with
rotate_half, as in model libraries, allocate what they return and take three times as long, and autograd does the same and more."""
import torch

from rope import halves, rows, turns

types = ["f32"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def prepare(p, a):
    first, second = halves(p)
    rest = slice(p["rotary"], None)
    parts = [[torch.from_numpy(x) for x in (a[f"d_{name}_out"], cos, sin, a["d_" + name], a[f"d_{name}_bias"])]
             for name, cos, sin in turns(p, a)]

    @torch.no_grad()
    def turn():
        for g, cos, sin, x, bias in parts:
            one, two = g[..., first], g[..., second]
            torch.mul(one, cos, out=x[..., first]).addcmul_(two, sin)
            torch.mul(two, cos, out=x[..., second]).addcmul_(one, sin, value=-1)
            x[..., rest] = g[..., rest]
            if p["bias"]:
                torch.sum(x, dim=rows(p), out=bias)
    return turn
