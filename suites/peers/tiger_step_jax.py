"""Tiger's step as an optimizer of the JAX family does it: one compiled program over all tensors, whose old arrays it may overwrite."""
import jax
import jax.numpy as jnp

from optimizer import relative_rate, tensors_of

types = ["f32"]
version = "JAX " + jax.__version__


def prepare(p, a):
    if p["guard"] != "off":
        raise NotImplementedError("guards skip tensors, which is no program of fixed shape; it would be timed for work that is thrown away")
    first, share, full = p["step"] % p["window"] == 0, 1 - p["beta"], p["passes"] == "full"
    alpha = p["alpha"] * relative_rate(p["schedule"], p["step"])
    tensors = list(tensors_of(p["tensors"], a, ["theta", "g", "m"], ["sum_sq", "new_sum_sq"]))
    letters = [letter for letter, *_ in tensors]

    def one(letter, theta, g, m, old):
        each = g / p["window"]
        m = m + share * ((each - m) if first else each)
        if letter in "vg":
            theta = theta - alpha / 2 * jnp.sign(m)
        else:
            squares = jnp.square(theta).sum(axis=1) if full else old
            eta = alpha * jnp.sqrt(squares / theta.shape[1])
            theta = theta - eta[:, None] * (jnp.sign(m) + p["decay"] * theta)
        return theta, m, jnp.square(theta).sum(axis=1)

    step = jax.jit(lambda theta, m, g, old: [one(*parts) for parts in zip(letters, theta, g, m, old)], donate_argnums=(0, 1))
    g, old = ([jnp.asarray(tensor[k]) for tensor in tensors] for k in (2, 4))
    state = [[jnp.array(tensor[k]) for tensor in tensors] for k in (1, 3)]

    def work():
        made = jax.block_until_ready(step(*state, g, old))
        state[:] = [result[0] for result in made], [result[1] for result in made]
        work.sums = [result[2] for result in made]

    def store():
        for (_, theta, _, m, _, new), now_theta, now_m, now_sum in zip(tensors, *state, work.sums):
            theta[:], m[:], new[:] = now_theta, now_m, now_sum
    return work, store
