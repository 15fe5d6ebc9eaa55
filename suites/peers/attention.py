"""Shared by the peers of attention: heads grouped by the keys that they share, and what a block of queries adds to its scores."""
import numpy as np


def window_of(p):
    return min(p["window"], p["keys"])


def grouped(p, x, heads):
    """A view [batch, kv_heads, heads of a group, position, ...] of an array in either layout, or of one without widths."""
    if x.ndim == 4:
        x = heads_first(p, x)
    return x.reshape(x.shape[0], p["kv_heads"], heads // p["kv_heads"], *x.shape[2:])


def put_gradients(p, a, made):
    """Those of queries (grouped), keys and values (without the axis of a group's heads), and where biases are of distances and parameters."""
    grouped(p, a["d_q"], p["heads"])[:] = made[0]
    for name, one in zip(("d_k", "d_v"), made[1:3]):
        grouped(p, a[name], p["kv_heads"])[:, :, 0] = one
    for name, one in zip(("diagonal", "d_bias"), made[3:]):
        a[name][:] = one


def heads_first(p, x):
    """A view [batch, head, position, width] of an array in either layout."""
    return x.swapaxes(1, 2) if p["layout"] == "bshd" else x


def scale_of(p):
    return p["scale"] or p["dim"] ** -0.5


def biases(p, parameters):
    """[heads, distance], as in reference/attention/attention.hpp."""
    t = np.arange(window_of(p), dtype=np.float64)
    first, last = parameters.astype(np.float64)[:, :1], parameters.astype(np.float64)[:, -1:]
    match p["bias"]:
        case "none":
            return np.zeros((p["heads"], t.size))
        case "alibi":
            return -first * t
        case "kerple_power":
            return -first * t**last
        case "kerple_log":
            return -first * np.log1p(last * t)
        case "sandwich":
            return first * np.cos(np.outer(t, 10000.0 ** (-2 * np.arange(p["dim"] // 2) / p["dim"]))).sum(axis=1)
        case "table":
            return parameters[:, np.minimum(t.astype(int), p["reach"] - 1)]


def slopes(p, parameters):
    """[heads, parameter, distance]: derivatives of the biases by their parameters."""
    t = np.arange(window_of(p), dtype=np.float64)
    first, last = parameters.astype(np.float64)[:, :1], parameters.astype(np.float64)[:, -1:]
    match p["bias"]:
        case "none":
            each = []
        case "alibi":
            each = [-t]
        case "kerple_power":
            each = [-(t**last), -first * t**last * np.log(np.maximum(t, 1))]
        case "kerple_log":
            each = [-np.log1p(last * t), -first * t / (1 + last * t)]
        case "sandwich":
            each = [biases(p, np.ones_like(parameters))]
        case "table":
            each = np.minimum(t, p["reach"] - 1) == np.arange(p["reach"])[:, None]
    return np.stack([np.broadcast_to(one, (p["heads"], t.size)) for one in each], 1) if len(each) else np.zeros((p["heads"], 0, t.size))


def check_keys(p):
    if p["padded"] or p["queries"] != p["keys"]:
        raise NotImplementedError("lengths and caches of keys make masks of their own, which the peers leave out")


def distances(p, rows):
    """[query, key] of a block of queries and the keys from a window before its first query to its last: how far they are apart, and
    whether the query sees the key. It is the same for every block. NotImplementedError for what the peers leave out."""
    check_keys(p)
    window = window_of(p)
    t = window - 1 + np.arange(rows)[:, None] - np.arange(rows + window - 1)
    return t.clip(0, window - 1), (t >= 0) & (t < window)


def added(p, parameters, rows):
    """[kv_heads, heads of a group, query, key] of such a block: biases, and -inf where a query does not see a key."""
    t, seen = distances(p, rows)
    every = np.where(seen, biases(p, parameters)[:, t], -np.inf).astype(np.float32)
    return every.reshape(p["kv_heads"], p["heads"] // p["kv_heads"], *t.shape)
