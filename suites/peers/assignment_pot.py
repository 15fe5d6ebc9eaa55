"""POT's network simplex. Costs are made beforehand: they are not timed. Its duals are the certificate, but for rounding."""
import numpy as np
import ot

from transport import costs, store_assignment

types = ["f64"]
version = "POT " + ot.__version__


def prepare(p, a):
    cost = costs(p, a)
    if not np.isfinite(cost).all() or len(cost) == 0:
        raise NotImplementedError("it knows no forbidden pairs")
    weight, found = np.full(len(cost), 1 / len(cost)), [None]

    def work():
        found[0] = ot.emd(weight, weight, cost, numItermax=10**8, log=True)

    def store():
        plan, log = found[0]
        store_assignment(a, cost, plan.argmax(axis=1), log["v"])
    return work, store
