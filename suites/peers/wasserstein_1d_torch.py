"""What a PyTorch user writes on a GPU for clouds of one size and equal weights: both are sorted, and differences averaged, in double."""
import torch

from accelerator import moved, put

types = ["f32"]
devices = ["cuda"]
version = "PyTorch " + torch.__version__


def sorted_by_torch(rows, columns):
    return lambda x: torch.sort(x, dim=1).values


def prepare(p, a, device, sorter=sorted_by_torch):
    if p["n"] != p["m"] or p["weights"]:
        raise NotImplementedError("sizes differ, or there are weights")
    x, y = moved(a["x"], device), moved(a["y"], device)
    sort = sorter(p["pairs"], p["n"])

    def work():
        apart = (sort(x).double() - sort(y)).abs()
        if p["p"] != 1:
            apart = apart ** p["p"]
        work.made = apart.mean(dim=1) ** (1 / p["p"])

    def store():
        put(a["value"], work.made)
    return work, store
