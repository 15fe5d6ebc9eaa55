"""What a PyTorch user writes on a GPU for clouds of one size and equal weights: both are sorted, and differences averaged, in double."""
import torch

from accelerator import moved, put

types = ["f32"]
devices = ["cuda"]
version = "PyTorch " + torch.__version__


def prepare(p, a, device):
    if p["n"] != p["m"] or p["weights"]:
        raise NotImplementedError("sizes differ, or there are weights")
    x, y = moved(a["x"], device), moved(a["y"], device)

    def work():
        apart = (torch.sort(x, dim=1).values.double() - torch.sort(y, dim=1).values).abs()
        if p["p"] != 1:
            apart = apart ** p["p"]
        work.made = apart.mean(dim=1) ** (1 / p["p"])

    def store():
        put(a["value"], work.made)
    return work, store
