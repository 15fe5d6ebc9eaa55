"""Gradients of windowed attention by jax.vjp of the compiled loop over blocks of queries, compiled as well. Timed is the way back alone:
the way there is made before, and leaves the weights and whatever else JAX keeps of it in memory. So this peer has one product of each pair
less to make than a kernel that is given o and the log-sum-exp; with jax.checkpoint, which makes weights anew, it takes 1.2 times as long.

Blocks of keys are joined from whole blocks: the way back of slices that overlap would add up arrays of all keys for every block."""
import jax
import jax.numpy as jnp
import numpy as np

from attention import biases, distances, grouped, put_gradients, scale_of, slopes, window_of

types = ["f32"]
version = "JAX " + jax.__version__
BLOCK = 64  # queries at a time; of 32, 64, 128 and 256 the fastest at n=4096, w=256, d=64


def prepare(p, a):
    n, before = p["queries"], window_of(p) - 1
    blocks, earlier = -(-n // BLOCK), -(-before // BLOCK)
    t, seen = distances(p, BLOCK)
    rows = a["row_scale"][:, None, None, :, None] if p["row_scale"] else np.ones(1, np.float32)
    slope = slopes(p, a["bias"]).astype(np.float32)

    def attend(q, k, v, curve):
        q = jnp.pad(q * (scale_of(p) * rows), ((0, 0), (0, 0), (0, 0), (0, blocks * BLOCK - n), (0, 0)))
        q = jnp.moveaxis(q.reshape(*q.shape[:3], blocks, BLOCK, -1), 3, 0)
        extra = jnp.where(seen, curve[:, t], -jnp.inf).reshape(q.shape[2], q.shape[3], *t.shape)

        def near(x):  # [block, batch, head, key, width]
            x = jnp.pad(x, ((0, 0), (0, 0), (earlier * BLOCK, blocks * BLOCK - n), (0, 0)))
            part = lambda c: x[:, :, c * BLOCK:(c + blocks) * BLOCK].reshape(*x.shape[:2], blocks, BLOCK, x.shape[3])
            parts = [part(c)[:, :, :, (earlier * BLOCK - before if c == 0 else 0):] for c in range(earlier + 1)]
            return jnp.moveaxis(jnp.concatenate(parts, axis=3), 2, 0)

        def block(given):
            first, q, k, v = given
            s = jnp.einsum("bgrid,bgjd->bgrij", q, k) + extra
            s = jnp.where(first + jnp.arange(BLOCK + before) >= before, s, -jnp.inf)
            most = jax.lax.stop_gradient(s.max(axis=-1, keepdims=True))
            weights = jnp.exp(s - most)
            total = weights.sum(axis=-1, keepdims=True)
            return jnp.einsum("bgrij,bgje->bgrie", weights, v) / total, (most + jnp.log(total))[..., 0]

        o, lse = (jnp.moveaxis(x, 0, 3) for x in jax.lax.map(block, (jnp.arange(blocks) * BLOCK, q, near(k), near(v))))
        join = lambda x: x.reshape(*x.shape[:3], blocks * BLOCK, *x.shape[5:])[:, :, :, :n]
        return join(o), join(lse)

    q, d_o, d_lse = (jnp.asarray(grouped(p, a[name], p["heads"])) for name in ("q", "d_o", "d_lse"))
    k, v = (jnp.asarray(grouped(p, a[name], p["kv_heads"])[:, :, 0]) for name in "kv")
    curve = jnp.asarray(biases(p, a["bias"]).astype(np.float32))
    of_bias = p["bias"] != "none"

    @jax.jit
    def there(q, k, v, curve):
        return jax.vjp(attend, q, k, v, curve)[1] if of_bias else jax.vjp(lambda *x: attend(*x, curve), q, k, v)[1]

    @jax.jit
    def back(pull, d_o, d_lse):
        made = pull((d_o, d_lse))
        return (*made, jnp.einsum("ht,hkt->hk", made[3], slope)) if of_bias else made

    pull = there(q, k, v, curve)

    def work():
        work.made = jax.block_until_ready(back(pull, d_o, d_lse))

    return work, lambda: put_gradients(p, a, work.made)
