"""Score of a mixture by KeOps on a GPU: a softmax of pulls in one reduction, ln p in another. Compiled at run time."""
import pykeops
import torch
from pykeops.torch import Vi, Vj

from accelerator import moved, put
from score import precisions

types = ["f32"]
devices = ["cuda"]
version = "KeOps " + pykeops.__version__


def prepare(p, a, device):
    if p["covariance"] == "cholesky":
        raise NotImplementedError("full covariances are products of matrices, which it has not")
    if p["divergence"]:
        raise NotImplementedError("the divergence takes squares of the softmax's own result")
    if not p["points"] or not (a["weight"] > 0).all():
        raise NotImplementedError("no point, or weights of zero")
    c, w = (moved(array, device) for array in precisions(p, a))
    scaled = (Vj(moved(a["mean"], device)) - Vi(moved(a["x"], device))) * Vj(w)
    logits = Vj(c[:, None]) - 0.5 * scaled.sqnorm2()
    pulls = scaled * Vj(w)

    @torch.no_grad()
    def work():
        work.made = {"s": logits.sumsoftmaxweight(pulls, dim=1)}
        if p["log_density"]:
            work.made["log_density"] = logits.logsumexp(dim=1)

    def store():
        for name, made in work.made.items():
            put(a[name], made.reshape(a[name].shape))
    return work, store
