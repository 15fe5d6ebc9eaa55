"""Gradients of windowed attention by autograd through the eager loop over blocks of queries. Timed is the way back alone: the loop is run
before, once, and its graph is retained, weights and all. So this peer has one product of each pair less to make than a kernel that is given
o and the log-sum-exp.

Blocks of keys are joined from whole blocks: the way back of slices that overlap would add up arrays of all keys for every block."""
import numpy as np
import torch

from attention import biases, distances, grouped, put_gradients, scale_of, slopes, window_of

types = ["f32"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)
BLOCK = 128  # queries at a time; of 32, 64, 128 and 256 the fastest at n=4096, w=256, d=64


def prepare(p, a):
    n, before = p["queries"], window_of(p) - 1
    t, seen = (torch.from_numpy(x) for x in distances(p, BLOCK))
    q, d_o, d_lse = (torch.from_numpy(grouped(p, a[name], p["heads"])) for name in ("q", "d_o", "d_lse"))
    k, v = (torch.from_numpy(grouped(p, a[name], p["kv_heads"]))[:, :, 0] for name in "kv")
    curve = torch.from_numpy(biases(p, a["bias"]).astype(np.float32))
    slope = torch.from_numpy(slopes(p, a["bias"]).astype(np.float32))
    rows = torch.from_numpy(a["row_scale"])[:, None, None, :, None] if p["row_scale"] else torch.ones(1)
    of = [q, k, v] + ([curve] if p["bias"] != "none" else [])
    for x in of:
        x.requires_grad_()

    extra = torch.where(seen, curve.index_select(1, t.flatten()).unflatten(1, t.shape), -torch.inf).unflatten(0, q.shape[1:3])
    keys, values, o, lse = k.split(BLOCK, 2), v.split(BLOCK, 2), [], []
    for i, part in enumerate((q * (scale_of(p) * rows)).split(BLOCK, 3)):
        first, begin = i * BLOCK, max(0, i * BLOCK - before)
        past, oldest = min(first + BLOCK, n), begin // BLOCK

        def near(chunks):
            return torch.cat((chunks[oldest][:, :, begin - oldest * BLOCK:], *chunks[oldest + 1:i + 1]), 2)
        s = torch.matmul(part.flatten(2, 3), near(keys).transpose(-1, -2)).unflatten(2, part.shape[2:4])
        s = s + extra[:, :, :past - first, begin - first + before:past - first + before]
        o.append(torch.matmul(torch.softmax(s, -1).flatten(2, 3), near(values)).unflatten(2, part.shape[2:4]))
        lse.append(torch.logsumexp(s, -1))
    given = [*d_o.split(BLOCK, 3), *d_lse.split(BLOCK, 3)]

    def work():
        work.made = torch.autograd.grad(o + lse, of, given, retain_graph=True)
        if len(of) > 3:
            work.made += (torch.einsum("ht,hkt->hk", work.made[3], slope),)

    return work, lambda: put_gradients(p, a, work.made)
