"""Windowed attention by FlexAttention, compiled; it leaves out blocks of 128 x 128 pairs that the window does not reach."""
import torch

import flex
from accelerator import put
from attention import heads_first

types = ["f16", "bf16"]
devices = ["cuda"]
version = flex.version


def prepare(p, a, device):
    attend = flex.attend(p, a, *flex.inputs(p, a, device))

    @torch.no_grad()
    def work():
        work.made = attend()

    def store():
        put(heads_first(p, a["o"]), work.made[0])
        put(a["lse"], work.made[1])
    return work, store
