"""Sums of squares as a NumPy user writes them: a square, and NumPy's pairwise sum.

np.vecdot(theta, theta) is shorter, but adds in order: with ten million fp32 terms its error is twice the op's bound.
"""
import numpy as np

from optimizer import tensors_of

types = ["f32"]
version = "NumPy " + np.__version__


def prepare(p, a):
    tensors = [(theta, np.empty_like(theta), sum_sq) for _, theta, sum_sq in tensors_of(p["tensors"], a, ["theta"], ["sum_sq"])]

    def work():
        for theta, squares, sum_sq in tensors:
            np.square(theta, out=squares).sum(axis=1, out=sum_sq)
    return work
