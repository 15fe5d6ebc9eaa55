"""What a NumPy user writes for clouds of one size and equal weights: both are sorted, and differences averaged."""
import numpy as np

types = ["f64", "f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    if p["n"] != p["m"] or p["weights"]:
        raise NotImplementedError("sizes differ, or there are weights")

    def work():
        apart = np.abs(np.sort(a["x"]) - np.sort(a["y"]))
        if p["p"] != 1:
            apart **= p["p"]
        a["value"][0] = apart.mean(dtype=np.float64) ** (1 / p["p"])
    return work
