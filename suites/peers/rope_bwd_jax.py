"""Gradients of bias and rotary positions by jax.vjp of the function that turns, compiled. All of it is timed: that function is linear, so
the way back needs nothing of the way there, and the compiler drops the latter."""
import jax
import jax.numpy as jnp

from rope import rows, turns
from rope_fwd_jax import turn

types = ["f32"]
version = "JAX " + jax.__version__


def prepare(p, a):
    names, given = [], []
    for name, cos, sin in turns(p, a):
        names.append("d_" + name)
        given.append([jnp.asarray(x) for x in (a[f"d_{name}_out"], cos, sin)])

    @jax.jit
    def back(*sides):
        made = []
        for g, cos, sin in sides:
            nothing = jnp.zeros_like(g)
            bias = nothing.sum(axis=rows(p), keepdims=True) if p["bias"] else None
            made.append(jax.vjp(lambda x, b: turn(p, x, b, cos, sin), nothing, bias)[1](g))
        return made

    def work():
        work.made = jax.block_until_ready(back(*given))

    def store():
        for name, (rows_made, bias_made) in zip(names, work.made):
            a[name][:] = rows_made
            if p["bias"]:
                a[name + "_bias"][:] = bias_made.reshape(a[name + "_bias"].shape)
    return work, store
