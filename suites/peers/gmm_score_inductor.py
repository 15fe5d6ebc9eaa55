"""Score of a mixture in closed form by PyTorch, compiled into fused kernels for a GPU."""
import torch

from accelerator import moved, put, since
from score import precisions

since((2, 6))
types = ["f32"]
devices = ["cuda"]
version = "PyTorch " + torch.__version__


def prepare(p, a, device):
    if p["covariance"] == "cholesky":
        raise NotImplementedError("full covariances are products of matrices, which are not fused")
    c, w = (moved(x, device) for x in precisions(p, a))
    x, mean = moved(a["x"], device), moved(a["mean"], device)

    def parts(x):
        apart = mean - x[:, None]
        u = apart * w * w
        logits = c - 0.5 * (apart * w).square().sum(-1)
        r = torch.softmax(logits, -1)
        s = (r[..., None] * u).sum(1)
        made = {"s": s}
        if p["log_density"]:
            made["log_density"] = torch.logsumexp(logits, -1)
        if p["divergence"]:
            trace = (w * w).expand(mean.shape).sum(-1)
            made["divergence"] = (r * (u.square().sum(-1) - trace)).sum(-1) - s.square().sum(-1)
        return made

    compiled = torch.compile(parts, dynamic=False)

    @torch.no_grad()
    def work():
        work.made = compiled(x)

    def store():
        for name, made in work.made.items():
            put(a[name], made.reshape(a[name].shape))
    return work, store
