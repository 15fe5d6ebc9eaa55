"""Windowed attention by cuDNN, through PyTorch's scaled_dot_product_attention with that backend alone. It has no argument for a
window: one that is narrower than the keys is a mask, and all pairs are computed. The log-sum-exp is what it keeps for its way back."""
import torch

from accelerator import moved, put, since
from attention import check_keys, heads_first, scale_of

since((2, 6))
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402

types = ["f16", "bf16"]
devices = ["cuda"]
version = f"PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}"


def prepare(p, a, device):
    check_keys(p)
    if p["bias"] != "none" or p["row_scale"]:
        raise NotImplementedError("its masks are of 16 bits, which biases are too fine for, and it has no scale for each row")
    q, k, v = (moved(heads_first(p, a[name]), device) for name in "qkv")
    q.requires_grad_()
    mask = None
    if p["window"] < p["keys"]:
        t = torch.arange(p["queries"], device=device)[:, None] - torch.arange(p["keys"], device=device)
        mask = torch.zeros(t.shape, dtype=q.dtype, device=device).masked_fill_((t < 0) | (t >= p["window"]), -torch.inf)

    def work():
        with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
            work.o = torch.nn.functional.scaled_dot_product_attention(
                q, k, v, mask, is_causal=mask is None, scale=scale_of(p), enable_gqa=p["heads"] != p["kv_heads"])

    def store():
        put(heads_first(p, a["o"]), work.o)
        put(a["lse"], work.o.grad_fn._saved_logsumexp.reshape(a["lse"].shape))
    try:
        work()
    except RuntimeError as error:
        raise NotImplementedError(f"PyTorch's cuDNN backend does not take it: {error}") from error
    return work, store
