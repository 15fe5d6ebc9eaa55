"""Shared by the peers of gmm_score: parameters of the mixture as libraries want them."""
import numpy as np


def precisions(p, a):
    """(logarithm of the weighted normalisation [C], factor W of S^-1 = W^T W: [C, 1] or [C, d] as rows, or [C, d, d]), in fp32."""
    d, kind = p["dim"], p["covariance"]
    with np.errstate(divide="ignore"):
        c = np.log(a["weight"].astype(float)) - d / 2 * np.log(2 * np.pi)
    factor = a["factor"].astype(float)
    if kind == "cholesky":
        factor = np.tril(np.where(np.tri(d, dtype=bool), factor, 0))
        c -= np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(-1)
        w = np.linalg.inv(factor) if len(factor) else factor
    else:
        factor = factor.reshape(p["components"], -1)
        c -= np.log(np.broadcast_to(factor, (p["components"], d))).sum(-1)
        w = 1 / factor
    return c.astype(np.float32), w.astype(np.float32)
