"""Which tensors have a bad gradient, as a NumPy user asks it."""
import numpy as np

from optimizer import tensors_of

types = ["f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    tensors = [g for _, g in tensors_of(p["tensors"], a, ["g"], [])]
    bad = (lambda g: np.isnan(g).any()) if p["guard"] == "nan_only" else (lambda g: not np.isfinite(g).all())

    def work():
        for t, g in enumerate(tensors):
            a["bad"][t] = bad(g)
    return work
