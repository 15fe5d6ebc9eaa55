"""Shared by the peers of the rotary ops: cosines and sines of all positions, as a model builds them once, and where pairs lie."""
import numpy as np


def tables(p, a):
    """(cos, sin, stretch of queries) as arrays [batch or 1, tokens, 1, rotary / 2], or with heads before positions."""
    half = p["rotary"] // 2
    position = a["position"] if p["positions"] == "scattered" else np.arange(p["start"], p["start"] + p["tokens"])[None]
    theta = np.power(float(p["base"]), -np.arange(half) * 2.0 / max(p["rotary"], 1))
    if p["angle"] == "f32":
        angle = (position[..., None].astype(np.float32) * theta.astype(np.float32)).astype(float)
    else:
        angle = position[..., None] * theta
    zeta = (2 * np.arange(half) + 0.4 * p["rotary"]) / (1.4 * max(p["rotary"], 1))
    stretch = zeta ** ((position[..., None] - p["centre"]) / p["scale_base"]) if p["xpos"] else np.ones_like(angle)
    heads = 1 if p["layout"] == "bhsd" else 2
    return [np.expand_dims(x, heads) for x in (np.cos(angle), np.sin(angle), stretch)]


def turns(p, a):
    """For queries and keys: their names, cos and sin in fp32."""
    cos, sin, stretch = tables(p, a)
    for name, power in (("q", stretch), ("k", 1 / stretch)):
        yield name, (power * cos).astype(np.float32), (power * sin).astype(np.float32)


def sides(p, a):
    """For queries and keys: their names, the bias in the shape of a row of heads (None without), cos and sin in fp32."""
    for name, cos, sin in turns(p, a):
        bias = None
        if p["bias"]:
            bias = a[name + "_bias"][None, None] if p["layout"] == "bshd" else a[name + "_bias"][None, :, None]
        yield name, bias, cos, sin


def rows(p):
    """Axes of batches and positions: what the gradient of a bias is summed over."""
    return (0, 1) if p["layout"] == "bshd" else (0, 2)


def halves(p):
    """Where first and second elements of the pairs are, as slices of a row."""
    r = p["rotary"]
    return (slice(0, r, 2), slice(1, r, 2)) if p["pairing"] == "interleaved" else (slice(0, r // 2), slice(r // 2, r))
