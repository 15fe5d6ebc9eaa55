"""What the peers of transport share: costs as a NumPy user makes them, and an answer's certificate, which no peer is timed for."""
import numpy as np


def costs(p, a):
    if p.get("costs") == "matrix":
        return np.ascontiguousarray(a["cost"])
    x, y = (a["x"].T, a["y"].T) if p.get("costs") == "columns" else (a["x"], a["y"])
    return sum((x[:, None, k] - y[None, :, k]) ** 2 for k in range(x.shape[1]))


def store_assignment(a, cost, match, v=None):
    """Without duals from the library they are distances in the graph of alternating steps (Bellman and Ford)."""
    rows = np.arange(len(match))
    if v is None:
        step, v = cost - cost[rows, match][:, None], np.zeros(len(match))
        while True:
            nearer = np.minimum(v, (step + v[match][:, None]).min(axis=0, initial=np.inf))
            if np.all(v - nearer <= 1e-15 * cost.max(initial=0)):
                break
            v = nearer
    a["match"][:] = match
    a["v"][:] = v - v.max(initial=-np.inf)
    a["u"][:] = (cost - a["v"]).min(axis=1, initial=np.inf)
    a["value"][:] = cost[rows, match].sum()


def entropic_bounds(arrays, cost, eps):
    """Value, marginal error, lower and upper bound of potentials, as reference/transport/sinkhorn.hpp defines them."""
    a, b, f, g, cost = (np.asarray(x, np.float64) for x in (arrays["a"], arrays["b"], arrays["f"], arrays["g"], cost))
    plan = a[:, None] * b * np.exp((f[:, None] + g - cost) / eps)
    rows, value = plan.sum(axis=1), a @ f + b @ g
    plan *= np.minimum(1, a / rows)[:, None]
    plan *= np.minimum(1, b / plan.sum(axis=0))
    p, q = np.maximum(0, a - plan.sum(axis=1)), np.maximum(0, b - plan.sum(axis=0))
    upper = (plan * cost).sum() + (p @ cost @ q / p.sum() if p.sum() > 0 else 0)
    return value, np.abs(rows - a).sum(), a @ f + b @ (cost - f[:, None]).min(axis=0), upper
