"""Bias and rotary positions as a NumPy user writes them: the bias is added first, then the halves are turned, temporaries allocated beforehand."""
import numpy as np

from rope import halves, sides

types = ["f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    first, second = halves(p)
    rest = slice(p["rotary"], None)
    parts = [(a[name], bias, cos, sin, a[name + "_out"], np.empty_like(a[name]), np.empty_like(a[name][..., first]))
             for name, bias, cos, sin in sides(p, a)]

    def turn():
        for x, bias, cos, sin, y, biased, part in parts:
            if bias is not None:
                x = np.add(x, bias, out=biased)
            one, two = x[..., first], x[..., second]
            np.subtract(np.multiply(one, cos, out=y[..., first]), np.multiply(two, sin, out=part), out=y[..., first])
            np.add(np.multiply(two, cos, out=y[..., second]), np.multiply(one, sin, out=part), out=y[..., second])
            y[..., rest] = x[..., rest]
    return turn
