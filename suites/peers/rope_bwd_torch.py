"""Gradients of bias and rotary positions as PyTorch's users write them where autograd is too slow for them: the expression of the way
there with the sines' sign turned, and a sum for the bias."""
import torch

from rope import rows, turns
from rope_fwd_torch import other, whole

types = ["f32"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def prepare(p, a):
    r = p["rotary"]
    parts = [(torch.from_numpy(a[f"d_{name}_out"]), whole(p, cos, None), whole(p, sin, -sin), torch.from_numpy(a["d_" + name]),
              torch.from_numpy(a[f"d_{name}_bias"])) for name, cos, sin in turns(p, a)]

    @torch.no_grad()
    def turn():
        for g, cos, sin, x, bias in parts:
            turning = g[..., :r]
            x[..., :r] = turning * cos + other(p, turning) * sin
            x[..., r:] = g[..., r:]
            if p["bias"]:
                torch.sum(x, dim=rows(p), out=bias)
    return turn
