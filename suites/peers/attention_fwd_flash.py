"""Windowed attention by FlashAttention 2, whose windows count keys before a query's own."""
import flash_attn

from accelerator import moved, put
from attention import check_keys, heads_first, scale_of, window_of

types = ["f16", "bf16"]
devices = ["cuda"]
version = "FlashAttention " + flash_attn.__version__


def prepare(p, a, device):
    check_keys(p)
    if p["bias"] != "none" or p["row_scale"]:
        raise NotImplementedError("it has no scale for each row, and no bias but ALiBi, which it adds in two ways with two log-sum-exps")
    q, k, v = (moved(heads_first(p, a[name]).swapaxes(1, 2), device) for name in "qkv")  # positions before heads

    def work():
        work.made = flash_attn.flash_attn_func(
            q, k, v, softmax_scale=scale_of(p), causal=True, window_size=(window_of(p) - 1, 0), return_attn_probs=True)

    def store():
        put(heads_first(p, a["o"]).swapaxes(1, 2), work.made[0])
        put(a["lse"], work.made[1])
    return work, store
