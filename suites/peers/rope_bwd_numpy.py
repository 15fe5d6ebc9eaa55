"""Gradients of bias and rotary positions as a NumPy user writes them: the halves turned back, temporaries allocated beforehand."""
import numpy as np

from rope import halves, rows, turns

types = ["f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    first, second = halves(p)
    rest = slice(p["rotary"], None)
    parts = [(g := a[f"d_{name}_out"], cos, sin, a["d_" + name], a[f"d_{name}_bias"], np.empty_like(g[..., first]))
             for name, cos, sin in turns(p, a)]

    def turn():
        for g, cos, sin, x, bias, part in parts:
            one, two = g[..., first], g[..., second]
            np.add(np.multiply(one, cos, out=x[..., first]), np.multiply(two, sin, out=part), out=x[..., first])
            np.subtract(np.multiply(two, cos, out=x[..., second]), np.multiply(one, sin, out=part), out=x[..., second])
            x[..., rest] = g[..., rest]
            if p["bias"]:
                np.sum(x, axis=rows(p), out=bias)
    return turn
