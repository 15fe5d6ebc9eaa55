"""POT's Sinkhorn in the log domain, in fp32. Costs are made beforehand, and the bounds that it does not give afterwards: neither is timed.

It updates columns first, so the sides are exchanged, and it begins with the potentials of the definition. Every tenth sweep it also looks at
its error, and at the end it makes the plan: neither can be turned off.
"""
import warnings

import numpy as np
import ot

from transport import costs, entropic_bounds

types = ["f32"]
version = "POT " + ot.__version__


def prepare(p, a):
    if not ((a["a"] > 0).all() and (a["b"] > 0).all() and np.isfinite(a["x"]).all()):
        raise NotImplementedError("weights of zero give it NaN")
    eps, cost = p["eps"], costs(p, a)
    turned, start = np.ascontiguousarray(cost.T), (np.log(a["b"]), np.zeros_like(a["a"]))
    found = [None]

    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[0] = ot.bregman.sinkhorn_log(a["b"], a["a"], turned, eps, numItermax=p["iterations"], stopThr=0, warn=False, log=True, warmstart=start)[1]

    def store():
        f = np.asarray(eps * (found[0]["log_v"] - np.log(a["a"])))
        g = np.asarray(eps * (found[0]["log_u"] - np.log(a["b"])))
        a["f"][:], a["g"][:] = f, g
        a["result"][:] = entropic_bounds(*(np.asarray(x, np.float64) for x in (a["a"], a["b"], a["f"], a["g"], cost)), eps)
    return work, store
