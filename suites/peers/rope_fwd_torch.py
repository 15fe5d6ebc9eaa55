"""Bias and rotary positions as a PyTorch user writes them: the bias of the projection, then x cos + rotate_half(x) sin, as in model libraries."""
import numpy as np
import torch

from rope import sides

types = ["f32"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def whole(p, x, of_second):
    """A number for each element of a row."""
    pair = [x, x if of_second is None else of_second]
    return torch.from_numpy(np.stack(pair, -1).reshape(*x.shape[:-1], -1) if p["pairing"] == "interleaved" else np.concatenate(pair, -1))


def other(p, x):
    """The other element of each pair."""
    if p["pairing"] == "interleaved":
        return torch.stack((x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
    return torch.cat((x[..., p["rotary"] // 2:], x[..., :p["rotary"] // 2]), dim=-1)


def prepare(p, a):
    r = p["rotary"]
    parts = [(torch.from_numpy(a[name]), None if bias is None else torch.from_numpy(bias), whole(p, cos, None), whole(p, -sin, sin),
              torch.from_numpy(a[name + "_out"])) for name, bias, cos, sin in sides(p, a)]

    @torch.no_grad()
    def turn():
        for x, bias, cos, sin, y in parts:
            if bias is not None:
                x = x + bias
            turning = x[..., :r]
            y[..., :r] = turning * cos + other(p, turning) * sin
            y[..., r:] = x[..., r:]
    return turn
