"""Bias and rotary positions as a PyTorch user writes them: the bias of the projection, then x cos + rotate_half(x) sin, as in model libraries."""
import numpy as np
import torch

from rope import sides

types = ["f32"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def prepare(p, a):
    r, interleaved = p["rotary"], p["pairing"] == "interleaved"

    def whole(x, of_second):  # a number for each element of a row
        both = [x, x if of_second is None else of_second]
        return torch.from_numpy(np.stack(both, -1).reshape(*x.shape[:-1], -1) if interleaved else np.concatenate(both, -1))

    parts = [(torch.from_numpy(a[name]), None if bias is None else torch.from_numpy(bias), whole(cos, None), whole(-sin, sin),
              torch.from_numpy(a[name + "_out"])) for name, bias, cos, sin in sides(p, a)]

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
    return turn
