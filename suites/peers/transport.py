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


def entropic_bounds(a, b, f, g, cost, eps, library=np):
    """Value, marginal error, lower and upper bound of potentials, as reference/transport/sinkhorn.hpp defines them; all in fp64."""
    plan = a[:, None] * b * library.exp((f[:, None] + g - cost) / eps)
    rows, value = plan.sum(axis=1), a @ f + b @ g
    plan *= (a / rows).clip(max=1)[:, None]
    plan *= (b / plan.sum(axis=0)).clip(max=1)
    p, q = (a - plan.sum(axis=1)).clip(min=0), (b - plan.sum(axis=0)).clip(min=0)
    upper = (plan * cost).sum() + (p @ cost @ q / p.sum() if p.sum() > 0 else 0)
    return [float(x) for x in (value, abs(rows - a).sum(), a @ f + b @ library.amin(cost - f[:, None], 0), upper)]
