"""Tiger's step as a NumPy user writes it: whole-array operations in place, temporaries allocated beforehand.

NumPy has no fma. beta m + (1 - beta) g would round beta m once more than the op's bound allows; m + (1 - beta) (g - m) does not.
"""
import numpy as np

from optimizer import relative_rate, tensors_of

types = ["f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    first, share = p["step"] % p["window"] == 0, 1 - p["beta"]
    alpha = p["alpha"] * relative_rate(p["schedule"], p["step"])
    guarded, full, window = p["guard"] != "off", p["passes"] == "full", p["policy"] == "window"
    tensors = [(letter, *parts, np.empty_like(parts[0]), np.empty_like(parts[0]))
               for letter, *parts in tensors_of(p["tensors"], a, ["theta", "g", "m"], ["sum_sq", "new_sum_sq"])]

    def step():
        for t, (letter, theta, g, m, old, new, x, y) in enumerate(tensors):
            bad = guarded and bool((np.isnan(g).any() if p["guard"] == "nan_only" else not np.isfinite(g).all()) if full else a["bad"][t])
            if not bad:
                each = g if p["window"] == 1 else np.divide(g, p["window"], out=x)
                np.add(m, np.multiply(np.subtract(each, m, out=x) if first else each, share, out=x), out=m)
            elif first and window:
                np.multiply(m, p["beta"], out=m)
            if bad or (guarded and window and a["sticky"][t]):
                centre = float(letter == "g")
                np.add(np.multiply(np.subtract(theta, centre, out=theta), p["shrink"], out=theta), centre, out=theta)
            elif letter in "vg":
                np.subtract(theta, np.multiply(np.sign(m, out=x), alpha / 2, out=x), out=theta)
            else:
                eta = alpha * np.sqrt((np.square(theta, out=x).sum(axis=1) if full else old) / np.float32(theta.shape[1]))
                np.add(np.sign(m, out=x), np.multiply(theta, p["decay"], out=y), out=x)
                np.subtract(theta, np.multiply(x, eta[:, None], out=x), out=theta)
            np.square(theta, out=x).sum(axis=1, out=new)
        if guarded and window:
            a["sticky"][:] = 0
    return step
