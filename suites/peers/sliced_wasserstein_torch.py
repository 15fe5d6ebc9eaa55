"""Sliced distances as a PyTorch user writes them on a GPU: projections by a product of matrices in fp32, which are sorted, and differences in double."""
import torch

from accelerator import moved, put
from wasserstein_1d_torch import sorted_by_torch

types = ["f32"]
devices = ["cuda"]
version = "PyTorch " + torch.__version__


def prepare(p, a, device, sorter=sorted_by_torch):
    if p["n"] != p["m"]:
        raise NotImplementedError("sizes differ")
    torch.backends.cuda.matmul.allow_tf32 = False
    x, y, theta = (moved(a[name], device) for name in ("x", "y", "theta"))
    sort = sorter(p["directions"], p["n"])

    @torch.no_grad()
    def work():
        apart = (sort(theta @ x.T).double() - sort(theta @ y.T)).abs()
        cost = (apart ** p["p"]).mean(dim=1)
        work.made = cost ** (1 / p["p"]), torch.stack((cost.mean() ** (1 / p["p"]), cost.max() ** (1 / p["p"]), cost.std() / len(cost) ** 0.5))

    def store():
        distance, result = work.made
        put(a["distance"], distance)
        put(a["result"], result)
        if p["directions"] == 1:
            a["result"][2] = float("inf")
    return work, store
