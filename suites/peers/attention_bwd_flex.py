"""Gradients of windowed attention by FlexAttention, compiled. Timed is the way back alone: the way there is made before, once, and keeps
o and the log-sum-exp, which are inputs of our kernels too. Biases are a table by head and distance, and so are their gradients."""
import torch

import flex
from accelerator import moved, put
from attention import heads_first, slopes

types = ["f16", "bf16"]
devices = ["cuda"]
version = flex.version


def prepare(p, a, device):
    inputs = flex.inputs(p, a, device)
    of = inputs if p["bias"] != "none" else inputs[:3]
    for x in of:
        x.requires_grad_()
    made = flex.attend(p, a, *inputs)()
    given = moved(heads_first(p, a["d_o"]), device), moved(a["d_lse"], device)
    slope = moved(slopes(p, a["bias"]).astype("f4"), device)

    def work():
        work.made = torch.autograd.grad(made, of, given, retain_graph=True)
        if len(of) > 3:
            work.made += (torch.einsum("ht,hkt->hk", work.made[3], slope),)

    def store():
        for name, gradient in zip(("d_q", "d_k", "d_v"), work.made):
            put(heads_first(p, a[name]), gradient)
        for name, gradient in zip(("diagonal", "d_bias"), work.made[3:]):
            put(a[name], gradient)
    return work, store
