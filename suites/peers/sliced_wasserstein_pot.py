"""POT's sliced distance along the given directions. Its log has what the largest and the error are made of afterwards, untimed."""
import numpy as np
import ot

types = ["f64", "f32"]
version = "POT " + ot.__version__


def prepare(p, a):
    if not np.isfinite(a["x"]).all():
        raise NotImplementedError("points that are no numbers")
    x, y, theta = a["x"], a["y"], np.ascontiguousarray(a["theta"].T)
    found = [None]

    def work():
        found[0] = ot.sliced_wasserstein_distance(x, y, p=p["p"], projections=theta, log=True)

    def store():
        value, log = found[0]
        cost = np.asarray(log["projected_emds"], np.float64)
        a["distance"][:] = cost ** (1 / p["p"])
        mean, count = cost.mean(), len(cost)
        error = np.sqrt(((cost - mean) ** 2).sum() / (count * (count - 1))) if count > 1 else np.inf
        a["result"][:] = value, a["distance"].max(), error
    return work, store
