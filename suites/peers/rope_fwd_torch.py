"""Bias and rotary positions as a PyTorch user writes them: the bias of the projection, then x cos + rotate_half(x) sin, as in model libraries.
On a GPU it is compiled into fused kernels."""
import numpy as np
import torch

from rope import sides

types = ["f32"]
devices = ["cpu", "cuda"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def prepare(p, a, device):
    r, interleaved = p["rotary"], p["pairing"] == "interleaved"

    def whole(x, of_second):  # a number for each element of a row
        both = [x, x if of_second is None else of_second]
        return torch.from_numpy(np.stack(both, -1).reshape(*x.shape[:-1], -1) if interleaved else np.concatenate(both, -1)).to(device)

    host = {name: torch.from_numpy(a[name + "_out"]) for name in "qk"}
    parts = [(torch.from_numpy(a[name]).to(device), None if bias is None else torch.from_numpy(bias).to(device), whole(cos, None),
              whole(-sin, sin), host[name].to(device)) for name, bias, cos, sin in sides(p, a)]  # on the CPU the very arrays

    def other(x):  # the other element of each pair
        if interleaved:
            return torch.stack((x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
        return torch.cat((x[..., r // 2:], x[..., :r // 2]), dim=-1)

    @torch.no_grad()
    def turn():
        for x, bias, cos, sin, y in parts:
            if bias is not None:
                x = x + bias
            turning = x[..., :r]
            y[..., :r] = turning * cos + other(turning) * sin
            y[..., r:] = x[..., r:]

    def store():
        for name, (*_, y) in zip("qk", parts):
            host[name].copy_(y)
    return (torch.compile(turn, dynamic=False) if device == "cuda" else turn), store
