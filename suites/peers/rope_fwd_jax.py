"""Bias and rotary positions as a JAX user writes them: one compiled function, which the compiler fuses."""
import jax
import jax.numpy as jnp

from rope import sides

types = ["f32"]
version = "JAX " + jax.__version__


def turn(p, x, bias, cos, sin):
    r = p["rotary"]
    if bias is not None:
        x = x + bias
    turning, rest = x[..., :r], x[..., r:]
    if p["pairing"] == "interleaved":
        pairs = turning.reshape(*turning.shape[:-1], r // 2, 2)
        one, two = pairs[..., 0], pairs[..., 1]
        turned = jnp.stack([one * cos - two * sin, two * cos + one * sin], axis=-1).reshape(turning.shape)
    else:
        one, two = turning[..., :r // 2], turning[..., r // 2:]
        turned = jnp.concatenate([one * cos - two * sin, two * cos + one * sin], axis=-1)
    return jnp.concatenate([turned, rest], axis=-1)


def prepare(p, a):
    parts = [(name, [None if x is None else jnp.asarray(x) for x in (a[name], bias, cos, sin)]) for name, bias, cos, sin in sides(p, a)]
    both = jax.jit(lambda q, k: (turn(p, *q), turn(p, *k)))
    given = [arrays for _, arrays in parts]

    def work():
        work.made = jax.block_until_ready(both(*given))

    def store():
        for (name, _), made in zip(parts, work.made):
            a[name + "_out"][:] = made
    return work, store
