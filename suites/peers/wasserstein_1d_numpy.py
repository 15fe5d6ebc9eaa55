"""What a NumPy user writes for clouds of one size and equal weights: both are sorted, and differences averaged, in double."""
import numpy as np

types = ["f64", "f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    if p["n"] != p["m"] or p["weights"] or not np.isfinite(a["x"]).all() or not np.isfinite(a["y"]).all():
        raise NotImplementedError("sizes differ, there are weights, or points are no numbers")

    def work():
        apart = np.abs(np.subtract(np.sort(a["x"], axis=1), np.sort(a["y"], axis=1), dtype=np.float64))
        if p["p"] != 1:
            apart **= p["p"]
        a["value"][:] = apart.mean(axis=1) ** (1 / p["p"])
    return work
