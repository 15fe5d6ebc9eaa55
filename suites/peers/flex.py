"""Shared by the peers made of FlexAttention, compiled: a window that is a mask of blocks and pairs, biases and scales of rows that are a
function of a score and its place."""
import torch

from accelerator import moved, since
from attention import biases, check_keys, heads_first, scale_of, window_of

since((2, 6))
import torch._functorch.config  # noqa: E402
from torch.nn.attention.flex_attention import create_block_mask, flex_attention  # noqa: E402

torch._functorch.config.donated_buffer = False  # else a graph could not be gone back through more than once
compiled = torch.compile(flex_attention, dynamic=False)
version = "PyTorch " + torch.__version__


def inputs(p, a, device):
    """q, k, v, and biases by head and distance."""
    check_keys(p)
    return [*(moved(heads_first(p, a[name]), device) for name in "qkv"), moved(biases(p, a["bias"]).astype("f4"), device)]


def attend(p, a, q, k, v, curve):
    """A function that returns o and the log-sum-exp."""
    n, window = p["queries"], window_of(p)
    mask = create_block_mask(lambda b, h, i, j: (j <= i) & (i - j < window), None, None, n, n, device=q.device)
    rows = moved(a["row_scale"], q.device)

    def score(s, b, h, i, j):  # asked of pairs outside the window too
        if p["row_scale"]:
            s = s * rows[b, i]
        return s if p["bias"] == "none" else s + curve[h, (i - j).clamp(0, window - 1)]
    return lambda: compiled(q, k, v, score, mask, scale_of(p), p["heads"] != p["kv_heads"], return_lse=True)
